// What the engine and the products of few rows know of their operands.
#pragma once

#include <optional>

#include "matrix/engine.h"
#include "matrix/tile.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Scratch memory that costs nothing while it is small.
template <class T, int Inline>
class SmallScratch {
 public:
  explicit SmallScratch(int64_t count) {
    if (count > Inline) data_ = large_.emplace(count).data();
  }
  T* data() { return data_; }

 private:
  alignas(64) T inline_[Inline];
  std::optional<Scratch<T>> large_;
  T* data_ = inline_;
};

// A product whose factors are of type T; k counts them.
template <class T>
struct Operands {
  using Sum = typename Factors<T>::Sum;

  explicit Operands(const Product<Sum>& product)
      : m(product.m),
        n(product.n),
        k(ceil_div(product.k, Factors<T>::kDepth)),
        a{product.a.data, product.a.dtype, product.a.row_stride, product.a.column_stride,
          product.k},
        b{product.b.data, product.b.dtype, product.b.column_stride, product.b.row_stride,
          product.k},
        finish(product.finish) {
    a_lies_ready = lies_ready(a);
    b_lines_lie_ready = b.k_stride == 1 && b.line_stride != 1 && lies_ready(b);
    b_lies_ready =
        b.dtype == dtype_of<Sum> && Factors<T>::kDepth == 1 && (b.line_stride == 1 || n == 1);
    const Matrix& out = finish.out;
    sums_in_place = out.dtype == dtype_of<Sum> && (out.column_stride == 1 || n == 1) &&
                    finish.addend.data != out.data;
  }

  PlacedRows<T, 1> a_from(int64_t row, int64_t from_k, int64_t depth) const {
    const int64_t size = size_of(a.dtype);
    return {a.at(row, from_k * Factors<T>::kDepth), depth, a.line_stride * size,
            a.k_stride * Factors<T>::kDepth * size};
  }

  int64_t m, n, k;
  Lines a, b;
  const Finish<Sum>& finish;
  bool a_lies_ready;       // the micro-kernel can read a where it lies
  bool b_lies_ready;       // and b
  bool b_lines_lie_ready;  // columns of b lie along k
  bool sums_in_place;      // sums may be kept in the output while k runs

 private:
  static bool lies_ready(const Lines& lines) {
    if (lines.dtype != Factors<T>::dtype) return false;
    return Factors<T>::kDepth == 1 || (lines.k_stride == 1 && lines.k_count % 2 == 0);
  }
};

}  // namespace taeda::cpu::inline TAEDA_ISA
