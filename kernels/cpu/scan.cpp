#include <cmath>

#include "families.h"
#include "reduce/layout.h"
#include "rows.h"

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
  rows.each_tile([&](const std::array<char*, 2>& base, const std::array<int64_t, 2>& step,
                     int64_t count, int64_t) {
    switch (call.op) {
      case ScanOp::CumProd:
        return scan_rows<T>(base, step, count, rows.length(), [](auto a, auto b) { return a * b; });
      case ScanOp::LogCumSumExp:
        return scan_rows<T>(base, step, count, rows.length(), log_add_exp<T>);
      default:
        return scan_rows<T>(base, step, count, rows.length(), [](auto a, auto b) { return a + b; });
    }
  });
}

template <class T, class Replaces>
void scan_extremes(T* out, int64_t* index, const T* in, int64_t n, Replaces replaces) {
  T best = in[0];
  int64_t where = 0;
  for (int64_t i = 0; i < n; ++i) {
    const T x = in[i];
    if (x != x || (best == best && replaces(x, best))) {
      best = x;
      where = i;
    }
    out[i] = best;
    index[i] = where;
  }
}

template <class T>
void run_extremes(const ScanCall& call) {
  Rows<3> rows({RowOperand{call.out, dtype_of<T>, true}, RowOperand{call.index, DType::Int64, true},
                RowOperand{call.in, dtype_of<T>, false}},
               call.axis);
  const bool largest = call.op == ScanOp::CumMax;
  rows.each([&](const std::array<void*, 3>& at, int64_t) {
    T* out = static_cast<T*>(at[0]);
    int64_t* index = static_cast<int64_t*>(at[1]);
    const T* in = static_cast<const T*>(at[2]);
    if (largest)
      scan_extremes(out, index, in, rows.length(), std::greater_equal<>{});
    else
      scan_extremes(out, index, in, rows.length(), std::less_equal<>{});
  });
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
