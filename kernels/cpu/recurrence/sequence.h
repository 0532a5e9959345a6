// What both directions of a recurrence share: the sequences of a task, and products with a matrix
// that is used in every step.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "matrix/pack.h"
#include "matrix/tile.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/ops/recurrence.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Memory that the next cells touch, in the order in which a product before them asks for it, a line
// every second step of k. The rows of a step are too many places for the hardware to see what
// comes, and asked for all at once they would wait for each other.
class LinesAhead {
 public:
  // At most `rows` are added before the next clear(): they must not move.
  explicit LinesAhead(int64_t rows) {
    runs_.reserve(static_cast<size_t>(rows));
    clear();
  }

  void clear() {
    runs_.clear();
    current_ = runs_.data();
  }
  template <class T>
  void add(T* row, int64_t columns) {
    runs_.push_back({reinterpret_cast<const char*>(row),
                     reinterpret_cast<const char*>(row + columns), !std::is_const_v<T>});
  }
  [[gnu::always_inline]] void ask() {
    constexpr int64_t line = 64;
    constexpr int second_level = 2;
    if (current_ == runs_.data() + runs_.size()) return;
    if (current_->next >= current_->end) {
      ++current_;
    } else {
      if (current_->written)
        __builtin_prefetch(current_->next, 1, second_level);
      else
        __builtin_prefetch(current_->next, 0, second_level);
      current_->next += line;
    }
  }

 private:
  struct Run {
    const char *next, *end;
    bool written;  // else only read
  };
  std::vector<Run> runs_;
  Run* current_;
};

// Rows of a factor, by which lines are asked for that are needed after the product.
template <class T, int Rows>
struct AskingRows : StridedRows<T, Rows> {
  LinesAhead* ahead;

  AskingRows(const T* data, int64_t depth, int64_t row_stride, LinesAhead* ahead)
      : StridedRows<T, Rows>{data, depth, row_stride, 1}, ahead(ahead) {}
  [[gnu::always_inline]] void expect(int64_t k) const {
    if (k % 2 == 0) ahead->ask();
  }
};

// A matrix (depth, columns), packed once as panels for the micro-kernel.
template <class T>
class PackedMatrix {
 public:
  // Element (k, j) is data[j * column_stride + k * depth_stride].
  PackedMatrix(const T* data, int64_t depth, int64_t columns, int64_t depth_stride,
               int64_t column_stride)
      : depth_(depth), columns_(columns), panels_(count() * depth * kPanelColumns<T>) {
    const Lines lines{data, dtype_of<T>, column_stride, depth_stride};
    parallel_for(count(), std::max<int64_t>(1, (1 << 15) / std::max<int64_t>(1, panel_size())),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) {
                     pack_padded(lines, i * kPanelColumns<T>, width_of(i), 0, depth_,
                                 panels_.data() + i * panel_size(), kPanelColumns<T>);
                   }
                 });
  }

  // out (rows, columns) = a (rows, depth) @ this, plus what `out` has where it accumulates.
  void multiply(const T* a, int64_t a_stride, int64_t rows, T* out, int64_t out_stride,
                bool accumulate, LinesAhead& ahead) const {
    for (int64_t i = 0; i < count(); ++i) {
      for (int64_t k = 0; k < depth_; k += kDepthBlock) {
        const int64_t depth = std::min(kDepthBlock, depth_ - k);
        const T* panel = panels_.data() + i * panel_size() + k * kPanelColumns<T>;
        for (int64_t row = 0; row < rows;) {
          const int height = next_height(rows - row);
          run_tile<T, AskingRows>(height, width_of(i), panel, kPanelColumns<T>,
                                  out + row * out_stride + i * kPanelColumns<T>, out_stride,
                                  accumulate || k > 0, a + row * a_stride + k, depth, a_stride,
                                  &ahead);
          row += height;
        }
      }
    }
  }

 private:
  int64_t count() const { return ceil_div(columns_, kPanelColumns<T>); }
  int64_t panel_size() const { return depth_ * kPanelColumns<T>; }
  int width_of(int64_t panel) const {
    return static_cast<int>(
        std::min<int64_t>(kPanelColumns<T>, columns_ - panel * kPanelColumns<T>));
  }

  int64_t depth_, columns_;
  Scratch<T> panels_;
};

// Some sequences that one task takes through all steps, with nobody to wait for.
struct Sequences {
  const RecurrenceSteps& steps;
  int64_t first, count;

  int64_t step_count() const { return static_cast<int64_t>(steps.sizes.size()); }
  // The step that comes `position`-th, and the one before it: -1 for the initial state.
  int64_t step_at(int64_t position) const {
    return steps.reverse ? step_count() - 1 - position : position;
  }
  int64_t step_before(int64_t step) const {
    if (!steps.reverse) return step - 1;
    return step + 1 < step_count() ? step + 1 : -1;
  }
  // How many of them take part in a step.
  int64_t active(int64_t step) const {
    return std::clamp<int64_t>(steps.sizes[step] - first, 0, count);
  }
  int64_t row(int64_t step, int64_t sequence) const {
    return steps.offsets[step] + (first + sequence) * steps.row_step;
  }
  // The same for what only the two directions read: the sequences of a step lie side by side, since
  // rows that are powers of two apart would meet in the caches.
  int64_t kept_row(int64_t step, int64_t sequence) const {
    const int64_t start = steps.row_step == 1 ? steps.offsets[step] : step * steps.sizes[0];
    return start + first + sequence;
  }
};

// Calls function(const Sequences&) for all sequences: bits do not depend on how many go together.
template <class Function>
void each_task(const RecurrenceSteps& steps, int64_t sequences, Function function) {
  const int64_t share = (sequences + num_threads() - 1) / num_threads();
  parallel_for(sequences, std::clamp<int64_t>(share, 4, 4 * kTileRows),
               [&](int64_t begin, int64_t end) { function(Sequences{steps, begin, end - begin}); });
}

// Distance between the rows of local matrices: rows of a power of two would meet in the cache.
template <class T>
int64_t padded(int64_t columns) {
  return (columns + 2 * Vec<T>::size - 1) / Vec<T>::size * Vec<T>::size;
}

template <class T>
const T* row_of(const Array& array, int64_t row, int64_t columns) {
  return array.data ? array.as<const T>() + row * columns : nullptr;
}

template <class T>
void recurrence_forward(const RecurrenceCall& call);
template <class T>
void recurrence_backward(const RecurrenceBackwardCall& call);

}  // namespace taeda::cpu::inline TAEDA_ISA
