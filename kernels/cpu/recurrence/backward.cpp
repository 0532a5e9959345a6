// Back through the steps: the cell, then the product of its gradients with U. The weight's gradient
// is one product over all rows, which the caller takes.
#include "recurrence/cells.h"
#include "recurrence/sequence.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T, RecurrenceKind kind>
class Backward {
 public:
  explicit Backward(const RecurrenceBackwardCall& call)
      : call_(call),
        size_(call.hidden.shape[1]),
        gates_(gates_of(kind) * size_),
        weight_(call.weight.as<const T>(), gates_, size_, size_, 1) {}

  void run() const {
    each_task(call_.steps, call_.grad_initial_hidden.shape[0],
              [&](const Sequences& sequences) { task(sequences); });
  }

 private:
  static constexpr bool has_cell = kind == RecurrenceKind::Lstm;
  static constexpr bool is_apart = kind == RecurrenceKind::Gru;

  void task(const Sequences& sequences) const {
    const int64_t state_stride = padded<T>(size_), sums_stride = padded<T>(gates_);
    const Scratch<T> memory(sequences.count * (state_stride + sums_stride));
    T* grad_states = memory.data();
    T* grad_sums = grad_states + sequences.count * state_stride;
    T* grad_cells = has_cell ? call_.grad_initial_cell.as<T>() + sequences.first * size_ : nullptr;
    for (int64_t i = 0; i < sequences.count; ++i) {
      start(call_.grad_last_hidden, sequences.first + i, grad_states + i * state_stride);
      if (has_cell) start(call_.grad_last_cell, sequences.first + i, grad_cells + i * size_);
    }
    LinesAhead ahead(7 * sequences.count);
    for (int64_t position = sequences.step_count(); position-- > 0;) {
      const int64_t step = sequences.step_at(position), active = sequences.active(step);
      for (int64_t i = 0; i < active; ++i) {
        cell(sequences, step, i, grad_states + i * state_stride, grad_sums + i * sums_stride,
             has_cell ? grad_cells + i * size_ : nullptr);
      }
      expect(sequences, position - 1, ahead);
      weight_.multiply(grad_sums, sums_stride, active, grad_states, state_stride, is_apart, ahead);
    }
    for (int64_t i = 0; i < sequences.count; ++i) {
      std::copy_n(grad_states + i * state_stride, size_,
                  call_.grad_initial_hidden.as<T>() + (sequences.first + i) * size_);
    }
  }

  void start(const Array& from, int64_t sequence, T* to) const {
    if (from.data)
      std::copy_n(row_of<T>(from, sequence, size_), size_, to);
    else
      std::fill_n(to, size_, T(0));
  }

  void cell(const Sequences& sequences, int64_t step, int64_t i, T* grad_state, T* grad_sums,
            T* grad_cell) const {
    const int64_t row = sequences.row(step, i), before = sequences.step_before(step);
    const T *previous_hidden, *previous_cell = nullptr;
    if (before >= 0 && i < sequences.active(before)) {
      previous_hidden = row_of<T>(call_.hidden, sequences.row(before, i), size_);
      if (has_cell) previous_cell = kept_of(sequences, before, i) + 4 * size_;
    } else {
      previous_hidden = row_of<T>(call_.initial_hidden, sequences.first + i, size_);
      if (has_cell) previous_cell = row_of<T>(call_.initial_cell, sequences.first + i, size_);
    }
    T* grad_projected = call_.grad_projected.as<T>() + row * gates_;
    Cell<kind>::backward(StepBackward<T>{
        size_, kept_of(sequences, step, i), row_of<T>(call_.hidden, row, size_), previous_hidden,
        previous_cell, row_of<T>(call_.grad_hidden, row, size_), grad_state, grad_cell, grad_sums,
        is_apart ? call_.grad_recurrent.as<T>() + row * gates_ : grad_projected,
        is_apart ? grad_projected : nullptr, call_.previous.as<T>() + row * size_});
  }

  const T* kept_of(const Sequences& sequences, int64_t step, int64_t i) const {
    return row_of<T>(call_.kept, sequences.kept_row(step, i), kept_parts_of(kind) * size_);
  }

  // What the cells of the step that comes next touch.
  void expect(const Sequences& sequences, int64_t position, LinesAhead& ahead) const {
    ahead.clear();
    if (position < 0) return;
    const int64_t step = sequences.step_at(position), before = sequences.step_before(step);
    for (int64_t i = 0; i < sequences.active(step); ++i) {
      const int64_t row = sequences.row(step, i);
      ahead.add(kept_of(sequences, step, i), kept_parts_of(kind) * size_);
      ahead.add(call_.previous.as<T>() + row * size_, size_);
      ahead.add(call_.grad_projected.as<T>() + row * gates_, gates_);
      if (is_apart) ahead.add(call_.grad_recurrent.as<T>() + row * gates_, gates_);
      if (call_.grad_hidden.data) ahead.add(row_of<T>(call_.grad_hidden, row, size_), size_);
      if (before < 0) continue;
      ahead.add(row_of<T>(call_.hidden, sequences.row(before, i), size_), size_);
      if (has_cell) ahead.add(kept_of(sequences, before, i) + 4 * size_, size_);
    }
  }

  const RecurrenceBackwardCall& call_;
  int64_t size_, gates_;
  PackedMatrix<T> weight_;  // U
};

}  // namespace

template <class T>
void recurrence_backward(const RecurrenceBackwardCall& call) {
  with_kind(call.kind, [&]<RecurrenceKind kind>() { Backward<T, kind>(call).run(); });
}
template void recurrence_backward<float>(const RecurrenceBackwardCall&);
template void recurrence_backward<double>(const RecurrenceBackwardCall&);

}  // namespace taeda::cpu::inline TAEDA_ISA
