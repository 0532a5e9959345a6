// Layer and RMS normalisation: every row by itself, but for the gradients of weight and bias.
#include "rounding.h"
#include "statistics.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kRowsBytes = 16 << 10;  // of rows of two operands that stay cached together
constexpr int64_t kRowBlock = 32;  // rows whose gradients of the weight are summed in sequence

int64_t rows_of(const Array& in) { return in.shape[0]; }

template <class T>
void layer_norm(const LayerNormCall& call) {
  const int64_t rows = rows_of(call.in), n = call.in.shape[1];
  const AsWide<T> weights(call.weight), biases(call.bias);
  const T* weight = weights.data();
  const T* bias = biases.data();
  const int64_t grain = std::max<int64_t>(1, 16 * 1024 / std::max<int64_t>(n, 1));
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

// What a row of the input's gradient is made of beside its own elements.
template <class T>
struct RowShift {
  T mean, rstd, mean_sum, mean_product;
};
template <class T>
RowShift<T> shift_of(const T* g, const T* x, const T* weight, int64_t n, T mean_value, T rstd_value,
                     bool centered) {
  const Vec<T> mean(mean_value), rstd(rstd_value);
  const auto weighted = [&](int64_t i) {
    return weight ? Vec<T>::load(g + i) * Vec<T>::load(weight + i) : Vec<T>::load(g + i);
  };
  const auto weighted_one = [&](int64_t i) { return weight ? g[i] * weight[i] : g[i]; };
  const T sum = centered ? fold_all<Plus, T>(n, weighted, weighted_one) : T(0);
  const T product = fold_all<Plus, T>(
      n, [&](int64_t i) { return weighted(i) * ((Vec<T>::load(x + i) - mean) * rstd); },
      [&](int64_t i) { return weighted_one(i) * ((x[i] - mean_value) * rstd_value); });
  return {mean_value, rstd_value, sum / static_cast<T>(n), product / static_cast<T>(n)};
}

// Some rows of n elements: their input's gradients, and their shares of the weight's and bias's,
// which stay in registers.
template <class T>
void backward_rows(T* dx, T* weight_sums, T* bias_sums, const T* g, const T* x, const T* weight,
                   int64_t n, const RowShift<T>* shifts, int64_t rows) {
  each_vector<T>(n, [&](int64_t i, int64_t count) {
    const Vec<T> scale = weight ? load_some(weight + i, count) : Vec<T>(1);
    Vec<T> weight_sum = load_some(weight_sums + i, count);
    Vec<T> bias_sum = load_some(bias_sums + i, count);
    for (int64_t row = 0; row < rows; ++row) {
      const RowShift<T>& shift = shifts[row];
      const int64_t at = row * n + i;
      const Vec<T> grad = load_some(g + at, count), rstd(shift.rstd);
      const Vec<T> normal = (load_some(x + at, count) - Vec<T>(shift.mean)) * rstd;
      const Vec<T> rest =
          grad * scale - Vec<T>(shift.mean_sum) - normal * Vec<T>(shift.mean_product);
      store_some(rest * rstd, dx + at, count);
      weight_sum = weight_sum + grad * normal;
      bias_sum = bias_sum + grad;
    }
    store_some(weight_sum, weight_sums + i, count);
    store_some(bias_sum, bias_sums + i, count);
  });
}

template <class T>
void layer_norm_backward(const LayerNormBackwardCall& call) {
  const int64_t rows = rows_of(call.in), n = call.in.shape[1];
  const AsWide<T> weights(call.weight);
  const int64_t blocks = std::max<int64_t>(1, ceil_div(rows, kRowBlock));
  const Scratch<T> sums(blocks * 2 * n);
  // As many at a time as the first-level cache holds.
  const int64_t together =
      std::clamp<int64_t>(kRowsBytes / std::max<int64_t>(1, 2 * n * sizeof(T)), 1, kRowBlock);
  parallel_blocks(blocks, [&](int64_t block) {
    const int64_t capacity = together * n;
    const Piecewise<T> g(call.grad_out, capacity), x(call.in, capacity), dx(call.grad_in, capacity);
    T* weight_sums = sums.data() + block * 2 * n;
    std::fill(weight_sums, weight_sums + 2 * n, T(0));
    const int64_t end = std::min(rows, (block + 1) * kRowBlock);
    for (int64_t row = block * kRowBlock; row < end; row += together) {
      const int64_t count = std::min(together, end - row);
      const T* grads = g.load(row * n, count * n);
      const T* inputs = x.load(row * n, count * n);
      RowShift<T> shifts[kRowBlock];
      for (int64_t i = 0; i < count; ++i) {
        const T mean = call.centered ? call.mean.as<const T>()[row + i] : T(0);
        shifts[i] = shift_of(grads + i * n, inputs + i * n, weights.data(), n, mean,
                             call.rstd.as<const T>()[row + i], call.centered);
      }
      backward_rows(dx.target(row * n), weight_sums, weight_sums + n, grads, inputs, weights.data(),
                    n, shifts, count);
      dx.store(row * n, count * n);
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
