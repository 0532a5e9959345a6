// Recurrent layers: for each step a product with the state of all sequences, then a kernel for the
// rest of it.
#include "../device/element.h"
#include "../families.h"
#include "../libraries/libraries.h"
#include "../runtime/allocator.h"
#include "../runtime/launch.h"
#include "cells.h"

namespace taeda::cuda {
namespace {

// The sequences of a step; none where there is no such step.
StepRows rows_of(const RecurrenceSteps& steps, int64_t step) {
  if (step < 0 || step >= static_cast<int64_t>(steps.sizes.size())) return {0, 0, 0};
  const auto at = static_cast<size_t>(step);
  return {steps.offsets[at], steps.row_step, steps.sizes[at]};
}

struct Matrix {
  int64_t shape[2], strides[2];
  template <class T>
  Array on(const T* data) const {
    return {const_cast<T*>(data), dtype_of<T>, shape, strides};
  }
};

template <class T>
void copy_state(const Array& to, const Array& from) {
  const auto bytes = static_cast<size_t>(to.numel()) * sizeof(T);
  if (bytes == 0) return;
  if (from.data)
    driver().copy(to.data, from.data, bytes, current_stream());
  else
    driver().zero(to.data, bytes, current_stream());
}

template <class T, RecurrenceKind kind>
void run_forward(const RecurrenceCall& call) {
  const int64_t size = call.hidden.shape[1], gates = gates_of(kind) * size;
  const DeviceScratch<T> sums(call.last_hidden.shape[0] * gates);
  T* const state = call.last_hidden.as<T>();
  copy_state<T>(call.last_hidden, call.initial_hidden);
  if (kind == RecurrenceKind::Lstm) copy_state<T>(call.last_cell, call.initial_cell);
  const auto steps = static_cast<int64_t>(call.steps.sizes.size());
  for (int64_t position = 0; position < steps; ++position) {
    const StepRows rows = rows_of(call.steps, call.steps.reverse ? steps - 1 - position : position);
    const Matrix states{{rows.count, size}, {size, 1}}, weight{{size, gates}, {1, size}};
    const Matrix products{{rows.count, gates}, {gates, 1}};
    multiply({.out = products.on(sums.data()),
              .a = states.on(state),
              .b = weight.on(call.weight.as<const T>())});
    for_each(rows.count * size,
             ForwardCell<T, kind>{size, rows, call.projected.as<const T>(), sums.data(),
                                  call.bias.as<const T>(), state, call.last_cell.as<T>(),
                                  call.hidden.as<T>(), call.kept.as<T>()});
  }
}

template <class T, RecurrenceKind kind>
void run_backward(const RecurrenceBackwardCall& call) {
  constexpr bool is_apart = kind == RecurrenceKind::Gru;
  const int64_t size = call.hidden.shape[1], gates = gates_of(kind) * size;
  T* const grad_state = call.grad_initial_hidden.as<T>();
  copy_state<T>(call.grad_initial_hidden, call.grad_last_hidden);
  if (kind == RecurrenceKind::Lstm) copy_state<T>(call.grad_initial_cell, call.grad_last_cell);
  T* const grad_projected = call.grad_projected.as<T>();
  T* const grad_sums = is_apart ? call.grad_recurrent.as<T>() : grad_projected;
  const auto steps = static_cast<int64_t>(call.steps.sizes.size());
  for (int64_t position = steps; position-- > 0;) {
    const bool reverse = call.steps.reverse;
    const int64_t step = reverse ? steps - 1 - position : position;
    const StepRows rows = rows_of(call.steps, step);
    for_each(rows.count * size,
             BackwardCell<T, kind>{size, rows, rows_of(call.steps, reverse ? step + 1 : step - 1),
                                   call.kept.as<const T>(), call.hidden.as<const T>(),
                                   call.initial_hidden.as<const T>(),
                                   call.initial_cell.as<const T>(), call.grad_hidden.as<const T>(),
                                   grad_state, call.grad_initial_cell.as<T>(), grad_sums,
                                   grad_projected, call.previous.as<T>()});
    const Matrix sums{{rows.count, gates}, {rows.row_step * gates, 1}};
    const Matrix weight{{gates, size}, {size, 1}}, states{{rows.count, size}, {size, 1}};
    const Array out = states.on(grad_state);
    multiply({.out = out,
              .a = sums.on(grad_sums + rows.first * gates),
              .b = weight.on(call.weight.as<const T>()),
              .addend = is_apart ? out : Array{}});
  }
}

// Calls function.template operator()<T, kind>().
template <class Function>
void dispatch_kind(DType dtype, RecurrenceKind kind, Function function) {
  dispatch_float(dtype, [&]<class T>() {
    switch (kind) {
      case RecurrenceKind::Tanh:
        return function.template operator()<T, RecurrenceKind::Tanh>();
      case RecurrenceKind::Relu:
        return function.template operator()<T, RecurrenceKind::Relu>();
      case RecurrenceKind::Lstm:
        return function.template operator()<T, RecurrenceKind::Lstm>();
      case RecurrenceKind::Gru:
        return function.template operator()<T, RecurrenceKind::Gru>();
    }
  });
}

void forward(const RecurrenceCall& call) {
  dispatch_kind(call.weight.dtype, call.kind,
                [&]<class T, RecurrenceKind kind>() { run_forward<T, kind>(call); });
}
void backward(const RecurrenceBackwardCall& call) {
  dispatch_kind(call.weight.dtype, call.kind,
                [&]<class T, RecurrenceKind kind>() { run_backward<T, kind>(call); });
}

}  // namespace

RecurrenceKernels recurrence_kernels() { return {.forward = forward, .backward = backward}; }

}  // namespace taeda::cuda
