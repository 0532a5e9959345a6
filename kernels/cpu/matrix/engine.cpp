#include "matrix/engine.h"

#include <algorithm>

#include "machine.h"
#include "matrix/bfloat16_tiles.h"
#include "matrix/few_rows.h"
#include "matrix/tiles.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kRowBlock =
    168 / kTileRows * kTileRows;                       // of a: a third of a MiB with kDepthBlock
constexpr int64_t kLeastRows = kRowBlock / 2;          // of a task
constexpr int64_t kColumnBlock = 128;                  // columns of b packed by one task
constexpr int64_t kPackedLimit = int64_t{1} << 22;     // factors of a packed at a time
constexpr int64_t kPackedTogether = int64_t{1} << 18;  // of few rows: enough for all cores
constexpr int64_t kReadyBytes = 1 << 20;               // b of this size needs no packing
constexpr int64_t kHeldBytes = 512 << 10;     // of b beside a block of a in a core's caches
constexpr int64_t kFewHeldBytes = 256 << 10;  // the same for few rows, since all cores read it
constexpr int64_t kCrowdedBytes = 64 << 10;   // nor this where its rows lie pages apart
constexpr int64_t kSpreadBytes = 6 << 20;     // of an a whose rows lie across k: more is packed
constexpr int64_t kScatterCost = 100;         // of a sum, in steps of one lane
constexpr int64_t kPageBytes = 4096;
constexpr int64_t kPages = 32;  // read side by side
constexpr int64_t kTasks = 4;   // of an even number, at least
constexpr int64_t kManyRows = kTasks * kLeastRows;

// Products of more rows than multiply_few_rows takes.
template <class T>
class Engine {
  using Sum = typename Factors<T>::Sum;
  static constexpr int kPanel = kPanelColumns<T>;

 public:
  explicit Engine(const Operands<T>& operands) : p_(operands), tiles_(operands) {
    // Sums that cannot stay in the output would need memory between two blocks.
    depth_block_ = !p_.sums_in_place && p_.k <= 2 * kDepthBlock ? 2 * kDepthBlock : kDepthBlock;
    constexpr auto size = static_cast<int64_t>(sizeof(T));
    const int64_t ready_bytes =
        p_.b.k_stride * size % kPageBytes == 0 ? kCrowdedBytes : kReadyBytes;
    pack_b_ = !p_.b_lies_ready || (p_.m > 2 * kTileRows && p_.k * p_.n * size > ready_bytes);
    // As in products of few rows, rows of b that lie pages apart are read some at a time.
    by_pages_ = !pack_b_ && p_.m <= 2 * kTileRows && p_.b.k_stride * size >= kPageBytes;
    if (by_pages_) depth_block_ = kPages;
    few_tiles_ = p_.n <= kPanel && p_.m <= 2 * kTileRows;
    // Rows that lie pages apart share one set of the first-level cache: it has room for half a
    // tile.
    const bool crowded = p_.m > kTileRows && !few_tiles_ && !Tiles<T>::takes_halves(p_.n) &&
                         p_.a.line_stride * size_of(p_.a.dtype) % kPageBytes == 0;
    // Rows across k are read from a page for each k (which takes a processor of Intel a third
    // longer than to pack them), of elements with gaps every line is read in part, and values pages
    // apart share one set of the cache. Otherwise packing does not pay: what one thread packs
    // another has to fetch.
    const bool stays = p_.a.line_stride == 1 && p_.a.k_stride * size % kPageBytes != 0;
    const int64_t most = stays && !is_intel() ? kSpreadBytes : 2 * kCrowdedBytes;
    const bool spread = p_.a.k_stride != 1 && p_.m * p_.k * size > most && p_.m > 2 * kTileRows &&
                        p_.n > 4 * kPanel;
    pack_a_ = !p_.a_lies_ready || crowded || spread;
    const int64_t held = p_.m >= kManyRows ? kHeldBytes : kFewHeldBytes;
    by_rows_ = !pack_b_ && !pack_a_ && p_.m >= kTasks * kTileRows &&
               std::min(p_.k, kDepthBlock) * p_.n * size <= held;
  }

