// Layer and RMS normalisation: every row by itself, but for the gradients of weight and bias.
#include "statistics.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kRowBlock = 32;  // rows whose gradients of the weight are summed in sequence

int64_t rows_of(const Array& in) { return in.shape[0]; }

template <class T>
void layer_norm(const LayerNormCall& call) {
  const int64_t rows = rows_of(call.in), n = call.in.shape[1];
  const AsWide<T> weights(call.weight), biases(call.bias);
  const T* weight = weights.data();
  const T* bias = biases.data();
  const int64_t grain = std::max<int64_t>(1, 32 * 1024 / std::max<int64_t>(n, 1));
  parallel_for(n == 0 ? 0 : rows, grain, [&](int64_t begin, int64_t end) {
    const Piecewise<T> in(call.in, n), out(call.out, n);
    for (int64_t row = begin; row < end; ++row) {
      const T* x = in.load(row * n, n);
      T* y = out.target(row * n);
      const Statistics<T> s = statistics_of(x, n, call.eps, call.centered);
      const Vec<T> mean(s.mean), rstd(s.rstd);
      each_vector<T>(n, [&](int64_t i, int64_t count) {
        Vec<T> value = (load_some(x + i, count) - mean) * rstd;
        if (weight) value = value * load_some(weight + i, count);
        if (bias) value = value + load_some(bias + i, count);
        store_some(value, y + i, count);
      });
      out.store(row * n, n);
      if (call.centered) call.mean.as<T>()[row] = s.mean;
      call.rstd.as<T>()[row] = s.rstd;
    }
  });
}

// One row: its input's gradient, and its share of the weight's and bias's.
template <class T>
void backward_row(T* dx, T* weight_sums, T* bias_sums, const T* g, const T* x, const T* weight,
                  int64_t n, T mean_value, T rstd_value, bool centered) {
  const Vec<T> mean(mean_value), rstd(rstd_value);
  const auto weighted = [&](int64_t i) {
    return weight ? Vec<T>::load(g + i) * Vec<T>::load(weight + i) : Vec<T>::load(g + i);
  };
  const auto weighted_one = [&](int64_t i) { return weight ? g[i] * weight[i] : g[i]; };
  const T sum = centered ? fold_all<Plus, T>(n, weighted, weighted_one) : T(0);
  const T product = fold_all<Plus, T>(
      n, [&](int64_t i) { return weighted(i) * ((Vec<T>::load(x + i) - mean) * rstd); },
      [&](int64_t i) { return weighted_one(i) * ((x[i] - mean_value) * rstd_value); });
  const Vec<T> mean_sum(sum / static_cast<T>(n)), mean_product(product / static_cast<T>(n));
  each_vector<T>(n, [&](int64_t i, int64_t count) {
    const Vec<T> grad = load_some(g + i, count);
    const Vec<T> normal = (load_some(x + i, count) - mean) * rstd;
    const Vec<T> scaled = weight ? grad * load_some(weight + i, count) : grad;
    store_some((scaled - mean_sum - normal * mean_product) * rstd, dx + i, count);
    store_some(load_some(weight_sums + i, count) + grad * normal, weight_sums + i, count);
    store_some(load_some(bias_sums + i, count) + grad, bias_sums + i, count);
  });
}

template <class T>
void layer_norm_backward(const LayerNormBackwardCall& call) {
  const int64_t rows = rows_of(call.in), n = call.in.shape[1];
  const AsWide<T> weights(call.weight);
  const int64_t blocks = std::max<int64_t>(1, (rows + kRowBlock - 1) / kRowBlock);
  const Scratch<T> sums(blocks * 2 * n);
  parallel_blocks(blocks, [&](int64_t block) {
    const Piecewise<T> g(call.grad_out, n), x(call.in, n), dx(call.grad_in, n);
    T* weight_sums = sums.data() + block * 2 * n;
    std::fill(weight_sums, weight_sums + 2 * n, T(0));
    const int64_t end = std::min(rows, (block + 1) * kRowBlock);
    for (int64_t row = block * kRowBlock; row < end; ++row) {
      const T mean = call.centered ? call.mean.as<const T>()[row] : T(0);
      backward_row(dx.target(row * n), weight_sums, weight_sums + n, g.load(row * n, n),
                   x.load(row * n, n), weights.data(), n, mean, call.rstd.as<const T>()[row],
                   call.centered);
      dx.store(row * n, n);
    }
  });
  combine_blocks(blocks, [&](int64_t into, int64_t from) {
    combine_of<SumFold, T>(sums.data() + into * 2 * n, sums.data() + from * 2 * n, 2 * n);
  });
  if (call.grad_weight.data) write_values(call.grad_weight, sums.data());
  if (call.grad_bias.data) write_values(call.grad_bias, sums.data() + n);
}

}  // namespace

void run_layer_norm(const LayerNormCall& call) {
  if (call.in.dtype == DType::Float64)
    layer_norm<double>(call);
  else
    layer_norm<float>(call);
}

void run_layer_norm_backward(const LayerNormBackwardCall& call) {
  if (call.in.dtype == DType::Float64)
    layer_norm_backward<double>(call);
  else
    layer_norm_backward<float>(call);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
