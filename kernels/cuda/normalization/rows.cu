// Layer and RMS normalisation: a block does a row; then a block sums a column of the gradients of
// weight and bias.
#include "../device/element.h"
#include "../device/fold.h"
#include "normalization.h"

namespace taeda::cuda {
namespace {

template <class T>
struct ForwardBody {
  using Shared = FoldShared<T>;
  Memory out, in, weight, bias;
  T *mean, *rstd;
  int64_t n;
  T eps;
  bool centered;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t row) const {
    const auto x = [&](int64_t i) { return in.load<T>(row * n + i); };
    T center = 0;
    if (centered) {
      center = fold_all(block, shared.memory, shared.result, n, T(0), Plus(), x) / T(n);
    }
    const T squares = fold_all(block, shared.memory, shared.result, n, T(0), Plus(),
                               [&](int64_t i) { return (x(i) - center) * (x(i) - center); });
    const T scale = T(1) / sqrt(squares / T(n) + eps);
    block.each([&](int thread) {
      for (int64_t i = thread; i < n; i += kThreads) {
        T value = (x(i) - center) * scale;
        if (weight) value = value * weight.load<T>(i);
        if (bias) value = value + bias.load<T>(i);
        out.store(row * n + i, value);
      }
      if (thread != 0) return;
      if (centered) mean[row] = center;
      rstd[row] = scale;
    });
  }
};

template <class T>
struct BackwardBody {
  using Shared = FoldShared<T>;
  Memory grad_in, grad_out, in, weight;
  const T *mean, *rstd;
  int64_t n;
  bool centered;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t row) const {
    const T center = centered ? mean[row] : T(0), scale = rstd[row];
    const auto scaled = [&](int64_t i) {
      const T g = grad_out.load<T>(row * n + i);
      return weight ? g * weight.load<T>(i) : g;
    };
    const auto normal = [&](int64_t i) { return (in.load<T>(row * n + i) - center) * scale; };
    T mean_sum = 0;
    if (centered) {
      mean_sum = fold_all(block, shared.memory, shared.result, n, T(0), Plus(), scaled) / T(n);
    }
    const T mean_product = fold_all(block, shared.memory, shared.result, n, T(0), Plus(),
                                    [&](int64_t i) { return scaled(i) * normal(i); }) /
                           T(n);
    block.each([&](int thread) {
      for (int64_t i = thread; i < n; i += kThreads) {
        grad_in.store(row * n + i, (scaled(i) - mean_sum - normal(i) * mean_product) * scale);
      }
    });
  }
};

template <class T>
struct ColumnsBody {
  using Shared = FoldShared<T>;
  Memory grad_weight, grad_bias, grad_out, in;
  const T *mean, *rstd;
  int64_t rows, n;
  bool centered;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t column) const {
    const auto g = [&](int64_t row) { return grad_out.load<T>(row * n + column); };
    if (grad_weight) {
      const T sum =
          fold_all(block, shared.memory, shared.result, rows, T(0), Plus(), [&](int64_t row) {
            const T center = centered ? mean[row] : T(0);
            return g(row) * ((in.load<T>(row * n + column) - center) * rstd[row]);
          });
      block.each([&](int thread) {
        if (thread == 0) grad_weight.store(column, sum);
      });
    }
    if (grad_bias) {
      const T sum = fold_all(block, shared.memory, shared.result, rows, T(0), Plus(), g);
      block.each([&](int thread) {
        if (thread == 0) grad_bias.store(column, sum);
      });
    }
  }
};

}  // namespace

void layer_norm(const LayerNormCall& call) {
  const int64_t rows = call.in.shape[0], n = call.in.shape[1];
  if (n == 0) return;
  dispatch_float(call.in.dtype, [&]<class T>() {
    for_each_block(rows,
                   ForwardBody<T>{call.out, call.in, call.weight, call.bias, call.mean.as<T>(),
                                  call.rstd.as<T>(), n, static_cast<T>(call.eps), call.centered});
  });
}

void layer_norm_backward(const LayerNormBackwardCall& call) {
  const int64_t rows = call.in.shape[0], n = call.in.shape[1];
  dispatch_float(call.in.dtype, [&]<class T>() {
    const T* mean = call.mean.as<const T>();
    const T* rstd = call.rstd.as<const T>();
    if (n > 0) {
      for_each_block(rows, BackwardBody<T>{call.grad_in, call.grad_out, call.in, call.weight, mean,
                                           rstd, n, call.centered});
    }
    if (!call.grad_weight.data && !call.grad_bias.data) return;
    for_each_block(n, ColumnsBody<T>{call.grad_weight, call.grad_bias, call.grad_out, call.in, mean,
                                     rstd, rows, n, call.centered});
  });
}

}  // namespace taeda::cuda
