#include "matrix/few_rows.h"

#include <algorithm>

#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/halves.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kPackedBytes = 16 << 10;          // of b at a time: half of a first-level cache
constexpr int64_t kStreams = 16;                    // rows of b that are read side by side
constexpr int64_t kAheadBytes = int64_t{32} << 20;  // of b: more than caches hold
constexpr int64_t kLine = 64;
constexpr int kSecondLevel = 2;
constexpr int64_t kTaskColumns = 1024;  // at most: a page of each row of b
constexpr int64_t kTasks = 4;           // at least, so that cores share the rows of b
constexpr int64_t kTaskLines = 128;     // columns of b that lie along k

template <class T, int Rows>
class FewRows {
  using Sum = typename Factors<T>::Sum;
  // Enough sums to hide the latency of an addition.
  static constexpr int kVectors = Rows == 1 ? 8 : 4;

 public:
  explicit FewRows(const Operands<T>& operands)
      : p_(operands),
        along_k_(!p_.b_lies_ready && p_.b.line_stride != 1),
        ahead_(p_.b.k_count * p_.n * size_of(p_.b.dtype) >= kAheadBytes) {
    columns_ = along_k_ ? kPanelColumns<T> : kVectors * Vec<Sum>::size;
    if (!p_.b_lies_ready) {
      depth_ = kPackedBytes / (columns_ * static_cast<int64_t>(sizeof(T)));
    } else {
      depth_ = p_.n <= columns_ ? std::max<int64_t>(1, p_.k) : kStreams;
    }
  }

  void run() {
    SmallScratch<T, 1024> a(p_.a_lies_ready ? 0 : Rows * p_.k);
    if (!p_.a_lies_ready) {
      pack_lines(p_.a, 0, Rows, 0, p_.k, a.data(), Rows);
      a_ = a.data();
    }
    const int64_t step =
        along_k_ ? kTaskLines : std::min(kTaskColumns, round_up(ceil_div(p_.n, kTasks), columns_));
    const int64_t work = kReadWork * p_.n * p_.k;
    if (work < kSerialWork) {
      run_columns(0, p_.n);
      return;
    }
    const auto run = [&](int64_t column, int64_t end) { run_columns(column, end); };
    parallel_for(p_.n, step, run, loop_length(work, kLongWork));
  }

 private:
  void run_columns(int64_t first, int64_t end) const {
    const Matrix& out = p_.finish.out;
    SmallScratch<Sum, 1024> scratch(p_.sums_in_place ? 0 : Rows * (end - first));
    Sum* sums = p_.sums_in_place ? static_cast<Sum*>(out.at(0, first)) : scratch.data();
    const int64_t stride = p_.sums_in_place ? out.row_stride : end - first;
    const auto visit = [&](int64_t column, int64_t k) {
      if (ahead_ && !along_k_) expect(column, std::min(columns_, end - column), k + depth_);
      run_one(column, std::min(columns_, end - column), k, std::min(depth_, p_.k - k),
              sums + (column - first), stride);
    };
    // The rows of b are read side by side, or one after the other where k runs along them. Each
    // loop over k runs at least once: without any k the sums are zero.
    const bool done = sum_lines(first, end, sums, stride);
    if (!done && along_k_) {
      for (int64_t column = first; column < end; column += columns_) {
        for (int64_t k = 0; k == 0 || k < p_.k; k += depth_) visit(column, k);
      }
    } else if (!done) {
      for (int64_t k = 0; k == 0 || k < p_.k; k += depth_) {
        for (int64_t column = first; column < end; column += columns_) visit(column, k);
      }
    }
    if (p_.sums_in_place && p_.finish.is_plain()) return;
    for (int64_t column = first; column < end; column += Finish<Sum>::kFinishColumns) {
      const int64_t columns = std::min<int64_t>(Finish<Sum>::kFinishColumns, end - column);
      p_.finish(0, column, Rows, static_cast<int>(columns), sums + (column - first), stride);
    }
  }

  // Columns of b that lie along k and can be loaded as they are; false where they are not so.
  // Halves are converted on the way.
  bool sum_lines(int64_t first, int64_t end, Sum* sums, int64_t stride) const {
    const auto run = [&]<bool kAhead, class Stored>() {
      for (int64_t column = first; column < end; column += Vec<Sum>::size) {
        const int lines = static_cast<int>(std::min<int64_t>(Vec<Sum>::size, end - column));
        run_lines<kAhead, Stored>(column, lines, sums + (column - first), stride);
      }
      return true;
    };
    if (p_.b_lines_lie_ready) {
      return ahead_ ? run.template operator()<true, Sum>() : run.template operator()<false, Sum>();
    }
    if constexpr (std::is_same_v<T, float> && kHasHalfVectors) {
      if (!along_k_ || p_.b.k_stride != 1) return false;
      if (p_.b.dtype == DType::Float16) return run.template operator()<false, Half>();
#if !defined(TAEDA_BFLOAT16_PAIRS)
      if (p_.b.dtype == DType::BFloat16) return run.template operator()<false, BFloat16>();
#endif
    }
    return false;
  }

  // Asks for what the next step over k reads: the hardware does not see what comes of as many rows
  // of b. Inlined, because calls of a function that only asks for memory are dropped as useless.
  [[gnu::always_inline]] void expect(int64_t column, int64_t columns, int64_t k) const {
    const int64_t bytes = columns * size_of(p_.b.dtype);
    const int64_t end = std::min(k + depth_, p_.k) * Factors<T>::kDepth;
    for (k *= Factors<T>::kDepth; k < end; ++k) {
      const char* row = static_cast<const char*>(p_.b.at(column, k));
      for (int64_t byte = 0; byte < bytes; byte += kLine) {
        __builtin_prefetch(row + byte, 0, kSecondLevel);
      }
    }
  }

