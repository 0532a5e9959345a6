// One row of one step of each kind of recurrence: from the sums to the new state, and back.
#pragma once

#include "row_math.h"
#include "taeda/kernels/ops/recurrence.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {

// `size` is H. Pointers are to the parts of a row.
template <class T>
struct StepForward {
  int64_t size;
  const T *projected, *sums;  // x, U h
  const T* bias;              // null for none: GRU only
  T *state, *cell;            // before the step, and after it
  T *hidden, *kept;           // of this row: the state after the step, and for the gradients
};
template <class T>
struct StepBackward {
  int64_t size;
  const T *kept, *hidden;  // as the forward step left them
  const T *previous_hidden, *previous_cell;
  const T* grad_hidden;       // of this row alone, null for zero
  T *grad_state, *grad_cell;  // in: of the state after the step; out: before it, the GRU's as
                              // far as it is not the product with U, others' not at all
  T *grad_sums, *grad_row;    // of U h: for the product, and of this row
  T* grad_projected;          // null where it is grad_row
  T* previous;                // of this row: previous_hidden once more
};

// The vector of each part at i: a whole one, of which nothing needs asking, or the last.
template <class T, bool whole>
struct Lane {
  int64_t i, size;
  Vec<T> load(const T* from, int part = 0) const {
    from += part * size + i;
    if constexpr (whole) return Vec<T>::load(from);
    return load_some(from, size - i);
  }
  void store(Vec<T> value, T* to, int part = 0) const {
    to += part * size + i;
    if constexpr (whole)
      value.store(to);
    else
      store_some(value, to, size - i);
  }
  // To memory that the next product reads, and to that of the row.
  void store(Vec<T> value, T* near, T* far, int part = 0) const {
    store(value, near, part);
    store(value, far, part);
  }
};
template <class T, class Step>
void each_lane(int64_t size, Step step) {
  int64_t i = 0;
  for (; i + Vec<T>::size <= size; i += Vec<T>::size) step(Lane<T, true>{i, size});
  if (i < size) step(Lane<T, false>{i, size});
}

// 1 / (1 + e^-x), with an error of a few ulp: what sigmoid() spends on the last one would be a
// third of a step.
template <class T>
Vec<T> gate(Vec<T> x) {
  return Vec<T>(1) / (Vec<T>(1) + exp(-x));
}

template <class T, class Lane>
Vec<T> grad_of_state(const StepBackward<T>& s, const Lane& at) {
  const Vec<T> state = at.load(s.grad_state);
  return s.grad_hidden ? state + at.load(s.grad_hidden) : state;
}

template <RecurrenceKind kind>
struct Cell;

template <>
struct Cell<RecurrenceKind::Tanh> {
  template <class T>
  static void forward(const StepForward<T>& s) {
    each_lane<T>(s.size, [&](const auto& at) {
      at.store(tanh(at.load(s.projected) + at.load(s.sums)), s.state, s.hidden);
    });
  }
  template <class T>
  static void backward(const StepBackward<T>& s) {
    each_lane<T>(s.size, [&](const auto& at) {
      const Vec<T> y = at.load(s.hidden);
      at.store(grad_of_state(s, at) * (Vec<T>(1) - y * y), s.grad_sums, s.grad_row);
      at.store(at.load(s.previous_hidden), s.previous);
    });
  }
};

template <>
struct Cell<RecurrenceKind::Relu> {
  template <class T>
  static void forward(const StepForward<T>& s) {
    each_lane<T>(s.size, [&](const auto& at) {
      const Vec<T> x = at.load(s.projected) + at.load(s.sums);
      at.store(select(x < Vec<T>(0), Vec<T>(0), x), s.state, s.hidden);
    });
  }
  template <class T>
  static void backward(const StepBackward<T>& s) {
    each_lane<T>(s.size, [&](const auto& at) {
      const Vec<T> grad = grad_of_state(s, at);
      at.store(select(at.load(s.hidden) > Vec<T>(0), grad, Vec<T>(0)), s.grad_sums, s.grad_row);
      at.store(at.load(s.previous_hidden), s.previous);
    });
  }
};

