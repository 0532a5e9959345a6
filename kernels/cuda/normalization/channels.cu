// Batch and group normalisation of (N, C, S). A set is what shares one mean and variance: a channel
// of all samples, or a group of channels of one sample. A block does a set.
#include "../device/divide.h"
#include "../device/element.h"
#include "../device/fold.h"
#include "../families.h"
#include "normalization.h"

namespace taeda::cuda {
namespace {

// Where the elements of a set lie: outer runs of `inner` neighbours.
struct Sets {
  int64_t channels, size, samples, groups;
  bool over_samples;  // batch normalisation

  static Sets batch(const Array& in) { return {in.shape[1], in.shape[2], in.shape[0], 1, true}; }
  static Sets group(const Array& in, int64_t groups) {
    return {in.shape[1], in.shape[2], in.shape[0], groups, false};
  }
  TAEDA_HD int64_t per_group() const { return channels / groups; }
  TAEDA_HD int64_t count() const { return over_samples ? channels : samples * groups; }
  TAEDA_HD int64_t elements() const { return over_samples ? samples * size : per_group() * size; }
  TAEDA_HD int64_t offset(int64_t set, int64_t i) const {
    if (over_samples) {
      const Divided at(i, size);
      return (at.quotient * channels + set) * size + at.rest;
    }
    return set * per_group() * size + i;
  }
  TAEDA_HD int64_t channel(int64_t set, int64_t i) const {
    return over_samples ? set : Divided(set, groups).rest * per_group() + Divided(i, size).quotient;
  }
  TAEDA_HD int64_t set_of(int64_t sample, int64_t channel) const {
    return over_samples ? channel : sample * groups + Divided(channel, per_group()).quotient;
  }
};

template <class T>
TAEDA_HD T or_value(const Memory& memory, int64_t at, T otherwise) {
  return memory ? memory.load<T>(at) : otherwise;
}

template <class T>
struct ForwardBody {
  using Shared = FoldShared<T>;
  Memory out, in, weight, bias, running_mean, running_var;
  T *mean, *rstd;
  Sets sets;
  T eps, momentum;
  bool training;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t set) const {
    const int64_t n = sets.elements();
    const auto x = [&](int64_t i) { return in.load<T>(sets.offset(set, i)); };
    T center, variance;
    if (training) {
      center = fold_all(block, shared.memory, shared.result, n, T(0), Plus(), x) / T(n);
      variance = fold_all(block, shared.memory, shared.result, n, T(0), Plus(),
                          [&](int64_t i) { return (x(i) - center) * (x(i) - center); }) /
                 T(n);
    } else {
      center = running_mean.load<T>(set);
      variance = running_var.load<T>(set);
    }
    const T scale = T(1) / sqrt(variance + eps);
    block.each([&](int thread) {
      for (int64_t i = thread; i < n; i += kThreads) {
        const int64_t c = sets.channel(set, i);
        const T value =
            fma(x(i) - center, scale * or_value(weight, c, T(1)), or_value(bias, c, T(0)));
        out.store(sets.offset(set, i), value);
      }
      if (thread == 0) remember(set, center, variance, scale);
    });
  }

  TAEDA_HD void remember(int64_t set, T center, T variance, T scale) const {
    mean[set] = center;
    rstd[set] = scale;
    if (!training) return;
    const T n = T(sets.elements());
    if (running_mean) move(running_mean, set, center);
    if (running_var) move(running_var, set, variance * (n / (n - 1)));
  }
  TAEDA_HD void move(const Memory& running, int64_t set, T latest) const {
    running.store(set, (1 - momentum) * running.load<T>(set) + momentum * latest);
  }
};

template <class T>
struct BackwardBody {
  using Shared = FoldShared<T>;
  Memory grad_in, grad_out, in, weight;
  const T *mean, *rstd;
  Sets sets;
  bool training;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t set) const {
    const int64_t n = sets.elements();
    const T center = mean[set], scale = rstd[set];
    const auto g = [&](int64_t i) {
      return grad_out.load<T>(sets.offset(set, i)) * or_value(weight, sets.channel(set, i), T(1));
    };
    const auto normal = [&](int64_t i) {
      return (in.load<T>(sets.offset(set, i)) - center) * scale;
    };
    T plain = 0, product = 0;
    if (training) {
      plain = fold_all(block, shared.memory, shared.result, n, T(0), Plus(), g) / T(n);
      product = fold_all(block, shared.memory, shared.result, n, T(0), Plus(),
                         [&](int64_t i) { return g(i) * normal(i); }) /
                T(n);
    }
    block.each([&](int thread) {
      for (int64_t i = thread; i < n; i += kThreads) {
        grad_in.store(sets.offset(set, i), (g(i) - plain - normal(i) * product) * scale);
      }
    });
  }
};

