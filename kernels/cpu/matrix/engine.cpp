#include "matrix/engine.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "matrix/tile.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kRowBlock = 24 * kTileRows;       // rows of a kept in the second-level cache
constexpr int64_t kColumnBlock = 128;               // columns of b packed by one task
constexpr int64_t kPackedLimit = int64_t{1} << 22;  // elements of a packed at a time
constexpr int64_t kCachedBytes = 64 << 10;          // b of this size needs no packing

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

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

template <class T>
class Engine {
 public:
  explicit Engine(const Product<T>& product)
      : p_(product),
        a_{p_.a.data, p_.a.dtype, p_.a.row_stride, p_.a.column_stride},
        b_{p_.b.data, p_.b.dtype, p_.b.column_stride, p_.b.row_stride} {
    const bool unit_columns = p_.b.column_stride == 1 || p_.n == 1;
    pack_b_ =
        p_.b.dtype != dtype_of<T> || !unit_columns ||
        (p_.m > 2 * kTileRows && p_.k * p_.n * static_cast<int64_t>(sizeof(T)) > kCachedBytes);
    pack_a_ = p_.a.dtype != dtype_of<T> || (p_.m > kTileRows && p_.n > 8 * kPanelColumns<T>) ||
              (p_.m * p_.k * static_cast<int64_t>(sizeof(T)) > 2 * kCachedBytes &&
               p_.m > 2 * kTileRows && p_.n > 4 * kPanelColumns<T>);
    const Matrix& out = p_.finish.out;
    const bool overwrites_addend = p_.finish.addend.data == out.data;
    in_place_ =
        out.dtype == dtype_of<T> && (out.column_stride == 1 || p_.n == 1) && !overwrites_addend;
  }

  void run() {
    if (p_.m * p_.n * p_.k < kSerialWork && !pack_a_ && p_.k <= kDepthBlock) {
      run_block({0, p_.m, 0, p_.n, 0, p_.k}, nullptr);
      return;
    }
    std::optional<Scratch<T>> sums;
    if (!in_place_ && p_.k > kDepthBlock) sums_ = sums.emplace(p_.m * p_.n).data();
    if (!pack_a_) {
      run_tasks({0, p_.m, 0, p_.n, 0, p_.k}, nullptr);
      return;
    }
    const int64_t depth = std::clamp<int64_t>(p_.k, 1, 5 * kDepthBlock);
    const int64_t rows =
        std::min(p_.m, std::max(kRowBlock, kPackedLimit / depth / kRowBlock * kRowBlock));
    SmallScratch<T, 1024> packed(rows * depth);
    for (int64_t row = 0; row < p_.m; row += rows) {
      // Runs once for k = 0: the sums are zero then.
      for (int64_t k = 0; k == 0 || k < p_.k; k += depth) {
        const Region region{row, std::min(row + rows, p_.m), 0, p_.n, k, std::min(k + depth, p_.k)};
        pack_a(region, packed.data());
        run_tasks(region, packed.data());
      }
    }
  }

 private:
  struct Region {
    int64_t row, row_end, column, column_end, k, k_end;
  };

  // Packed a: for each block of k all rows, in blocks of kRowBlock rows made of tiles.
  static const T* packed_at(const T* packed, const Region& all, int64_t row, int64_t k,
                            int64_t depth) {
    return packed + (k - all.k) * (all.row_end - all.row) + (row - all.row) * depth;
  }

  void pack_a(const Region& region, T* packed) const {
    const int64_t row_blocks = ceil_div(region.row_end - region.row, kRowBlock);
    const int64_t k_blocks = ceil_div(region.k_end - region.k, kDepthBlock);
    const auto pack = [&](int64_t block) {
      const int64_t row = region.row + block % row_blocks * kRowBlock;
      const int64_t k = region.k + block / row_blocks * kDepthBlock;
      const int64_t depth = std::min(kDepthBlock, region.k_end - k);
      pack_row_tiles(a_, row, std::min(kRowBlock, region.row_end - row), k, depth,
                     const_cast<T*>(packed_at(packed, region, row, k, depth)));
    };
    if ((region.row_end - region.row) * (region.k_end - region.k) < (1 << 15)) {
      for (int64_t block = 0; block < row_blocks * k_blocks; ++block) pack(block);
    } else {
      parallel_blocks(row_blocks * k_blocks, pack);
    }
  }

