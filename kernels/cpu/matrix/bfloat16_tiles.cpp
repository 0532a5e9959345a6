#include "matrix/bfloat16_tiles.h"

#ifdef TAEDA_BFLOAT16_PAIRS

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "matrix/operands.h"
#include "matrix/tile_registers.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kPanel = kSquare;                        // columns of b side by side
constexpr int64_t kDepthSteps = 64;                        // blocks of k between two visits of sums
constexpr int64_t kPackedSteps = (1 << 20) / kSquare / 2;  // columns x blocks of b: half of a cache
constexpr int64_t kFewSteps = 2;                           // of k where reading b is all the work
constexpr int64_t kFewColumns = 512;                       // of a task there
constexpr int64_t kFewTileRows = 64;                       // that leave it so
constexpr int64_t kTasks = 4;                              // of an even number, at least
constexpr int64_t kTaskRows = 128;                         // at least: each task packs its b
constexpr int64_t kOwnRows = 512;                          // beside these packing costs nothing
constexpr int64_t kUnalignedColumns = 128;                 // of b that meet unaligned rows of a
constexpr int64_t kTurnedValues = int64_t{1} << 23;        // of a at a time
constexpr int64_t kSerialTiles = int64_t{1} << 21;         // multiply-adds

class TileProduct {
 public:
  // `turned`: the sums are those of the transposed output.
  TileProduct(const Product<float>& product, bool turned)
      : m_(product.m),
        n_(product.n),
        k_(product.k),
        steps_(ceil_div(k_, kTileDepth)),
        a_{product.a.data, product.a.dtype, product.a.row_stride, product.a.column_stride, k_},
        b_{product.b.data, product.b.dtype, product.b.column_stride, product.b.row_stride, k_},
        finish_(product.finish),
        turned_(turned),
        few_rows_(m_ <= kFewTileRows && b_.k_stride != 1),
        depth_(std::clamp<int64_t>(steps_, 1, few_rows_ ? kFewSteps : kDepthSteps)) {}

  void run() {
    if (a_lies_ready()) return run_tasks(0, m_);
    const int64_t pitch = steps_ * kTileDepth;
    const int64_t rows =
        std::min(m_, std::max(kOwnRows, kTurnedValues / std::max<int64_t>(1, pitch)));
    const Scratch<uint16_t> along(rows * pitch);
    const Lines lying = a_;
    a_ = {along.data(), lying.dtype, pitch, 1, pitch};
    for (first_row_ = 0; first_row_ < m_; first_row_ += rows) {
      const int64_t end = std::min(first_row_ + rows, m_);
      pack_rows(lying, end, along.data());
      run_tasks(first_row_, end);
    }
  }

 private:
  struct Region {
    int64_t row, row_end, column, column_end;
  };
  // Some rows of a region, those before `fresh` for the second time, and blocks of k.
  struct Strip {
    int64_t row, fresh, row_end, step, steps;
  };

  // Rows across k are turned once for all columns. Many columns would meet lines of the cache twice
  // where rows begin within them.
  bool a_lies_ready() const {
    if (a_.k_stride != 1) return false;
    const auto address = reinterpret_cast<uintptr_t>(a_.data);
    const int64_t bytes = a_.line_stride * size_of(a_.dtype);
    return (address % kTileRowBytes == 0 && bytes % kTileRowBytes == 0) || n_ <= kUnalignedColumns;
  }

  void pack_rows(const Lines& from, int64_t end, uint16_t* to) const {
    const int64_t pitch = steps_ * kTileDepth;
    const auto pack = [&](int64_t block) {
      const int64_t row = first_row_ + block * kPanel;
      const int count = static_cast<int>(std::min(kPanel, end - row));
      uint16_t* lines = to + block * kPanel * pitch;
      if (from.k_stride == 1) {
        for (int i = 0; i < count; ++i) {
          std::memcpy(lines + i * pitch, from.at(row + i, 0), static_cast<size_t>(k_) * sizeof *to);
        }
      } else {
        turn_rows_of_a(from, row, count, lines);
      }
      for (int i = 0; i < count; ++i) {
        std::fill(lines + i * pitch + k_, lines + (i + 1) * pitch, uint16_t{0});
      }
    };
    const int64_t blocks = ceil_div(end - first_row_, kPanel);
    if ((end - first_row_) * k_ < (1 << 16)) {
      for (int64_t block = 0; block < blocks; ++block) pack(block);
    } else {
      parallel_blocks(blocks, pack);
    }
  }

