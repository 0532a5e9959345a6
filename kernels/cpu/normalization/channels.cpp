// Batch and group normalisation of (N, C, S): a plane is the S elements of one channel of one
// sample.
#include "../families.h"
#include "../rounding.h"
#include "../rows.h"
#include "statistics.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

struct Planes {
  int64_t samples, channels, size;

  explicit Planes(const Array& in)
      : samples(in.shape[0]), channels(in.shape[1]), size(in.shape[2]) {}
  int64_t count() const { return samples * channels; }
  int64_t elements_per_channel() const { return samples * size; }

  // Without planes to speak of a row of all channels is the run, and so is it for S of one.
  bool is_flat() const { return size == 1; }
  int64_t run() const { return is_flat() ? channels : size; }
  int64_t runs() const { return is_flat() ? samples : count(); }
  int64_t grain() const { return std::max<int64_t>(1, 32 * 1024 / std::max<int64_t>(run(), 1)); }
};

template <class T>
T or_one(const T* weight, int64_t channel) {
  return weight ? weight[channel] : T(1);
}

// The statistics of the batch: both arrays (C,) of T; the biased variance.
void batch_moments(const Array& in, const Array& mean, const Array& variance) {
  const int64_t shape[] = {in.shape[1], in.shape[0], in.shape[2]};
  const int64_t strides[] = {in.strides[1], in.strides[0], in.strides[2]};
  const Array by_channel{in.data, in.dtype, shape, strides};
  reduce_kernels().moments({.variance = variance,
                            .mean = mean,
                            .in = by_channel,
                            .reduced_ndim = 2,
                            .correction = 0,
                            .root = false});
}

template <class T>
void move_running(const Array& running, const T* latest, double momentum, T factor) {
  if (!running.data) return;
  const AsWide<T> old(running);
  const Scratch<T> moved(running.numel());
  const T m = static_cast<T>(momentum);
  for (int64_t c = 0; c < running.numel(); ++c) {
    moved[c] = (1 - m) * old.data()[c] + m * (latest[c] * factor);
  }
  write_values(running, moved.data());
}

template <class T>
void batch_norm(const BatchNormCall& call) {
  const Planes planes(call.in);
  const int64_t channels = planes.channels;
  T* mean = call.mean.as<T>();
  T* rstd = call.rstd.as<T>();
  if (call.training) {
    batch_moments(call.in, call.mean, call.rstd);  // the variance for the time being
    const T n = static_cast<T>(planes.elements_per_channel());
    move_running(call.running_mean, mean, call.momentum, T(1));
    move_running(call.running_var, rstd, call.momentum, n / (n - 1));
  } else {
    const AsWide<T> running_mean(call.running_mean), running_var(call.running_var);
    std::copy(running_mean.data(), running_mean.data() + channels, mean);
    std::copy(running_var.data(), running_var.data() + channels, rstd);
  }
  const AsWide<T> weights(call.weight), biases(call.bias);
  const Scratch<T> scale(channels), shift(channels);
  for (int64_t c = 0; c < channels; ++c) {
    rstd[c] = T(1) / std::sqrt(rstd[c] + static_cast<T>(call.eps));
    scale[c] = rstd[c] * or_one(weights.data(), c);
    shift[c] = biases.data() ? biases.data()[c] : T(0);
  }
  const int64_t run = planes.run();
  parallel_for(planes.runs(), planes.grain(), [&](int64_t begin, int64_t end) {
    const Piecewise<T> in(call.in, run), out(call.out, run);
    for (int64_t i = begin; i < end; ++i) {
      const T* x = in.load(i * run, run);
      T* y = out.target(i * run);
      if (planes.is_flat()) {
        each_vector<T>(run, [&](int64_t c, int64_t count) {
          const Vec<T> d = load_some(x + c, count) - load_some(mean + c, count);
          const Vec<T> value =
              fma(d, load_some(scale.data() + c, count), load_some(shift.data() + c, count));
          store_some(value, y + c, count);
        });
      } else {
        const int64_t c = i % channels;
        normalize_run(y, x, run, mean[c], scale[c], shift[c]);
      }
      out.store(i * run, run);
    }
  });
}

