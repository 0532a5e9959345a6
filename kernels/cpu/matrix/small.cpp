// Products of small matrices, without tasks and, but for columns that lie apart, without packing.
#include <algorithm>

#include "matrix/engine.h"
#include "matrix/operands.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
bool multiply_small(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b,
                    const Finish<T>& finish) {
  constexpr int64_t limit = 64;
  const Matrix& out = finish.out;
  const bool fits = m <= limit && n <= limit && k <= limit && out.column_stride == 1 &&
                    a.dtype == dtype_of<T> && b.dtype == dtype_of<T> && out.dtype == dtype_of<T> &&
                    finish.addend.data != out.data && n > 1;
  if (!fits || (m * n * k >= kSerialWork && !in_parallel())) return false;
  const bool plain = finish.is_plain();
  for (int64_t column = 0; column < n; column += kPanelColumns<T>) {
    const int columns = static_cast<int>(std::min<int64_t>(kPanelColumns<T>, n - column));
    alignas(64) T panel[limit * kPanelColumns<T>];
    const T* columns_of_b = static_cast<const T*>(b.data) + column;
    int64_t stride = b.row_stride;
    if (b.column_stride != 1) {
      pack_lines({b.data, b.dtype, b.column_stride, b.row_stride}, column, columns, 0, k, panel,
                 kPanelColumns<T>);
      columns_of_b = panel;
      stride = kPanelColumns<T>;
    }
    for (int64_t row = 0; row < m;) {
      const int height = next_height(m - row);
      T* sums = static_cast<T*>(out.data) + row * out.row_stride + column;
      run_tile<T, StridedRows>(height, columns, columns_of_b, stride, sums, out.row_stride, false,
                               static_cast<const T*>(a.data) + row * a.row_stride, k, a.row_stride,
                               a.column_stride);
      if (!plain) finish(row, column, height, columns, sums, out.row_stride);
      row += height;
    }
  }
  return true;
}

template bool multiply_small<float>(int64_t, int64_t, int64_t, const Matrix&, const Matrix&,
                                    const Finish<float>&);
template bool multiply_small<double>(int64_t, int64_t, int64_t, const Matrix&, const Matrix&,
                                     const Finish<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