  // The same where columns lie along k: the steps over a chunk of k ask for the next one, or for
  // the first one of the next columns, line by line.
  [[gnu::always_inline]] void expect_lines(int64_t column, int64_t k) const {
    constexpr int64_t width = Vec<Sum>::size, steps_a_line = 4;
    constexpr int64_t chunk = width * steps_a_line * width;
    int64_t start = (k / chunk + 1) * chunk;
    if (start >= p_.k) start = 0, column += width;
    const int64_t step = k % chunk / width;
    const int64_t line = std::min(column + step / steps_a_line, p_.n - 1);
    const char* from =
        static_cast<const char*>(p_.b.at(line, 0)) +
        (start + step % steps_a_line * width * width) * static_cast<int64_t>(sizeof(Sum));
    for (int64_t i = 0; i < width; ++i) {
      __builtin_prefetch(from + i * static_cast<int64_t>(sizeof(Vec<Sum>)), 0, kSecondLevel);
    }
  }

  // Columns of b that lie along k: a block is transposed in registers and used at once. Each line
  // is read in whole cache lines, since strides that are powers of two leave few places for it.
  // Flattened, so that no value goes through memory.
  template <bool kAhead, class Stored>
  [[gnu::flatten]] void run_lines(int64_t column, int count, Sum* to, int64_t stride) const {
    constexpr int width = Vec<Sum>::size;
    const char* lines[width];
    for (int i = 0; i < width; ++i) {
      lines[i] = static_cast<const char*>(p_.b.at(column + std::min(i, count - 1), 0));
    }
    const PlacedRows<T, Rows> a = rows_of_a(0, p_.k);
    Vec<Sum> sums[Rows], block[width];
    for (Vec<Sum>& sum : sums) sum = Vec<Sum>(0);
    const auto load = [&](int64_t k, auto load_line) {
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i) {
        block[i] = load_line(reinterpret_cast<const Stored*>(lines[i]) + k);
      }
      transpose(block);
    };
    const auto add = [&](int64_t k, int c) {
      for (int i = 0; i < Rows; ++i) {
        sums[i] = Factors<T>::multiply_add(Factors<T>::template spread<1>(a(i, k + c)), block[c],
                                           sums[i]);
      }
    };
    int64_t k = 0;
    for (; k + width <= p_.k; k += width) {
      if constexpr (kAhead) expect_lines(column, k);
      load(k, [](const Stored* line) { return load_some(line, width); });
#pragma GCC unroll 16
      for (int c = 0; c < width; ++c) add(k, c);
    }
    if (k < p_.k) {
      load(k, [&](const Stored* line) { return load_some(line, p_.k - k); });
      for (int c = 0; k + c < p_.k; ++c) add(k, c);
    }
    const FirstLanes<Sum> lanes(count);
    for (int i = 0; i < Rows; ++i) lanes.store(to + i * stride, sums[i]);
  }

  void run_one(int64_t column, int64_t columns, int64_t k, int64_t depth, Sum* sums,
               int64_t stride) const {
    constexpr int panel = kPanelColumns<T>;
    alignas(64) T packed[kPackedBytes / sizeof(T)];
    const T* b = packed;
    int64_t b_stride = columns_;
    if (p_.b_lies_ready) {
      b = static_cast<const T*>(p_.b.at(column, k));
      b_stride = p_.b.k_stride;
    } else {
      for (int64_t j = 0; j < columns; j += panel) {
        pack_lines(p_.b, column + j, static_cast<int>(std::min<int64_t>(panel, columns - j)), k,
                   depth, packed + j, columns_);
      }
    }
    const PlacedRows<T, Rows> a = rows_of_a(k, depth);
    if (columns == kVectors * Vec<Sum>::size) {
      tile<T, Rows, kVectors, false>(a, b, b_stride, sums, stride, k > 0, Vec<Sum>::size);
      return;
    }
    for (int64_t j = 0; j < columns; j += panel) {
      run_tile_of(a, static_cast<int>(std::min<int64_t>(panel, columns - j)), b + j, b_stride,
                  sums + j, stride, k > 0);
    }
  }

  PlacedRows<T, Rows> rows_of_a(int64_t k, int64_t depth) const {
    constexpr auto size = static_cast<int64_t>(sizeof(T));
    if (a_) return {a_ + k * Rows, depth, size, Rows * size};
    const PlacedRows<T, 1> a = p_.a_from(0, k, depth);
    return {a.data, a.depth, a.row_stride, a.k_stride};
  }

  const Operands<T>& p_;
  bool along_k_;     // the columns of b lie along k: they are read one after the other
  int64_t columns_;  // of a step
  bool ahead_;       // b is asked for before it is read
  int64_t depth_;    // factors of k between two visits of the sums
  const T* a_ = nullptr;
};

}  // namespace

template <class T>
void multiply_few_rows(const Operands<T>& operands) {
  switch (operands.m) {
    case 1:
      return FewRows<T, 1>(operands).run();
    case 2:
      return FewRows<T, 2>(operands).run();
    case 3:
      return FewRows<T, 3>(operands).run();
    default:
      return FewRows<T, 4>(operands).run();
  }
}

template void multiply_few_rows<float>(const Operands<float>&);
template void multiply_few_rows<double>(const Operands<double>&);
#if defined(TAEDA_BFLOAT16_PAIRS)
template void multiply_few_rows<BFloat16Pair>(const Operands<BFloat16Pair>&);
#endif

}  // namespace taeda::cpu::inline TAEDA_ISA