  // Cuts the product into tasks: by columns first, because then nothing of b is packed twice.
  void run_tasks(const Region& region, const T* packed) {
    const int64_t rows = region.row_end - region.row, columns = region.column_end - region.column;
    if (rows * columns * (region.k_end - region.k) < kSerialWork) {
      run_block(region, packed, region);
      return;
    }
    int64_t column_step = pack_b_ ? kColumnBlock : 4 * kColumnBlock;
    while (column_step > kPanelColumns<T> * 2 && ceil_div(columns, column_step) < 4) {
      column_step /= 2;
    }
    const int64_t column_tasks = ceil_div(columns, column_step);
    int64_t row_step = rows;
    const int64_t row_tasks_wanted = ceil_div(8, column_tasks);
    if (row_tasks_wanted > 1 && rows >= 2 * kRowBlock / 4) {
      const int64_t unit = kRowBlock / 4;
      row_step = std::max(unit, ceil_div(ceil_div(rows, row_tasks_wanted), unit) * unit);
      if (packed) row_step = ceil_div(row_step, kRowBlock) * kRowBlock;
    }
    const int64_t row_tasks = ceil_div(rows, row_step);
    parallel_blocks(row_tasks * column_tasks, [&](int64_t task) {
      Region part = region;
      part.row = region.row + task % row_tasks * row_step;
      part.row_end = std::min(part.row + row_step, region.row_end);
      part.column = region.column + task / row_tasks * column_step;
      part.column_end = std::min(part.column + column_step, region.column_end);
      run_block(part, packed, region);
    });
  }

  void run_block(const Region& region, const T* packed) { run_block(region, packed, region); }

  void run_block(const Region& region, const T* packed, const Region& all) const {
    constexpr int panel = kPanelColumns<T>;
    const int64_t columns = ceil_div(region.column_end - region.column, panel) * panel;
    const int64_t deepest = std::min(region.k_end - region.k, kDepthBlock);
    SmallScratch<T, 1024> panels(pack_b_ ? columns * deepest : 0);
    for (int64_t k = region.k; k == region.k || k < region.k_end; k += kDepthBlock) {
      const int64_t depth = std::min(kDepthBlock, region.k_end - k);
      for (int64_t row = region.row; row < region.row_end; row += kRowBlock) {
        const int64_t row_end = std::min(row + kRowBlock, region.row_end);
        const T* a = packed ? packed_at(packed, all, row, k, depth) : nullptr;
        run_rows(region, row, row_end, k, depth, a, panels.data());
      }
    }
  }

  // All columns of the region for some rows and one block of k.
  void run_rows(const Region& region, int64_t row, int64_t row_end, int64_t k, int64_t depth,
                const T* a, T* panels) const {
    constexpr int panel = kPanelColumns<T>;
    for (int64_t column = region.column; column < region.column_end;) {
      const int columns = static_cast<int>(std::min<int64_t>(panel, region.column_end - column));
      if (!a && row_end - row <= 2) {
        const int wide =
            run_wide(region, row, static_cast<int>(row_end - row), column, k, depth, panels);
        if (wide > 0) {
          column += wide;
          continue;
        }
      }
      const T* b;
      int64_t b_stride;
      if (pack_b_) {
        T* to = panels + (column - region.column) * depth;
        if (row == region.row) pack_padded(b_, column, columns, k, depth, to, panel);
        b = to;
        b_stride = panel;
      } else {
        b = static_cast<const T*>(b_.at(column, k));
        b_stride = b_.k_stride;
      }
      for (int64_t i = row; i < row_end;) {
        const int height = next_height(row_end - i);
        run_one(i, height, column, columns, k, depth, a ? a + (i - row) * depth : nullptr, b,
                b_stride);
        i += height;
      }
      column += columns;
    }
  }

  void run_one(int64_t row, int height, int64_t column, int columns, int64_t k, int64_t depth,
               const T* a, const T* b, int64_t b_stride) const {
    visit_sums(row, height, column, columns, k, depth, [&](T* sums, int64_t stride) {
      if (a) {
        run_tile<T, PackedRows>(height, columns, b, b_stride, sums, stride, k > 0, a, depth);
      } else {
        run_tile<T, StridedRows>(height, columns, b, b_stride, sums, stride, k > 0,
                                 static_cast<const T*>(a_.at(row, k)), depth, a_.line_stride,
                                 a_.k_stride);
      }
    });
  }