  void run() {
    if (p_.m * p_.n * p_.k < kSerialWork && !pack_a_ && p_.k <= depth_block_) {
      const Region all{0, p_.m, 0, p_.n, 0, p_.k};
      run_block(all, nullptr, all);
      return;
    }
    std::optional<Scratch<Sum>> sums;
    if (!p_.sums_in_place && p_.k > depth_block_) {
      tiles_.keep_sums(sums.emplace(p_.m * p_.n).data());
    }
    if (!pack_a_) {
      run_tasks({0, p_.m, 0, p_.n, 0, p_.k}, nullptr);
      return;
    }
    const int64_t blocks = std::max(kDepthBlocks, kPackedTogether / p_.m / depth_block_);
    const int64_t depth = std::clamp<int64_t>(p_.k, 1, blocks * depth_block_);
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
  static constexpr int64_t kDepthBlocks = 3;  // packed at a time, at least

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
    const int64_t k_blocks = ceil_div(region.k_end - region.k, depth_block_);
    const auto pack = [&](int64_t block) {
      const int64_t row = region.row + block / k_blocks * kRowBlock;
      const int64_t k = region.k + block % k_blocks * depth_block_;
      const int64_t depth = std::min(depth_block_, region.k_end - k);
      pack_row_tiles(p_.a, row, std::min(kRowBlock, region.row_end - row), k, depth,
                     const_cast<T*>(packed_at(packed, region, row, k, depth)));
    };
    if ((region.row_end - region.row) * (region.k_end - region.k) < (1 << 15)) {
      for (int64_t block = 0; block < row_blocks * k_blocks; ++block) pack(block);
    } else {
      parallel_blocks(row_blocks * k_blocks, pack);
    }
  }

  // Cuts the product into tasks: by columns first, because then little of b is packed twice. They
  // are numbered row by row: a thread then computes the rows that it works on in the operations
  // around the product, and its caches hold them. Where a core's caches hold what it needs of b,
  // tasks are rows only: a is read once, and no row of the output is written by two threads, whose
  // cores would fetch ahead each other's part of it.
  void run_tasks(const Region& region, const T* packed) {
    const int64_t rows = region.row_end - region.row, columns = region.column_end - region.column;
    const int64_t work = rows * columns * (region.k_end - region.k);
    if (work < kSerialWork) {
      run_block(region, packed, region);
      return;
    }
    const int64_t least_rows = packed ? 2 * kRowBlock : few_tiles_ ? 2 * kFewRows : kLeastRows;
    const int64_t panels = ceil_div(columns, kPanel);
    int64_t unit = panels, column_tasks = 1;
    if (!by_rows_) {
      const int64_t wanted =
          round_up(ceil_div(columns, pack_b_ ? kColumnBlock : 4 * kColumnBlock), kTasks);
      unit = 2;  // tiles may take two panels at a time
      if (rows < 2 * least_rows && panels <= 2 * wanted && ceil_div(panels, 2) % 2 != 0) unit = 1;
      column_tasks = std::min(wanted, ceil_div(panels, unit));
    }
    const int64_t units = ceil_div(panels, unit);
    const auto column_of_task = [&](int64_t index) {
      const int64_t column = units * index / column_tasks * unit * kPanel;
      return std::min(region.column + column, region.column_end);
    };
    const int64_t most = ceil_div(2 * kTasks, column_tasks);
    const int64_t least = by_rows_ || rows >= 2 * kManyRows ? 2 : 1;
    int64_t row_tasks = std::clamp<int64_t>(rows / least_rows, least, std::max(least, most));
    // An even number of tasks, the first half of which costs what the other does.
    if (row_tasks > 1 && column_tasks % 2 != 0) row_tasks += row_tasks % 2;
    const bool whole_tiles = by_rows_ && rows >= kManyRows;
    const int64_t row_unit = packed ? kRowBlock : whole_tiles ? kTileRows : 2;
    const int64_t row_units = ceil_div(rows, row_unit);
    const auto row_of_task = [&](int64_t index) {
      return std::min(region.row + row_units * index / row_tasks * row_unit, region.row_end);
    };
    const auto run_task = [&](int64_t task) {
      Region part = region;
      part.row = row_of_task(task / column_tasks);
      part.row_end = row_of_task(task / column_tasks + 1);
      part.column = column_of_task(task % column_tasks);
      part.column_end = column_of_task(task % column_tasks + 1);
      run_block(part, packed, region);
    };
    parallel_blocks(row_tasks * column_tasks, run_task, loop_length(work, kLongWork));
  }