// For each channel sum g, then sum g * (x - mean): runs of samples in sequence or plane by plane,
// and these in a tree.
template <class T>
void channel_sums(const BatchNormBackwardCall& call, const Planes& planes, T* result) {
  constexpr int64_t kSamples = 32;
  const int64_t channels = planes.channels, run = planes.run();
  const T* mean = call.mean.as<const T>();
  const int64_t samples_per_block = planes.is_flat() ? kSamples : 1;
  const int64_t blocks = ceil_div(planes.samples, samples_per_block);
  const Scratch<T> sums(std::max<int64_t>(1, blocks) * 2 * channels);
  std::fill(sums.data(), sums.data() + 2 * channels, T(0));
  if (planes.is_flat()) {
    parallel_blocks(blocks, [&](int64_t block) {
      const Piecewise<T> g(call.grad_out, run), x(call.in, run);
      T* plain = sums.data() + block * 2 * channels;
      T* centered = plain + channels;
      std::fill(plain, plain + 2 * channels, T(0));
      const int64_t end = std::min(planes.samples, (block + 1) * kSamples);
      for (int64_t sample = block * kSamples; sample < end; ++sample) {
        const T* grads = g.load(sample * run, run);
        const T* values = x.load(sample * run, run);
        each_vector<T>(run, [&](int64_t c, int64_t count) {
          const Vec<T> grad = load_some(grads + c, count);
          const Vec<T> d = load_some(values + c, count) - load_some(mean + c, count);
          store_some(load_some(plain + c, count) + grad, plain + c, count);
          store_some(fma(grad, d, load_some(centered + c, count)), centered + c, count);
        });
      }
    });
  } else {
    parallel_for(planes.count(), planes.grain(), [&](int64_t begin, int64_t end) {
      const Piecewise<T> g(call.grad_out, run), x(call.in, run);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t sample = i / channels, c = i % channels;
        const GradSums<T> of_plane =
            grad_sums(g.load(i * run, run), x.load(i * run, run), run, mean[c]);
        sums[sample * 2 * channels + c] = of_plane.plain;
        sums[sample * 2 * channels + channels + c] = of_plane.centered;
      }
    });
  }
  combine_blocks(blocks, [&](int64_t into, int64_t from) {
    combine_of<SumFold, T>(sums.data() + into * 2 * channels, sums.data() + from * 2 * channels,
                           2 * channels);
  });
  std::copy(sums.data(), sums.data() + 2 * channels, result);
}

template <class T>
void batch_norm_backward(const BatchNormBackwardCall& call) {
  const Planes planes(call.in);
  const int64_t channels = planes.channels, run = planes.run();
  const T* mean = call.mean.as<const T>();
  const T* rstd = call.rstd.as<const T>();
  const AsWide<T> weights(call.weight);
  const Scratch<T> sums(2 * channels), scale(channels), plain(channels), centered(channels);
  if (run == 0)
    std::fill(sums.data(), sums.data() + 2 * channels, T(0));
  else
    channel_sums(call, planes, sums.data());
  // dx = w rstd (g - mean(g) - xhat mean(g xhat)), xhat = (x - mean) rstd; in evaluation only the
  // first.
  const T n = static_cast<T>(planes.elements_per_channel());
  for (int64_t c = 0; c < channels; ++c) {
    scale[c] = rstd[c] * or_one(weights.data(), c);
    plain[c] = call.training ? scale[c] * (sums[c] / n) : T(0);
    centered[c] = call.training ? scale[c] * rstd[c] * rstd[c] * (sums[channels + c] / n) : T(0);
    sums[channels + c] *= rstd[c];
  }
  if (call.grad_bias.data) write_values(call.grad_bias, sums.data());
  if (call.grad_weight.data) write_values(call.grad_weight, sums.data() + channels);
  if (!call.grad_in.data) return;
  parallel_for(run == 0 ? 0 : planes.runs(), planes.grain(), [&](int64_t begin, int64_t end) {
    const Piecewise<T> g(call.grad_out, run), x(call.in, run), out(call.grad_in, run);
    for (int64_t i = begin; i < end; ++i) {
      const T* grads = g.load(i * run, run);
      const T* values = x.load(i * run, run);
      T* dx = out.target(i * run);
      if (planes.is_flat()) {
        each_vector<T>(run, [&](int64_t c, int64_t count) {
          const auto some = [&](const T* from) { return load_some(from + c, count); };
          const Vec<T> value = some(grads) * some(scale.data()) - some(plain.data());
          store_some(value - (some(values) - some(mean)) * some(centered.data()), dx + c, count);
        });
      } else {
        const int64_t c = i % channels;
        grad_run(dx, grads, values, run, mean[c], scale[c], plain[c], centered[c]);
      }
      out.store(i * run, run);
    }
  });
}

// Samples times groups as rows of (C / groups) * S elements.
struct GroupView {
  int64_t shape[2], strides[2];
  GroupView(const Array& in, int64_t groups)
      : shape{in.shape[0] * groups, in.shape[1] / groups * in.shape[2]}, strides{shape[1], 1} {}
  Array operator()(const Array& array) const { return {array.data, array.dtype, shape, strides}; }
};