  void turn_rows_of_a(const Lines& from, int64_t row, int count, uint16_t* lines) const {
    constexpr int64_t piece = 128;  // pairs: they stay in the first-level cache
    const int64_t pairs = ceil_div(k_, 2);
    alignas(64) BFloat16Pair side_by_side[piece * kPanel];
    for (int64_t k = 0; k < pairs; k += piece) {
      const int64_t depth = std::min(piece, pairs - k);
      pack_lines(from, row, count, k, depth, side_by_side, count);
      turn_rows(reinterpret_cast<const float*>(side_by_side), count, depth, count,
                reinterpret_cast<float*>(lines + 2 * k), steps_ * kTileEdge);
    }
  }

  // Tasks are columns first, because then each packs a part of b of its own, or rows where b is
  // small beside a.
  void run_tasks(int64_t row, int64_t end) const {
    const int64_t rows = end - row, panels = ceil_div(n_, kPanel);
    const int64_t together = few_rows_ ? kFewColumns : std::max(kPanel, kPackedSteps / depth_);
    if (rows * n_ * k_ < kSerialTiles && n_ <= together) {
      run_task({row, end, 0, n_});
      return;
    }
    const bool by_rows = n_ <= together && rows >= kTasks * kOwnRows;
    int64_t task_panels = panels;
    if (!by_rows) task_panels = ceil_div(panels, round_up(ceil_div(n_, together), kTasks));
    const int64_t column_tasks = ceil_div(panels, task_panels);
    const int64_t row_tasks = std::clamp<int64_t>(rows / (by_rows ? kOwnRows : kTaskRows), 1,
                                                  ceil_div(kTasks, column_tasks));
    const int64_t units = ceil_div(rows, kSquare);
    const auto row_of_task = [&](int64_t index) {
      return std::min(row + units * index / row_tasks * kSquare, end);
    };
    parallel_blocks(row_tasks * column_tasks, [&](int64_t task) {
      const int64_t index = task / column_tasks;
      const int64_t column = task % column_tasks * task_panels * kPanel;
      run_task({row_of_task(index), row_of_task(index + 1), column,
                std::min(column + task_panels * kPanel, n_)});
    });
  }

  // Each strip of rows meets all columns: it stays in the first-level cache, or close to it.
  void run_task(const Region& region) const {
    const int64_t rows = region.row_end - region.row;
    const int64_t panels = ceil_div(region.column_end - region.column, kPanel);
    SmallScratch<BFloat16Pair, 2048> packed(panels * kPanel * depth_ * kTileEdge);
    const int64_t held_squares = steps_ > depth_ ? panels : 0;
    SmallScratch<float, 1024> held(held_squares * ceil_div(rows, kSquare) * kSquareSize);
    const TileRegisters registers(rows);
    // Runs once without any k: the sums are zero then.
    for (int64_t step = 0; step == 0 || step < steps_; step += depth_) {
      const int64_t steps = std::min(depth_, steps_ - step);
      pack_panels(region, step, steps, packed.data());
      float* sums = held.data();
      for (int64_t row = region.row; row < region.row_end; row += kSquare) {
        // The last rows of many go through whole tiles, together with rows above them.
        const int64_t left = region.row_end - row;
        const int64_t height = std::min<int64_t>(left > kTileEdge ? kSquare : kTileEdge, rows);
        const int64_t row_end = std::min(row + height, region.row_end);
        const Strip strip{row_end - height, row, row_end, step, steps};
        run_strip(strip, region, packed.data(), sums);
        sums += held_squares * kSquareSize;
      }
    }
  }

  void pack_panels(const Region& region, int64_t step, int64_t steps, BFloat16Pair* to) const {
    const int64_t first = step * kTileEdge;
    const int64_t depth = std::min(steps * kTileEdge, ceil_div(k_, 2) - first);
    for (int64_t column = region.column; column < region.column_end; column += kPanel) {
      const int64_t columns = std::min(kPanel, region.column_end - column);
      const int64_t width = columns > kTileEdge ? kPanel : kTileEdge;
      pack_padded(b_, column, static_cast<int>(columns), first, depth, to, width);
      std::fill(to + depth * width, to + steps * kTileEdge * width, BFloat16Pair{});
      to += kPanel * steps * kTileEdge;
    }
  }

