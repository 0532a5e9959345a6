#include "families.h"
#include "rows.h"
#include "softmax_row.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kGrain = 16 * 1024;

struct Targets {
  const int64_t* target;
  int64_t ignore_index;

  bool ignored(int64_t position) const { return target[position] == ignore_index; }
};

// Checked before anything is written or read through a target.
Targets checked(const char* name, const LossOptions& options, int64_t classes) {
  const int64_t* target = options.target.as<const int64_t>();
  const int64_t count = options.target.numel();
  for (int64_t i = 0; i < count; ++i) {
    if ((target[i] < 0 || target[i] >= classes) && target[i] != options.ignore_index) {
      fail<IndexError>(name, ": target ", target[i], " at position ", i,
                       " is out of range: there are ", classes, " classes, 0 to ", classes - 1);
    }
  }
  return {target, options.ignore_index};
}

// Turns the losses of all positions into the output and notes the weight that a mean divides by.
template <class T>
void reduce_losses(const Targets& targets, const T* weight, const T* losses, int64_t count,
                   Reduction reduction, const Array& out, const Array& total_weight) {
  const Convert store = converter(out.dtype, dtype_of<T>);
  T total = 1;
  if (reduction == Reduction::Mean) {
    if (weight) {
      const auto weight_of = [&](int64_t i) {
        return targets.ignored(i) ? T(0) : weight[targets.target[i]];
      };
      const auto vector_of = [&](int64_t i) {
        T lanes[Vec<T>::size];
        for (int j = 0; j < Vec<T>::size; ++j) lanes[j] = weight_of(i + j);
        return Vec<T>::load(lanes);
      };
      total = count == 0 ? T(0) : fold_all<Plus, T>(count, vector_of, weight_of);
    } else {
      int64_t counted = 0;
      for (int64_t i = 0; i < count; ++i) counted += !targets.ignored(i);
      total = static_cast<T>(counted);
    }
  }
  *total_weight.as<T>() = total;
  if (reduction == Reduction::None) return store(out.data, 1, losses, 1, count);
  const T sum = (count == 0 ? T(0) : fold_row<SumFold>(losses, count)) / total;
  store(out.data, 1, &sum, 1, 1);
}

// The gradient of the loss of one position.
template <class T>
class PositionGrad {
 public:
  PositionGrad(const Array& grad_out, const Array& total_weight, Reduction reduction)
      : grad_(grad_out),
        each_(reduction == Reduction::None),
        divisor_(reduction == Reduction::Mean ? *total_weight.as<const T>() : T(1)) {}
  T operator()(int64_t position) const { return grad_.data()[each_ ? position : 0] / divisor_; }

 private:
  AsWide<T> grad_;
  bool each_;
  T divisor_;
};

template <class Stored, class T>
void nll_loss(const NllLossCall& call) {
  const int64_t classes = call.scores.shape[1], positions = call.scores.shape[2];
  const int64_t count = call.scores.shape[0] * positions;
  const Targets targets = checked("nll_loss", call.options, classes);
  const AsWide<T> weights(call.options.weight);
  const T* weight = weights.data();
  const Stored* scores = call.scores.as<const Stored>();
  const Scratch<T> losses(count);
  parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      losses[i] = 0;
      if (targets.ignored(i)) continue;
      const int64_t target = targets.target[i];
      const T score =
          static_cast<T>(scores[(i / positions * classes + target) * positions + i % positions]);
      losses[i] = weight ? -weight[target] * score : -score;
    }
  });
  reduce_losses(targets, weight, losses.data(), count, call.options.reduction, call.out,
                call.total_weight);
}

template <class Stored, class T>
void nll_loss_backward(const NllLossBackwardCall& call) {
  const int64_t classes = call.grad_in.shape[1], positions = call.grad_in.shape[2];
  const Targets targets = checked("nll_loss_backward", call.options, classes);
  const AsWide<T> weights(call.options.weight);
  const T* weight = weights.data();
  const PositionGrad<T> grad(call.grad_out, call.total_weight, call.options.reduction);
  Stored* grad_in = call.grad_in.as<Stored>();
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, classes * positions));
  parallel_for(call.grad_in.shape[0], grain, [&](int64_t begin, int64_t end) {
    const int64_t row = classes * positions;
    std::memset(static_cast<void*>(grad_in + begin * row), 0,
                static_cast<size_t>((end - begin) * row) * sizeof(Stored));
    for (int64_t i = begin * positions; i < end * positions; ++i) {
      if (targets.ignored(i)) continue;
      const int64_t target = targets.target[i];
      const T scale = weight ? -weight[target] : T(-1);
      grad_in[(i / positions * classes + target) * positions + i % positions] =
          Stored(scale * grad(i));
    }
  });
}

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
  rows.each([&](const std::array<void*, 1>& at, int64_t i) {
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
  });
  reduce_losses(targets, weight, losses.data(), count, call.options.reduction, call.out,
                call.total_weight);
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
  rows.each([&](const std::array<void*, 2>& at, int64_t position) {
    T* out = static_cast<T*>(at[0]);
    const T* x = static_cast<const T*>(at[1]);
    if (targets.ignored(position)) return std::fill(out, out + classes, T(0));
    const int64_t target = targets.target[position];
    const T g = grad(position);
    const T hard = (1 - smoothing) * g * (weight ? weight[target] : T(1)), soft = share * g;
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

template <class Call>
void by_dtype(DType dtype, const Call& call, void (*in_float)(const Call&),
              void (*in_double)(const Call&), void (*in_half)(const Call&),
              void (*in_bfloat16)(const Call&)) {
  switch (dtype) {
    case DType::Float64:
      return in_double(call);
    case DType::Float16:
      return in_half(call);
    case DType::BFloat16:
      return in_bfloat16(call);
    default:
      return in_float(call);
  }
}

}  // namespace

LossKernels loss_kernels() {
  return {.nll_loss =
              [](const NllLossCall& call) {
                by_dtype(call.scores.dtype, call, nll_loss<float, float>, nll_loss<double, double>,
                         nll_loss<Half, float>, nll_loss<BFloat16, float>);
              },
          .nll_loss_backward =
              [](const NllLossBackwardCall& call) {
                by_dtype(call.grad_in.dtype, call, nll_loss_backward<float, float>,
                         nll_loss_backward<double, double>, nll_loss_backward<Half, float>,
                         nll_loss_backward<BFloat16, float>);
              },
          .cross_entropy =
              [](const CrossEntropyCall& call) {
                if (call.logits.dtype == DType::Float64)
                  cross_entropy<double>(call);
                else
                  cross_entropy<float>(call);
              },
          .cross_entropy_backward =
              [](const CrossEntropyBackwardCall& call) {
                if (call.logits.dtype == DType::Float64)
                  cross_entropy_backward<double>(call);
                else
                  cross_entropy_backward<float>(call);
              }};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
