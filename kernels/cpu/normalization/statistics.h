// The calls of the two files of this family, and what a row's statistics are.
#pragma once

#include "../row_math.h"
#include "taeda/kernels/ops/normalization.h"

namespace taeda::cpu::inline TAEDA_ISA {

void run_layer_norm(const LayerNormCall& call);
void run_layer_norm_backward(const LayerNormBackwardCall& call);
void run_group_norm(const GroupNormCall& call);
void run_group_norm_backward(const GroupNormBackwardCall& call);
void run_batch_norm(const BatchNormCall& call);
void run_batch_norm_backward(const BatchNormBackwardCall& call);

template <class T>
struct Statistics {
  T mean, rstd;
};

// The mean and 1 / sqrt(var + eps) of a row in two passes; not centered: 0 and 1 / rms.
template <class T>
inline Statistics<T> statistics_of(const T* x, int64_t n, double eps, bool centered) {
  const T mean = centered ? fold_row<Plus>(x, n) / static_cast<T>(n) : T(0);
  const Vec<T> means(mean);
  const T squares = fold_all<Plus, T>(
      n,
      [&](int64_t i) {
        const Vec<T> d = Vec<T>::load(x + i) - means;
        return d * d;
      },
      [&](int64_t i) { return (x[i] - mean) * (x[i] - mean); });
  return {mean, T(1) / std::sqrt(squares / static_cast<T>(n) + static_cast<T>(eps))};
}

// The same statistics where the elements of a channel stand for one weight and bias:
// out = (x - mean) * scale + shift.
template <class T>
inline void normalize_run(T* out, const T* x, int64_t n, T mean, T scale, T shift) {
  const Vec<T> means(mean), scales(scale), shifts(shift);
  each_vector<T>(n, [&](int64_t i, int64_t count) {
    store_some(fma(load_some(x + i, count) - means, scales, shifts), out + i, count);
  });
}

// sum g and sum g * (x - mean) of a run.
template <class T>
struct GradSums {
  T plain, centered;
};
template <class T>
inline GradSums<T> grad_sums(const T* g, const T* x, int64_t n, T mean) {
  const Vec<T> means(mean);
  return {fold_row<Plus>(g, n),
          fold_all<Plus, T>(
              n, [&](int64_t i) { return Vec<T>::load(g + i) * (Vec<T>::load(x + i) - means); },
              [&](int64_t i) { return g[i] * (x[i] - mean); })};
}

// out = g * scale - a - (x - mean) * b: the gradient of every normalisation in its input.
template <class T>
inline void grad_run(T* out, const T* g, const T* x, int64_t n, T mean, T scale, T a, T b) {
  const Vec<T> means(mean), scales(scale), as(a), bs(b);
  each_vector<T>(n, [&](int64_t i, int64_t count) {
    const Vec<T> value = load_some(g + i, count) * scales - as;
    store_some(value - (load_some(x + i, count) - means) * bs, out + i, count);
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