  // Of b as many columns at a time as the second-level cache holds, which is all where tasks are
  // rows only; all rows meet them tile by tile.
  void run_block(const Region& region, const T* packed, const Region& all) const {
    const int64_t deepest = std::min(region.k_end - region.k, depth_block_);
    const int64_t packed_together = deepest > kDepthBlock ? kColumnBlock / 2 : kColumnBlock;
    const int64_t together = by_rows_ ? p_.n : by_pages_ ? 4 * kColumnBlock : packed_together;
    const int64_t packed_columns =
        round_up(std::min(together, region.column_end - region.column), kPanel);
    SmallScratch<T, 1024> panels(pack_b_ ? packed_columns * deepest : 0);
    for (int64_t k = region.k; k == region.k || k < region.k_end; k += depth_block_) {
      const int64_t depth = std::min(depth_block_, region.k_end - k);
      const T* a = packed ? packed_at(packed, all, region.row, k, depth) : nullptr;
      for (int64_t column = region.column; column < region.column_end; column += together) {
        const int64_t column_end = std::min(column + together, region.column_end);
        if (pack_b_) pack_panels(column, column_end, k, depth, panels.data());
        run_columns(region, column, column_end, k, depth, a, panels.data());
      }
    }
  }

  void pack_panels(int64_t column, int64_t column_end, int64_t k, int64_t depth, T* to) const {
    for (; column < column_end; column += kPanel, to += kPanel * depth) {
      const int columns = static_cast<int>(std::min<int64_t>(kPanel, column_end - column));
      pack_padded(p_.b, column, columns, k, depth, to, kPanel);
    }
  }

  // All rows of the region for some columns and one block of k.
  void run_columns(const Region& region, int64_t first, int64_t end, int64_t k, int64_t depth,
                   const T* a, const T* panels) const {
    const Panels<T> b =
        pack_b_ ? Panels<T>{panels, kPanel, kPanel * depth}
                : Panels<T>{static_cast<const T*>(p_.b.at(first, k)), p_.b.k_stride, kPanel};
    int64_t row = region.row;
    if (!a && end - first <= kPanel) {
      row =
          tiles_.run_below(row, region.row_end, first, static_cast<int>(end - first), k, depth, b);
    }
    while (row < region.row_end) {
      // Packed rows are cut in blocks, and the last rows of each into lower tiles.
      const int64_t of_block = kRowBlock - (a ? (row - region.row) % kRowBlock : 0);
      const int height = next_height(std::min(of_block, region.row_end - row));
      const T* tile_of_a = a ? a + (row - region.row) * depth : nullptr;
      tiles_.run_row(row, height, first, end, k, depth, tile_of_a, b);
      row += height;
    }
  }

  const Operands<T>& p_;
  Tiles<T> tiles_;
  int64_t depth_block_;
  bool pack_a_, pack_b_;
  bool by_pages_;   // few rows of b at a time, of many columns
  bool by_rows_;    // tasks are rows only: each reads its a once
  bool few_tiles_;  // lower ones then occupy all cores
};

// Lanes run along n. Transposed, the same sums are taken in the same order.
template <class T>
void transpose_where_it_pays(Product<T>& product) {
  const Matrix& out = product.finish.out;
  // It costs a packed `a` and scattered stores, which idle lanes have to be worth.
  const int64_t idle = round_up(product.n, Vec<T>::size) - product.n;
  const bool pays = product.n <= kFewRows || idle * product.k > kScatterCost * product.n;
  const bool narrow = product.n <= 3 * Vec<T>::size / 2 && product.m > 2 * product.n && pays;
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
}

template <class T>
void multiply_factors(Product<typename Factors<T>::Sum>& product) {
  transpose_where_it_pays(product);
  const Operands<T> operands(product);
  if (product.m <= kFewRows) return multiply_few_rows(operands);
  Engine<T>(operands).run();
}

}  // namespace

template <class T>
void multiply(Product<T> product) {
  if (product.m == 0 || product.n == 0) return;
#if defined(TAEDA_BFLOAT16_PAIRS)
  if constexpr (std::is_same_v<T, float>) {
    const auto bfloat16 = [](const Matrix& matrix) { return matrix.dtype == DType::BFloat16; };
    if (bfloat16(product.a) && bfloat16(product.b) && has_bfloat16_pairs()) {
      if (!multiply_in_tiles(product)) multiply_factors<BFloat16Pair>(product);
      return;
    }
  }
#endif
  multiply_factors<T>(product);
}

template void multiply<float>(Product<float>);
template void multiply<double>(Product<double>);

}  // namespace taeda::cpu::inline TAEDA_ISA