  void run_strip(const Strip& strip, const Region& region, const BFloat16Pair* packed,
                 float* held) const {
    // The last values of k fill a part of a tile.
    alignas(64) uint16_t tail[kSquare * kTileDepth];
    const int64_t whole = std::min(strip.steps, a_.k_count / kTileDepth - strip.step);
    if (whole < strip.steps) {
      const int64_t k = (strip.step + whole) * kTileDepth;
      std::memset(tail, 0, sizeof tail);
      for (int64_t row = strip.row; row < strip.row_end; ++row) {
        std::memcpy(tail + (row - strip.row) * kTileDepth, a_at(row, k),
                    static_cast<size_t>(a_.k_count - k) * sizeof *tail);
      }
    }
    for (int64_t column = region.column; column < region.column_end; column += kPanel) {
      const int64_t columns = std::min(kPanel, region.column_end - column);
      const auto visit = [&]<int Rows, int Columns>() {
        visit_square<Rows, Columns>(strip, whole, tail, column, columns, packed, held);
      };
      if (strip.row_end - strip.row > kTileEdge)
        columns > kTileEdge ? visit.template operator()<2, 2>() : visit.template operator()<2, 1>();
      else
        columns > kTileEdge ? visit.template operator()<1, 2>() : visit.template operator()<1, 1>();
      packed += kPanel * strip.steps * kTileEdge;
      if (steps_ > depth_) held += kSquareSize;
    }
  }

  template <int Rows, int Columns>
  void visit_square(const Strip& strip, int64_t whole, const uint16_t* tail, int64_t column,
                    int64_t columns, const BFloat16Pair* packed, float* held) const {
    using Sums = TileSums<Rows, Columns>;
    const bool last = strip.step + strip.steps >= steps_;
    const int height = static_cast<int>(strip.row_end - strip.fresh);
    const int width = static_cast<int>(columns);
    if (last && turned_)
      finish_.expect(column, strip.fresh, width, height);
    else if (last)
      finish_.expect(strip.fresh, column, height, width);
    if (strip.step > 0)
      Sums::load(held);
    else
      Sums::clear();
    const char* b = reinterpret_cast<const char*>(packed);
    Sums::add_products(a_at(strip.row, strip.step * kTileDepth), a_.line_stride * size_of(a_.dtype),
                       b, whole);
    if (whole < strip.steps) {
      Sums::add_products(reinterpret_cast<const char*>(tail), kTileRowBytes,
                         b + whole * Columns * kTileEdge * kTileRowBytes, 1);
    }
    if (!last) return Sums::store(held);
    alignas(64) float sums[kSquareSize];
    Sums::store(sums);
    float* fresh = sums + (strip.fresh - strip.row) * kSquare;
    if (!turned_) return finish_(strip.fresh, column, height, width, fresh, kSquare);
    alignas(64) float turned[kSquareSize];
    turn_rows(fresh, kSquare, height, width, turned, kSquare);
    finish_(column, strip.fresh, width, height, turned, kSquare);
  }

  const char* a_at(int64_t row, int64_t k) const {
    return static_cast<const char*>(a_.at(row - first_row_, k));
  }

  int64_t m_, n_, k_;
  int64_t steps_;  // blocks of k
  Lines a_, b_;
  int64_t first_row_ = 0;  // that a_ holds
  const Finish<float>& finish_;
  bool turned_;
  bool few_rows_;  // reading b is all the work
  int64_t depth_;  // blocks of k between two visits of sums
};

// What the product moves beside the tiles: rows of a are read where they lie along k, else turned;
// columns of b are put side by side in pairs, or turned; so are sums.
int64_t moves(const Product<float>& p, bool turned) {
  const Matrix& out = p.finish.out;
  const int64_t of_a = p.a.column_stride == 1 ? 0 : 3, of_b = p.b.column_stride == 1 ? 1 : 2;
  const bool along = (turned ? out.row_stride : out.column_stride) == 1;
  return p.k * (of_a * p.m + of_b * p.n) + (along ? 0 : 4) * p.m * p.n;
}

bool ask_for_tiles() {
  unsigned eax, ebx, ecx, edx;
  constexpr unsigned tiles = 1 << 24, of_bfloat16 = 1 << 22;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return false;
  if ((edx & tiles) == 0 || (edx & of_bfloat16) == 0) return false;
  // Linux lends the registers to a process, its threads and its forks that ask for them.
  constexpr long request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

}  // namespace

bool multiply_in_tiles(const Product<float>& product) {
  static const bool has_tiles = ask_for_tiles();
  if (!has_tiles) return false;
  Product<float> transposed = product;
  std::swap(transposed.m, transposed.n);
  transposed.a = product.b.transposed();
  transposed.b = product.a.transposed();
  const bool turned = moves(transposed, true) < moves(product, false);
  TileProduct(turned ? transposed : product, turned).run();
  return true;
}

}  // namespace taeda::cpu::inline TAEDA_ISA
#endif
