#include "../softmax_columns.h"
#include "../softmax_row.h"
#include "loss.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// sum_c weight[c] * (log_sum - (x[c] - max)): the loss against a uniform target, times C.
template <class T>
T uniform_loss(const T* x, const T* weight, int64_t n, T max, T log_sum) {
  const auto loss_of = [&](auto value) {
    using V = decltype(value);
    return V(log_sum) - (value - V(max));
  };
  return fold_all<Plus, T>(
      n,
      [&](int64_t i) {
        const Vec<T> loss = loss_of(Vec<T>::load(x + i));
        return weight ? Vec<T>::load(weight + i) * loss : loss;
      },
      [&](int64_t i) {
        const T loss = loss_of(x[i]);
        return weight ? weight[i] * loss : loss;
      });
}

// The states and losses of positions whose classes lie across memory, targets not smoothed.
template <class T>
void cross_entropy_columns(Rows<1>& rows, const Targets& targets, const T* weight, T* maxima,
                           T* log_sums, T* losses) {
  const int64_t step = rows.step(0);
  rows.each_side_by_side<T>([&](const std::array<T*, 1>& at, int64_t count, int64_t position) {
    Column<T> column(rows.length());
    each_vector<T>(count, [&](int64_t i, int64_t size) {
      const int64_t first = position + i;
      const Vec<T> max = column.load(at[0] + i, step, size);
      const Vec<T> log_sum = log(column.template sum_of_exp<false>(max));
      store_some(max, maxima + first, size);
      store_some(log_sum, log_sums + first, size);
      for (int64_t p = first; p < first + size; ++p) {
        losses[p] = 0;
        if (targets.ignored(p)) continue;
        const int64_t target = targets.target[p];
        const T loss = log_sums[p] - (at[0][target * step + i + p - first] - maxima[p]);
        losses[p] = weight ? weight[target] * loss : loss;
      }
    });
  });
}

template <class T>
void cross_entropy(const CrossEntropyCall& call) {
  const int64_t classes = call.logits.shape[1];
  const int64_t count = call.options.target.numel();
  const Targets targets = checked("cross_entropy", call.options, classes);
  const AsWide<T> weights(call.options.weight);
  const T* weight = weights.data();
  const T smoothing = static_cast<T>(call.label_smoothing);
  T* maxima = call.row_state.as<T>();
  T* log_sums = maxima + count;
  const Scratch<T> losses(count);
  Rows<1> rows({RowOperand{call.logits, dtype_of<T>, false}}, 1, true);
  const auto position = [&](const std::array<void*, 1>& at, int64_t i) {
    const T* x = static_cast<const T*>(at[0]);
    const T max = max_of_row(x, classes);
    const T log_sum = log_of(sum_of_exp<T>(x, classes, max, nullptr));
    maxima[i] = max;
    log_sums[i] = log_sum;
    losses[i] = 0;
    if (targets.ignored(i)) return;
    const int64_t target = targets.target[i];
    const T loss = log_sum - (x[target] - max);
    losses[i] = weight ? weight[target] * loss : loss;
    if (smoothing == 0) return;
    losses[i] = (1 - smoothing) * losses[i] + smoothing / static_cast<T>(classes) *
                                                  uniform_loss(x, weight, classes, max, log_sum);
  };
  if (smoothing == 0 && are_columns<T>(rows))
    cross_entropy_columns(rows, targets, weight, maxima, log_sums, losses.data());
  else
    rows.each(position);
  reduce_losses(targets, weight, losses.data(), count, call.options.reduction, call.out,
                call.total_weight);
}

// The gradients where classes lie across memory, targets not smoothed: `hard` of a position is what
// its target gives.
template <class T, class Hard>
void cross_entropy_backward_columns(Rows<2>& rows, const Targets& targets, const T* maxima,
                                    const T* log_sums, Hard hard) {
  const int64_t n = rows.length(), to = rows.step(0), from = rows.step(1);
  rows.each_side_by_side<T>([&](const std::array<T*, 2>& at, int64_t count, int64_t position) {
    each_vector<T>(count, [&](int64_t i, int64_t size) {
      const int64_t first = position + i;
      T scales[Vec<T>::size] = {}, counts[Vec<T>::size] = {};
      for (int64_t p = 0; p < size; ++p) {
        if (targets.ignored(first + p)) continue;
        scales[p] = hard(first + p);
        counts[p] = 1;
      }
      const Vec<T> scale = Vec<T>::load(scales), max = load_some(maxima + first, size);
      const Vec<T> log_sum = load_some(log_sums + first, size);
      const Mask<T> counted = Vec<T>::load(counts) != Vec<T>(0);
      for (int64_t k = 0; k < n; ++k) {
        const Vec<T> x = load_some(at[1] + k * from + i, size);
        const Vec<T> value = scale * exp((x - max) - log_sum);
        store_some(select(counted, value, Vec<T>(0)), at[0] + k * to + i, size);
      }
      for (int64_t p = 0; p < size; ++p) {
        if (counts[p] != 0) at[0][targets.target[first + p] * to + i + p] -= scales[p];
      }
    });
  });
}

template <class T>
void cross_entropy_backward(const CrossEntropyBackwardCall& call) {
  const int64_t classes = call.logits.shape[1];
  const int64_t count = call.options.target.numel();
  const Targets targets = checked("cross_entropy_backward", call.options, classes);
  const AsWide<T> weights(call.options.weight);
  const T* weight = weights.data();
  const PositionGrad<T> grad(call.grad_out, call.total_weight, call.options.reduction);
  const T smoothing = static_cast<T>(call.label_smoothing);
  const T share = smoothing / static_cast<T>(classes);
  const T total = weight && classes ? fold_row<Plus>(weight, classes) : static_cast<T>(classes);
  const T* maxima = call.row_state.as<const T>();
  const T* log_sums = maxima + count;
  Rows<2> rows(
      {RowOperand{call.grad_in, dtype_of<T>, true}, RowOperand{call.logits, dtype_of<T>, false}}, 1,
      true);
  const auto hard_of = [&](int64_t position) {
    const T given = weight ? weight[targets.target[position]] : T(1);
    return (1 - smoothing) * grad(position) * given;
  };
  if (smoothing == 0 && are_columns<T>(rows)) {
    return cross_entropy_backward_columns<T>(rows, targets, maxima, log_sums, hard_of);
  }
  rows.each([&](const std::array<void*, 2>& at, int64_t position) {
    T* out = static_cast<T*>(at[0]);
    const T* x = static_cast<const T*>(at[1]);
    if (targets.ignored(position)) return std::fill(out, out + classes, T(0));
    const int64_t target = targets.target[position];
    const T hard = hard_of(position), soft = share * grad(position);
    const Vec<T> scale(hard + soft * total), softs(soft);
    const Vec<T> max(maxima[position]), log_sum(log_sums[position]);
    each_vector<T>(classes, [&](int64_t i, int64_t some) {
      Vec<T> value = scale * exp((load_some(x + i, some) - max) - log_sum);
      if (smoothing != 0) {
        value = value - (weight ? softs * load_some(weight + i, some) : softs);
      }
      store_some(value, out + i, some);
    });
    out[target] -= hard;
  });
}

}  // namespace

void run_cross_entropy(const CrossEntropyCall& call) {
  if (call.logits.dtype == DType::Float64)
    cross_entropy<double>(call);
  else
    cross_entropy<float>(call);
}
void run_cross_entropy_backward(const CrossEntropyBackwardCall& call) {
  if (call.logits.dtype == DType::Float64)
    cross_entropy_backward<double>(call);
  else
    cross_entropy_backward<float>(call);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