template <class T>
void group_norm(const GroupNormCall& call) {
  const Planes planes(call.in);
  const int64_t channels = planes.channels / call.groups, size = planes.size;
  const AsWide<T> weights(call.weight), biases(call.bias);
  const GroupView view(call.in, call.groups);
  Rows<2> rows({RowOperand{view(call.out), dtype_of<T>, true},
                RowOperand{view(call.in), dtype_of<T>, false}},
               1, true);
  rows.each([&](const std::array<void*, 2>& at, int64_t row) {
    T* out = static_cast<T*>(at[0]);
    const T* x = static_cast<const T*>(at[1]);
    const Statistics<T> s = statistics_of(x, rows.length(), call.eps, true);
    const int64_t first = row % call.groups * channels;
    for (int64_t c = 0; c < channels; ++c) {
      const T shift = biases.data() ? biases.data()[first + c] : T(0);
      normalize_run(out + c * size, x + c * size, size, s.mean,
                    s.rstd * or_one(weights.data(), first + c), shift);
    }
    call.mean.as<T>()[row] = s.mean;
    call.rstd.as<T>()[row] = s.rstd;
  });
}

template <class T>
void group_norm_backward(const GroupNormBackwardCall& call) {
  const Planes planes(call.in);
  const int64_t channels = planes.channels / call.groups, size = planes.size;
  const int64_t all_channels = planes.channels;
  const AsWide<T> weights(call.weight);
  const Scratch<T> sums(std::max<int64_t>(1, planes.samples) * 2 * all_channels);
  std::fill(sums.data(), sums.data() + std::max<int64_t>(1, planes.samples) * 2 * all_channels,
            T(0));
  const GroupView view(call.in, call.groups);
  Rows<3> rows({RowOperand{view(call.grad_in), dtype_of<T>, true},
                RowOperand{view(call.grad_out), dtype_of<T>, false},
                RowOperand{view(call.in), dtype_of<T>, false}},
               1, true);
  const T n = static_cast<T>(rows.length());
  rows.each([&](const std::array<void*, 3>& at, int64_t row) {
    T* dx = static_cast<T*>(at[0]);
    const T* g = static_cast<const T*>(at[1]);
    const T* x = static_cast<const T*>(at[2]);
    const T mean = call.mean.as<const T>()[row], rstd = call.rstd.as<const T>()[row];
    const int64_t sample = row / call.groups, first = row % call.groups * channels;
    T* bias_sums = sums.data() + sample * 2 * all_channels + first;
    T* weight_sums = bias_sums + all_channels;
    T plain = 0, centered = 0;
    for (int64_t c = 0; c < channels; ++c) {
      const GradSums<T> of_plane = grad_sums(g + c * size, x + c * size, size, mean);
      bias_sums[c] = of_plane.plain;
      weight_sums[c] = of_plane.centered * rstd;
      plain += of_plane.plain * or_one(weights.data(), first + c);
      centered += of_plane.centered * or_one(weights.data(), first + c);
    }
    for (int64_t c = 0; c < channels; ++c) {
      grad_run(dx + c * size, g + c * size, x + c * size, size, mean,
               rstd * or_one(weights.data(), first + c), rstd * (plain / n),
               rstd * rstd * rstd * (centered / n));
    }
  });
  combine_blocks(planes.samples, [&](int64_t into, int64_t from) {
    combine_of<SumFold, T>(sums.data() + into * 2 * all_channels,
                           sums.data() + from * 2 * all_channels, 2 * all_channels);
  });
  if (call.grad_bias.data) write_values(call.grad_bias, sums.data());
  if (call.grad_weight.data) write_values(call.grad_weight, sums.data() + all_channels);
}

}  // namespace

void run_group_norm(const GroupNormCall& call) {
  if (call.in.dtype == DType::Float64)
    group_norm<double>(call);
  else
    group_norm<float>(call);
}
void run_group_norm_backward(const GroupNormBackwardCall& call) {
  if (call.in.dtype == DType::Float64)
    group_norm_backward<double>(call);
  else
    group_norm_backward<float>(call);
}
void run_batch_norm(const BatchNormCall& call) {
  if (call.in.dtype == DType::Float64)
    batch_norm<double>(call);
  else
    batch_norm<float>(call);
}
void run_batch_norm_backward(const BatchNormBackwardCall& call) {
  if (call.in.dtype == DType::Float64)
    batch_norm_backward<double>(call);
  else
    batch_norm_backward<float>(call);
}

NormalizationKernels normalization_kernels() {
  return {.layer_norm = run_layer_norm,
          .layer_norm_backward = run_layer_norm_backward,
          .group_norm = run_group_norm,
          .group_norm_backward = run_group_norm_backward,
          .batch_norm = run_batch_norm,
          .batch_norm_backward = run_batch_norm_backward};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
