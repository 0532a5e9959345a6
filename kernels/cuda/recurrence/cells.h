// One element of a step of each kind of recurrence: from the sums to the new state, and back.
#pragma once

#include "../device/divide.h"
#include "taeda/kernels/ops/recurrence.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda::cuda {

template <class T>
TAEDA_HD inline T gate(T x) {
  return T(1) / (T(1) + exp(-x));
}

// Where the sequences of a step lie: sequence i in row first + i * row_step.
struct StepRows {
  int64_t first, row_step, count;
  TAEDA_HD int64_t row(int64_t i) const { return first + i * row_step; }
};

template <class T, RecurrenceKind kind>
struct ForwardCell {
  static constexpr int kGates = gates_of(kind), kKept = kept_parts_of(kind);
  int64_t size;  // of a state
  StepRows rows;
  const T *projected, *sums, *bias;  // x of all rows, U h of this step
  T *state, *cell;                   // before the step, and after it
  T *hidden, *kept;                  // of all rows

  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, size);
    const int64_t row = rows.row(at.quotient), j = at.rest;
    const auto x = [&](int part) { return projected[(row * kGates + part) * size + j]; };
    const auto u = [&](int part) {
      const T sum = sums[(at.quotient * kGates + part) * size + j];
      return bias ? sum + bias[part * size + j] : sum;
    };
    const auto keep = [&](int part, T value) { kept[(row * kKept + part) * size + j] = value; };
    T next;
    if constexpr (kind == RecurrenceKind::Tanh) {
      next = tanh(x(0) + u(0));
    } else if constexpr (kind == RecurrenceKind::Relu) {
      const T sum = x(0) + u(0);
      next = sum < T(0) ? T(0) : sum;
    } else if constexpr (kind == RecurrenceKind::Lstm) {
      const T input = gate(x(0) + u(0)), forget = gate(x(1) + u(1));
      const T fresh = tanh(x(2) + u(2)), output = gate(x(3) + u(3));
      const T now = fma(forget, cell[item], input * fresh);
      next = output * tanh(now);
      cell[item] = now;
      keep(0, input), keep(1, forget), keep(2, fresh), keep(3, output), keep(4, now);
    } else {
      const T reset = gate(x(0) + u(0)), update = gate(x(1) + u(1)), scaled = u(2);
      const T fresh = tanh(fma(reset, scaled, x(2)));
      next = fma(update, state[item] - fresh, fresh);
      keep(0, reset), keep(1, update), keep(2, fresh), keep(3, scaled);
    }
    state[item] = next;
    hidden[row * size + j] = next;
  }
};

template <class T, RecurrenceKind kind>
struct BackwardCell {
  static constexpr int kGates = gates_of(kind), kKept = kept_parts_of(kind);
  int64_t size;
  StepRows rows, before;  // of this step and of the one before it
  const T *kept, *hidden, *initial_hidden, *initial_cell;
  const T* grad_hidden;       // of all rows, null for zero
  T *grad_state, *grad_cell;  // in: of the state after the step; out: before it, the GRU's as far
                              // as it is not the product with U, others' not at all
  T *grad_sums, *grad_projected;  // of U h and of x: one for all but the GRU
  T* previous;                    // the state before each row

  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, size);
    const int64_t i = at.quotient, row = rows.row(i), j = at.rest;
    const bool is_first = i >= before.count;
    const int64_t row_before = before.row(i);
    const T state = is_first ? initial_hidden[item] : hidden[row_before * size + j];
    previous[row * size + j] = state;
    const T grad = grad_hidden ? grad_state[item] + grad_hidden[row * size + j] : grad_state[item];
    const auto was = [&](int part) { return kept[(row * kKept + part) * size + j]; };
    const auto give = [&](T* to, int part, T value) {
      to[(row * kGates + part) * size + j] = value;
    };
    const T one(1);
    if constexpr (kind == RecurrenceKind::Tanh) {
      const T y = hidden[row * size + j];
      give(grad_sums, 0, grad * (one - y * y));
    } else if constexpr (kind == RecurrenceKind::Relu) {
      give(grad_sums, 0, hidden[row * size + j] > T(0) ? grad : T(0));
    } else if constexpr (kind == RecurrenceKind::Lstm) {
      const T input = was(0), forget = was(1), fresh = was(2), output = was(3);
      const T shown = tanh(was(4));
      const T cell = fma(grad * output, one - shown * shown, grad_cell[item]);
      const T cell_before =
          is_first ? initial_cell[item] : kept[(row_before * kKept + 4) * size + j];
      give(grad_sums, 0, cell * fresh * (input * (one - input)));
      give(grad_sums, 1, cell * cell_before * (forget * (one - forget)));
      give(grad_sums, 2, cell * input * (one - fresh * fresh));
      give(grad_sums, 3, grad * shown * (output * (one - output)));
      grad_cell[item] = cell * forget;
    } else {
      const T reset = was(0), update = was(1), fresh = was(2), scaled = was(3);
      const T of_fresh = grad * (one - update) * (one - fresh * fresh);
      const T of_reset = of_fresh * scaled * (reset * (one - reset));
      const T of_update = grad * (state - fresh) * (update * (one - update));
      give(grad_projected, 0, of_reset), give(grad_sums, 0, of_reset);
      give(grad_projected, 1, of_update), give(grad_sums, 1, of_update);
      give(grad_projected, 2, of_fresh), give(grad_sums, 2, of_fresh * reset);
      grad_state[item] = grad * update;
    }
  }
};

}  // namespace taeda::cuda
