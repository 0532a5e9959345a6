#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "families.h"
#include "reduce/layout.h"
#include "rounding.h"
#include "rows.h"
#include "scan_extremes.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// Carries of narrow floats keep double precision: a scan cannot combine in a tree.
template <class T>
using Carry = std::conditional_t<std::is_floating_point_v<T>, double, T>;

// Rows side by side, a cache line of each at a time: one row alone waits for its carry.
template <class T, class Combine>
void scan_rows(const std::array<char*, 2>& base, const std::array<int64_t, 2>& step, int64_t rows,
               int64_t length, Combine combine) {
  constexpr int64_t kMostRows = 16, kPiece = 64 / sizeof(T);
  Carry<T> carries[kMostRows];
  for (int64_t first = 0; first < rows; first += kMostRows) {
    const int64_t end = std::min(first + kMostRows, rows);
    for (int64_t at = 0; at < length; at += kPiece) {
      const int64_t stop = std::min(at + kPiece, length);
      for (int64_t row = first; row < end; ++row) {
        T* out = reinterpret_cast<T*>(base[0] + row * step[0]);
        const T* in = reinterpret_cast<const T*>(base[1] + row * step[1]);
        Carry<T> carry = at == 0 ? static_cast<Carry<T>>(in[0]) : carries[row - first];
        if (at == 0) out[0] = in[0];
        for (int64_t i = std::max<int64_t>(at, 1); i < stop; ++i) {
          carry = combine(carry, static_cast<Carry<T>>(in[i]));
          out[i] = static_cast<T>(carry);
        }
        carries[row - first] = carry;
      }
    }
  }
}

// Eight elements side by side on every machine: an order that no width of vectors changes.
constexpr int kGroup = 8;
template <class T>
struct Group {
  typedef T type __attribute__((vector_size(kGroup * sizeof(T))));
};

// The lanes moved up by kLanes, `neutral` in front.
template <int kLanes, class V, int... I>
V moved_up(V x, V neutral, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(neutral, x, (I + kGroup - kLanes)...);
}

// Goes on from `carry`: within each group by a tree of three steps, from group to group one after
// another. The last carry; without kStore that is all.
template <bool kStore, class T, class Combine>
Carry<T> scan_groups(T* out, const T* in, int64_t n, Carry<T> start, Carry<T> neutral_value,
                     Combine combine) {
  using Wide = typename Group<Carry<T>>::type;
  using Narrow = typename Group<T>::type;
  using Lanes = std::make_integer_sequence<int, kGroup>;
  const Wide neutral = neutral_value - Wide{};
  Wide carry = start - Wide{};
  const auto scan = [&](const T* from, T* to) {
    Narrow loaded;
    std::memcpy(&loaded, from, sizeof loaded);
    Wide x = __builtin_convertvector(loaded, Wide);
    x = combine(moved_up<1>(x, neutral, Lanes{}), x);
    x = combine(moved_up<2>(x, neutral, Lanes{}), x);
    x = combine(moved_up<4>(x, neutral, Lanes{}), x);
    if constexpr (kStore) {
      const Narrow result = __builtin_convertvector(combine(carry, x), Narrow);
      std::memcpy(to, &result, sizeof result);
    }
    const Wide total = x[kGroup - 1] - Wide{};
    carry = combine(carry, total);
  };
  int64_t i = 0;
  for (; i + kGroup <= n; i += kGroup) scan(in + i, out + i);
  if (i < n) {
    T rest[kGroup];
    std::fill_n(rest, kGroup, static_cast<T>(neutral_value));
    std::copy(in + i, in + n, rest);
    scan(rest, rest);
    if constexpr (kStore) std::copy_n(rest, n - i, out + i);
  }
  return carry[0];
}

constexpr int64_t kScanBlock = 32 * 1024;  // elements of a row that are scanned in one go

// The same of rows that lie across memory: groups of neighbours, whose carries are kept while
// memory is read along its rows.
template <class T, class Combine>
struct ColumnScan {
  using Wide = typename Group<Carry<T>>::type;
  using Narrow = typename Group<T>::type;
  using Whole = std::integral_constant<int64_t, kGroup>;
  static constexpr int64_t kColumns = 128;  // at a time

  int64_t n, to, from;
  Carry<T> neutral;
  Combine combine;

  template <class Terms, class Columns>
  void scan(T* out, const T* in, Wide& carry, Terms terms, Columns columns) const {
    const size_t bytes = static_cast<size_t>(columns) * sizeof(T);
    Wide x[kGroup];
    for (int64_t j = 0; j < terms; ++j) {
      Narrow loaded{};
      std::memcpy(&loaded, in + j * from, bytes);
      x[j] = __builtin_convertvector(loaded, Wide);
    }
    for (int64_t step = 1; step < terms; step *= 2) {
      for (int64_t j = terms - 1; j >= step; --j) x[j] = combine(x[j - step], x[j]);
    }
    for (int64_t j = 0; j < terms; ++j) {
      const Narrow result = __builtin_convertvector(combine(carry, x[j]), Narrow);
      std::memcpy(out + j * to, &result, bytes);
    }
    carry = combine(carry, x[terms - 1]);
  }