template <>
struct Cell<RecurrenceKind::Lstm> {
  template <class T>
  static void forward(const StepForward<T>& s) {
    each_lane<T>(s.size, [&](const auto& at) {
      const auto sum = [&](int part) { return at.load(s.projected, part) + at.load(s.sums, part); };
      const Vec<T> input = gate(sum(0)), forget = gate(sum(1));
      const Vec<T> fresh = tanh(sum(2)), output = gate(sum(3));
      const Vec<T> cell = fma(forget, at.load(s.cell), input * fresh);
      at.store(output * tanh(cell), s.state, s.hidden);
      at.store(cell, s.cell);
      const Vec<T> kept[] = {input, forget, fresh, output, cell};
      for (int part = 0; part < 5; ++part) at.store(kept[part], s.kept, part);
    });
  }
  template <class T>
  static void backward(const StepBackward<T>& s) {
    each_lane<T>(s.size, [&](const auto& at) {
      const Vec<T> one(1), grad = grad_of_state(s, at);
      const Vec<T> input = at.load(s.kept, 0), forget = at.load(s.kept, 1);
      const Vec<T> fresh = at.load(s.kept, 2), output = at.load(s.kept, 3);
      const Vec<T> shown = tanh(at.load(s.kept, 4));
      const Vec<T> cell = fma(grad * output, one - shown * shown, at.load(s.grad_cell));
      const Vec<T> sums[] = {cell * fresh * (input * (one - input)),
                             cell * at.load(s.previous_cell) * (forget * (one - forget)),
                             cell * input * (one - fresh * fresh),
                             grad * shown * (output * (one - output))};
      for (int part = 0; part < 4; ++part) at.store(sums[part], s.grad_sums, s.grad_row, part);
      at.store(cell * forget, s.grad_cell);
      at.store(at.load(s.previous_hidden), s.previous);
    });
  }
};

template <>
struct Cell<RecurrenceKind::Gru> {
  template <class T>
  static void forward(const StepForward<T>& s) {
    each_lane<T>(s.size, [&](const auto& at) {
      const auto sum = [&](int part) {
        return s.bias ? at.load(s.sums, part) + at.load(s.bias, part) : at.load(s.sums, part);
      };
      const Vec<T> reset = gate(at.load(s.projected, 0) + sum(0));
      const Vec<T> update = gate(at.load(s.projected, 1) + sum(1));
      const Vec<T> scaled = sum(2);
      const Vec<T> fresh = tanh(fma(reset, scaled, at.load(s.projected, 2)));
      at.store(fma(update, at.load(s.state) - fresh, fresh), s.state, s.hidden);
      const Vec<T> kept[] = {reset, update, fresh, scaled};
      for (int part = 0; part < 4; ++part) at.store(kept[part], s.kept, part);
    });
  }
  template <class T>
  static void backward(const StepBackward<T>& s) {
    each_lane<T>(s.size, [&](const auto& at) {
      const Vec<T> one(1), grad = grad_of_state(s, at);
      const Vec<T> reset = at.load(s.kept, 0), update = at.load(s.kept, 1);
      const Vec<T> fresh = at.load(s.kept, 2), scaled = at.load(s.kept, 3);
      const Vec<T> of_fresh = grad * (one - update) * (one - fresh * fresh);
      const Vec<T> of_reset = of_fresh * scaled * (reset * (one - reset));
      const Vec<T> previous = at.load(s.previous_hidden);
      const Vec<T> of_update = grad * (previous - fresh) * (update * (one - update));
      const Vec<T> projected[] = {of_reset, of_update, of_fresh};
      const Vec<T> sums[] = {of_reset, of_update, of_fresh * reset};
      for (int part = 0; part < 3; ++part) {
        at.store(projected[part], s.grad_projected, part);
        at.store(sums[part], s.grad_sums, s.grad_row, part);
      }
      at.store(grad * update, s.grad_state);
      at.store(previous, s.previous);
    });
  }
};

// Calls function.template operator()<kind>().
template <class Function>
void with_kind(RecurrenceKind kind, Function function) {
  switch (kind) {
    case RecurrenceKind::Tanh:
      return function.template operator()<RecurrenceKind::Tanh>();
    case RecurrenceKind::Relu:
      return function.template operator()<RecurrenceKind::Relu>();
    case RecurrenceKind::Lstm:
      return function.template operator()<RecurrenceKind::Lstm>();
    case RecurrenceKind::Gru:
      return function.template operator()<RecurrenceKind::Gru>();
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