  // One or two rows: wider tiles keep enough sums, and streams of memory, at work. Zero where too
  // few columns are left.
  int run_wide(const Region& region, int64_t row, int height, int64_t column, int64_t k,
               int64_t depth, T* panels) const {
    constexpr int width = Vec<T>::size;
    const int columns = height == 1 ? 8 * width : 4 * width;
    if (region.column_end - column < columns) return 0;
    const T* b = static_cast<const T*>(b_.at(column, k));
    int64_t b_stride = b_.k_stride;
    if (pack_b_) {
      T* to = panels + (column - region.column) * depth;
      for (int j = 0; j < columns; j += kPanelColumns<T>) {
        pack_lines(b_, column + j, kPanelColumns<T>, k, depth, to + j, columns);
      }
      b = to;
      b_stride = columns;
    }
    const T* a = static_cast<const T*>(a_.at(row, k));
    visit_sums(row, height, column, columns, k, depth, [&](T* sums, int64_t stride) {
      if (height == 1) {
        tile<T, 1, 8, false>(StridedRows<T, 1>{a, depth, a_.line_stride, a_.k_stride}, b, b_stride,
                             sums, stride, k > 0, width);
      } else {
        tile<T, 2, 4, false>(StridedRows<T, 2>{a, depth, a_.line_stride, a_.k_stride}, b, b_stride,
                             sums, stride, k > 0, width);
      }
    });
    return columns;
  }

  // Hands the place of a tile's sums to `compute` and finishes them after the last block of k.
  template <class Compute>
  void visit_sums(int64_t row, int height, int64_t column, int columns, int64_t k, int64_t depth,
                  Compute compute) const {
    const bool last = k + depth >= p_.k;
    const Finish<T>& finish = p_.finish;
    if (in_place_) {
      T* sums = static_cast<T*>(finish.out.at(row, column));
      compute(sums, finish.out.row_stride);
      if (last && !finish.is_plain()) {
        finish(row, column, height, columns, sums, finish.out.row_stride);
      }
    } else if (sums_) {
      T* sums = sums_ + row * p_.n + column;
      compute(sums, p_.n);
      if (last) finish(row, column, height, columns, sums, p_.n);
    } else {
      alignas(64) T sums[kTileRows * kPanelColumns<T>];
      const int64_t stride = height <= 2 ? Finish<T>::kFinishColumns / height : kPanelColumns<T>;
      compute(sums, stride);
      finish(row, column, height, columns, sums, stride);
    }
  }

  const Product<T>& p_;
  Lines a_, b_;
  bool pack_a_, pack_b_, in_place_;
  T* sums_ = nullptr;
};

}  // namespace

template <class T>
void multiply(Product<T> product) {
  if (product.m == 0 || product.n == 0) return;
  const Matrix& out = product.finish.out;
  // Lanes run along n. Transposed, the same sums are taken in the same order.
  const bool narrow = product.n <= Vec<T>::size / 2 && product.m > 2 * product.n;
  const bool by_columns =
      product.m > 1 && product.n > 1 && out.row_stride == 1 && out.column_stride != 1;
  if (narrow || by_columns || (product.n == 1 && product.m > 1)) {
    std::swap(product.m, product.n);
    std::swap(product.a, product.b);
    product.a = product.a.transposed();
    product.b = product.b.transposed();
    product.finish.out = product.finish.out.transposed();
    product.finish.addend = product.finish.addend.transposed();
  }
  Engine<T>(product).run();
}

template <class T>
bool multiply_small(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b,
                    const Finish<T>& finish) {
  constexpr int64_t limit = 64;
  const Matrix& out = finish.out;
  const bool fits = m <= limit && n <= limit && k <= limit && b.column_stride == 1 &&
                    out.column_stride == 1 && a.dtype == dtype_of<T> && b.dtype == dtype_of<T> &&
                    out.dtype == dtype_of<T> && finish.addend.data != out.data && n > 1;
  if (!fits) return false;
  const bool plain = finish.is_plain();
  for (int64_t column = 0; column < n; column += kPanelColumns<T>) {
    const int columns = static_cast<int>(std::min<int64_t>(kPanelColumns<T>, n - column));
    for (int64_t row = 0; row < m;) {
      const int height = next_height(m - row);
      T* sums = static_cast<T*>(out.data) + row * out.row_stride + column;
      run_tile<T, StridedRows>(height, columns, static_cast<const T*>(b.data) + column,
                               b.row_stride, sums, out.row_stride, false,
                               static_cast<const T*>(a.data) + row * a.row_stride, k, a.row_stride,
                               a.column_stride);
      if (!plain) finish(row, column, height, columns, sums, out.row_stride);
      row += height;
    }
  }
  return true;
}

#define TAEDA_ENGINE(T)                                                                    \
  template void multiply<T>(Product<T>);                                                   \
  template bool multiply_small<T>(int64_t, int64_t, int64_t, const Matrix&, const Matrix&, \
                                  const Finish<T>&);
TAEDA_ENGINE(float)
TAEDA_ENGINE(double)
#undef TAEDA_ENGINE

}  // namespace taeda::cpu::inline TAEDA_ISA