// The gradients of weight and bias: a block sums a channel.
template <class T>
struct ChannelBody {
  using Shared = FoldShared<T>;
  Memory grad_weight, grad_bias, grad_out, in;
  const T *mean, *rstd;
  Sets sets;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t channel) const {
    const int64_t n = sets.samples * sets.size;
    const auto offset = [&](int64_t i) {
      const Divided at(i, sets.size);
      return (at.quotient * sets.channels + channel) * sets.size + at.rest;
    };
    if (grad_weight) {
      const T sum = fold_all(block, shared.memory, shared.result, n, T(0), Plus(), [&](int64_t i) {
        const int64_t set = sets.set_of(Divided(i, sets.size).quotient, channel);
        return grad_out.load<T>(offset(i)) * ((in.load<T>(offset(i)) - mean[set]) * rstd[set]);
      });
      block.each([&](int thread) {
        if (thread == 0) grad_weight.store(channel, sum);
      });
    }
    if (grad_bias) {
      const T sum = fold_all(block, shared.memory, shared.result, n, T(0), Plus(),
                             [&](int64_t i) { return grad_out.load<T>(offset(i)); });
      block.each([&](int thread) {
        if (thread == 0) grad_bias.store(channel, sum);
      });
    }
  }
};

template <class Call>
void backward(const Call& call, const Sets& sets, bool training) {
  dispatch_float(call.in.dtype, [&]<class T>() {
    const T* mean = call.mean.template as<const T>();
    const T* rstd = call.rstd.template as<const T>();
    if (call.grad_in.data) {
      for_each_block(sets.count(), BackwardBody<T>{call.grad_in, call.grad_out, call.in,
                                                   call.weight, mean, rstd, sets, training});
    }
    if (!call.grad_weight.data && !call.grad_bias.data) return;
    for_each_block(sets.channels, ChannelBody<T>{call.grad_weight, call.grad_bias, call.grad_out,
                                                 call.in, mean, rstd, sets});
  });
}

}  // namespace

void group_norm(const GroupNormCall& call) {
  const Sets sets = Sets::group(call.in, call.groups);
  dispatch_float(call.in.dtype, [&]<class T>() {
    for_each_block(sets.count(), ForwardBody<T>{call.out, call.in, call.weight, call.bias, Memory(),
                                                Memory(), call.mean.as<T>(), call.rstd.as<T>(),
                                                sets, static_cast<T>(call.eps), T(0), true});
  });
}
void group_norm_backward(const GroupNormBackwardCall& call) {
  backward(call, Sets::group(call.in, call.groups), true);
}

void batch_norm(const BatchNormCall& call) {
  const Sets sets = Sets::batch(call.in);
  dispatch_float(call.in.dtype, [&]<class T>() {
    for_each_block(
        sets.count(),
        ForwardBody<T>{call.out, call.in, call.weight, call.bias, call.running_mean,
                       call.running_var, call.mean.as<T>(), call.rstd.as<T>(), sets,
                       static_cast<T>(call.eps), static_cast<T>(call.momentum), call.training});
  });
}
void batch_norm_backward(const BatchNormBackwardCall& call) {
  backward(call, Sets::batch(call.in), call.training);
}

NormalizationKernels normalization_kernels() {
  return {.layer_norm = layer_norm,
          .layer_norm_backward = layer_norm_backward,
          .group_norm = group_norm,
          .group_norm_backward = group_norm_backward,
          .batch_norm = batch_norm,
          .batch_norm_backward = batch_norm_backward};
}

}  // namespace taeda::cuda
