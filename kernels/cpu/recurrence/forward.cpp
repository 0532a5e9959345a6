// Each task takes its sequences through all steps: a product with the state, then the cell.
#include "recurrence/cells.h"
#include "recurrence/sequence.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T, RecurrenceKind kind>
class Forward {
 public:
  explicit Forward(const RecurrenceCall& call)
      : call_(call),
        size_(call.hidden.shape[1]),
        gates_(gates_of(kind) * size_),
        weight_(call.weight.as<const T>(), size_, gates_, 1, size_) {}

  void run() const {
    each_task(call_.steps, call_.last_hidden.shape[0],
              [&](const Sequences& sequences) { task(sequences); });
  }

 private:
  static constexpr bool has_cell = kind == RecurrenceKind::Lstm;

  void task(const Sequences& sequences) const {
    const int64_t state_stride = padded<T>(size_), sums_stride = padded<T>(gates_);
    const Scratch<T> memory(sequences.count * (state_stride + sums_stride));
    T* states = memory.data();
    T* sums = states + sequences.count * state_stride;
    T* cells = has_cell ? call_.last_cell.as<T>() + sequences.first * size_ : nullptr;
    for (int64_t i = 0; i < sequences.count; ++i) {
      const int64_t sequence = sequences.first + i;
      std::copy_n(row_of<T>(call_.initial_hidden, sequence, size_), size_,
                  states + i * state_stride);
      if (has_cell) {
        std::copy_n(row_of<T>(call_.initial_cell, sequence, size_), size_, cells + i * size_);
      }
    }
    LinesAhead ahead(3 * sequences.count);
    for (int64_t position = 0; position < sequences.step_count(); ++position) {
      const int64_t step = sequences.step_at(position), active = sequences.active(step);
      expect(sequences, step, active, ahead);
      weight_.multiply(states, state_stride, active, sums, sums_stride, false, ahead);
      for (int64_t i = 0; i < active; ++i) {
        const int64_t row = sequences.row(step, i);
        Cell<kind>::forward(StepForward<T>{
            size_, row_of<T>(call_.projected, row, gates_), sums + i * sums_stride,
            call_.bias.as<const T>(), states + i * state_stride,
            has_cell ? cells + i * size_ : nullptr, call_.hidden.as<T>() + row * size_,
            call_.kept.as<T>() + sequences.kept_row(step, i) * kept_parts_of(kind) * size_});
      }
    }
    for (int64_t i = 0; i < sequences.count; ++i) {
      std::copy_n(states + i * state_stride, size_,
                  call_.last_hidden.as<T>() + (sequences.first + i) * size_);
    }
  }

  // What the cells of a step touch.
  void expect(const Sequences& sequences, int64_t step, int64_t active, LinesAhead& ahead) const {
    const int64_t kept = kept_parts_of(kind) * size_;
    ahead.clear();
    for (int64_t i = 0; i < active; ++i) {
      const int64_t row = sequences.row(step, i);
      ahead.add(row_of<T>(call_.projected, row, gates_), gates_);
      ahead.add(call_.hidden.as<T>() + row * size_, size_);
      ahead.add(call_.kept.as<T>() + sequences.kept_row(step, i) * kept, kept);
    }
  }

  const RecurrenceCall& call_;
  int64_t size_, gates_;
  PackedMatrix<T> weight_;  // U^T
};

}  // namespace

template <class T>
void recurrence_forward(const RecurrenceCall& call) {
  with_kind(call.kind, [&]<RecurrenceKind kind>() { Forward<T, kind>(call).run(); });
}
template void recurrence_forward<float>(const RecurrenceCall&);
template void recurrence_forward<double>(const RecurrenceCall&);

}  // namespace taeda::cpu::inline TAEDA_ISA
