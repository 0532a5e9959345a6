// The largest or smallest element so far, and where it is.
#pragma once

#include <cstring>
#include <functional>
#include <limits>

#include "families.h"
#include "rows.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

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

// The same of neighbouring rows that lie across memory, `count` of them.
template <int kVectors, class T, class Replaces>
void scan_extreme_columns(T* out, int64_t* index, const T* in, const std::array<int64_t, 3>& steps,
                          int64_t n, int64_t count, Replaces replaces) {
  using I = typename MaskElement<T>::type;  // as wide as T: one vector holds as many
  constexpr int64_t width = Vec<T>::size;
  const auto size = [&](int v) {
    return kVectors > 1 ? width : std::min(width, count - v * width);
  };
  Vec<T> best[kVectors];
  Vec<I> where[kVectors];
  for (int64_t k = 0; k < n; ++k) {
    for (int v = 0; v < kVectors; ++v) {
      const Vec<T> x = load_some(in + k * steps[2] + v * width, size(v));
      const Mask<T> wins = (x != x) | ((best[v] == best[v]) & replaces(x, best[v]));
      best[v] = k == 0 ? x : select(wins, x, best[v]);
      where[v] = k == 0 ? Vec<I>(0) : select(Mask<I>{wins.m}, Vec<I>(static_cast<I>(k)), where[v]);
      store_some(best[v], out + k * steps[0] + v * width, size(v));
      alignas(64) I places[width];
      where[v].store(places);
      int64_t* to = index + k * steps[1] + v * width;
      for (int64_t i = 0; i < size(v); ++i) to[i] = places[i];
    }
  }
}

template <class T, class Replaces>
void run_extremes(Rows<3>& rows, Replaces replaces) {
  constexpr int64_t most = std::numeric_limits<typename MaskElement<T>::type>::max();
  const int64_t n = rows.length();
  if (n > most || !rows.lie_side_by_side<T, int64_t, T>()) {
    return rows.each([&](const std::array<void*, 3>& at, int64_t) {
      scan_extremes(static_cast<T*>(at[0]), static_cast<int64_t*>(at[1]),
                    static_cast<const T*>(at[2]), n, replaces);
    });
  }
  constexpr int together = 4;
  constexpr int64_t width = Vec<T>::size;
  const std::array<int64_t, 3> steps{rows.step(0), rows.step(1), rows.step(2)};
  rows.each_neighbours(
      together * width, [&](const std::array<char*, 3>& at, int64_t count, int64_t) {
        T* out = reinterpret_cast<T*>(at[0]);
        int64_t* index = reinterpret_cast<int64_t*>(at[1]);
        const T* in = reinterpret_cast<const T*>(at[2]);
        int64_t i = 0;
        for (; i + together * width <= count; i += together * width) {
          scan_extreme_columns<together>(out + i, index + i, in + i, steps, n, count - i, replaces);
        }
        for (; i < count; i += width) {
          scan_extreme_columns<1>(out + i, index + i, in + i, steps, n, count - i, replaces);
        }
      });
}

template <class T>
void run_extremes(const ScanCall& call) {
  Rows<3> rows({RowOperand{call.out, dtype_of<T>, true}, RowOperand{call.index, DType::Int64, true},
                RowOperand{call.in, dtype_of<T>, false}},
               call.axis);
  if (call.op == ScanOp::CumMax)
    run_extremes<T>(rows, std::greater_equal<>{});
  else
    run_extremes<T>(rows, std::less_equal<>{});
}

}  // namespace taeda::cpu::inline TAEDA_ISA