  // At most kColumns of them.
  void operator()(T* out, const T* in, int64_t columns) const {
    Wide carries[kColumns / kGroup];
    for (Wide& carry : carries) carry = neutral - Wide{};
    for (int64_t k = 0; k < n; k += kGroup, out += kGroup * to, in += kGroup * from) {
      const int64_t terms = std::min<int64_t>(kGroup, n - k);
      int64_t i = 0;
      for (; i + kGroup <= columns; i += kGroup) {
        if (terms == kGroup)
          scan(out + i, in + i, carries[i / kGroup], Whole(), Whole());
        else
          scan(out + i, in + i, carries[i / kGroup], terms, Whole());
      }
      if (i < columns) scan(out + i, in + i, carries[i / kGroup], terms, columns - i);
    }
  }
};

template <class T, class Combine>
void scan_columns(Rows<2>& rows, Carry<T> neutral, Combine combine) {
  const ColumnScan<T, Combine> scan{rows.length(), rows.step(0), rows.step(1), neutral, combine};
  const auto scan_all = [&](const std::array<T*, 2>& at, int64_t count, int64_t) {
    for (int64_t i = 0; i < count; i += scan.kColumns) {
      scan(at[0] + i, at[1] + i, std::min(scan.kColumns, count - i));
    }
  };
  rows.each_side_by_side<T>(scan_all, scan.kColumns);
}

// Long rows are cut into blocks: first what each adds up to, then each from where the one before it
// ended.
template <class T, class Combine>
void scan_long_row(T* out, const T* in, int64_t n, Carry<T> neutral, Combine combine) {
  if (n <= kScanBlock) {
    scan_groups<true>(out, in, n, neutral, neutral, combine);
    return;
  }
  const int64_t blocks = ceil_div(n, kScanBlock);
  const auto size_of_block = [&](int64_t block) {
    return std::min(kScanBlock, n - block * kScanBlock);
  };
  const Scratch<Carry<T>> starts(blocks);
  parallel_blocks(blocks, [&](int64_t block) {
    starts[block] = scan_groups<false, T>(nullptr, in + block * kScanBlock, size_of_block(block),
                                          neutral, neutral, combine);
  });
  Carry<T> sum = neutral;
  for (int64_t block = 0; block < blocks; ++block) {
    const Carry<T> total = std::exchange(starts[block], sum);
    sum = combine(sum, total);
  }
  parallel_blocks(blocks, [&](int64_t block) {
    const int64_t begin = block * kScanBlock;
    scan_groups<true>(out + begin, in + begin, size_of_block(block), starts[block], neutral,
                      combine);
  });
}

template <class T>
Carry<T> log_add_exp(Carry<T> a, Carry<T> b) {
  const Carry<T> larger = a > b || a != a ? a : b, smaller = a > b || a != a ? b : a;
  if (larger == smaller && std::isinf(static_cast<double>(larger))) return larger;
  return larger +
         static_cast<Carry<T>>(std::log1p(std::exp(static_cast<double>(smaller - larger))));
}

template <class T>
void run_values(const ScanCall& call) {
  Rows<2> rows({RowOperand{call.out, dtype_of<T>, true}, RowOperand{call.in, dtype_of<T>, false}},
               call.axis);
  if (call.op == ScanOp::LogCumSumExp) {
    return rows.each_tile(
        [&](const std::array<char*, 2>& base, const std::array<int64_t, 2>& step, int64_t count,
            int64_t) { scan_rows<T>(base, step, count, rows.length(), log_add_exp<T>); });
  }
  const bool are_columns = rows.length() <= kScanBlock && rows.lie_side_by_side<T>();
  const auto scan = [&](Carry<T> neutral, auto combine) {
    if (are_columns) return scan_columns<T>(rows, neutral, combine);
    rows.each([&](const std::array<void*, 2>& at, int64_t) {
      scan_long_row(static_cast<T*>(at[0]), static_cast<const T*>(at[1]), rows.length(), neutral,
                    combine);
    });
  };
  if (call.op == ScanOp::CumProd)
    scan(Carry<T>(1), [](auto a, auto b) { return a * b; });
  else
    scan(Carry<T>(0), [](auto a, auto b) { return a + b; });
}

template <class T>
void run_in(const ScanCall& call) {
  if (call.op == ScanOp::CumMax || call.op == ScanOp::CumMin)
    run_extremes<T>(call);
  else
    run_values<T>(call);
}

void run_scan(const ScanCall& call) {
  switch (wide_dtype(call.out.dtype)) {
    case DType::Float32:
      return run_in<float>(call);
    case DType::Float64:
      return run_in<double>(call);
    default:
      return run_in<int64_t>(call);
  }
}

}  // namespace

ScanKernels scan_kernels() { return {.run = run_scan}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
