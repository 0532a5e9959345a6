// Asks for lines of memory before they are read.
#pragma once

#include <optional>

#include "../plan.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The lines of an array, row by row: where rows are short and lie apart the hardware does not see
// what comes.
class Ahead {
 public:
  Ahead() = default;
  explicit Ahead(const Array& array) {
    for (int d = 0; d < array.ndim(); ++d) {
      shape_[d] = array.strides[d] == 0 ? 1 : array.shape[d];  // what is repeated is read once
    }
    const Array once{array.data, array.dtype, {shape_.data(), array.shape.size()}, array.strides};
    const Array* arrays[] = {&once};
    plan_.emplace(std::span<const Array* const, 1>(arrays));
    size_ = size_of(array.dtype);
    if (plan_->strides[0][plan_->ndim - 1] != 1) return;
    cursor_.emplace(*plan_, 0);
    data_ = array.as<char>();
    left_ = plan_->count;
    open_row();
  }
  Ahead(const Ahead&) = delete;

  int64_t lines() const { return (left_ * size_ + kLine - 1) / kLine; }

  // Asks for some lines more; how many of them there are not. Inlined, because calls of a function
  // that only asks for memory are dropped as useless.
  [[gnu::always_inline]] int64_t ask(int64_t lines) {
    constexpr int second_level = 2;
    while (lines > 0 && left_ > 0) {
      const char* stop = std::min(end_, next_ + lines * kLine);
      for (; next_ < stop; next_ += kLine, --lines) __builtin_prefetch(next_, 0, second_level);
      if (next_ < end_) break;
      const int64_t row = cursor_->left_in_row();
      left_ -= row;
      if (left_ == 0) break;
      cursor_->advance(row);
      open_row();
    }
    return lines;
  }

 private:
  static constexpr int64_t kLine = 64;

  void open_row() {
    next_ = data_ + cursor_->offset(0) * size_;
    end_ = next_ + cursor_->left_in_row() * size_;
  }

  std::array<int64_t, kMaxDims> shape_;
  std::optional<Plan<1>> plan_;
  std::optional<Cursor<1>> cursor_;
  const char* data_ = nullptr;
  const char *next_ = nullptr, *end_ = nullptr;  // of the row that is asked for
  int64_t size_ = 1, left_ = 0;                  // elements that begin with this row
};

}  // namespace taeda::cpu::inline TAEDA_ISA
