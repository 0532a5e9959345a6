// Recurrent layers over whole sequences: plain, gated (GRU) and with a cell (LSTM).
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

enum class RecurrenceKind : uint8_t { Tanh, Relu, Lstm, Gru };

// Parts of H elements that a step computes: LSTM input, forget, cell, output; GRU reset, update,
// new.
constexpr int gates_of(RecurrenceKind kind) {
  return kind == RecurrenceKind::Lstm ? 4 : kind == RecurrenceKind::Gru ? 3 : 1;
}
// Parts of H elements that a step keeps for the gradients: the gates and the LSTM's new cell, or
// what the GRU's reset gate scales.
constexpr int kept_parts_of(RecurrenceKind kind) {
  return kind == RecurrenceKind::Lstm ? 5 : kind == RecurrenceKind::Gru ? 4 : 0;
}

// Where the sequences lie in a matrix of one row for each of their elements: in step t the element
// of sequence i < sizes[t] is row offsets[t] + i * row_step. No step has more sequences than the
// one before it.
struct RecurrenceSteps {
  Sizes sizes, offsets;
  int64_t row_step;
  bool reverse;  // from the last step to the first
};

// With x the projected input W x + b of a row, h and c the state before it and U `weight`:
//   plain  h' = f(x + U h)
//   LSTM   i, f, g, o = x + U h;  c' = s(f) c + s(i) tanh(g);  h' = s(o) tanh(c')
//   GRU    r, z, n = x, u = U h + bias;  r = s(r + u_r), z = s(z + u_z);
//          n = tanh(n + r u_n);  h' = (1 - z) n + z h
// All arrays are contiguous, of one dtype, float32 or float64. `rows` counts the rows of all steps,
// N the sequences. A sequence's bits do not depend on the others.
struct RecurrenceCall {
  RecurrenceKind kind;
  RecurrenceSteps steps;
  Array hidden;                        // (rows, H)
  Array last_hidden;                   // (N, H)
  Array last_cell;                     // (N, H), LSTM only
  Array kept;                          // (rows, kept_parts_of(kind) * H)
  Array projected;                     // (rows, gates_of(kind) * H)
  Array initial_hidden, initial_cell;  // (N, H)
  Array weight;                        // (gates_of(kind) * H, H)
  Array bias;  // (gates_of(kind) * H,), null data for none: GRU only, others have it in `projected`
};

struct RecurrenceBackwardCall {
  RecurrenceKind kind;
  RecurrenceSteps steps;
  Array grad_projected;
  Array grad_recurrent;  // of U h + bias: GRU only, for the others it is that of `projected`
  Array grad_initial_hidden, grad_initial_cell;
  Array previous;                                       // (rows, H): the state before each row
  Array grad_hidden, grad_last_hidden, grad_last_cell;  // null data for zero
  Array hidden, kept, initial_hidden, initial_cell, weight;
};

struct RecurrenceKernels {
  void (*forward)(const RecurrenceCall& call);
  void (*backward)(const RecurrenceBackwardCall& call);
};

}  // namespace taeda
