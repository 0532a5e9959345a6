// Softmax, normalisation, pooling and losses: what taeda_nn calls.
#include <cstring>

#include "results.h"
#include "taeda/tensor/ops/loss.h"
#include "taeda/tensor/ops/normalization.h"
#include "taeda/tensor/ops/pool.h"
#include "taeda/tensor/ops/sampling.h"
#include "taeda/tensor/ops/softmax.h"

namespace taeda::python {
namespace {

Reduction read_reduction(const char* function, const char* name) {
  if (std::strcmp(name, "mean") == 0) return Reduction::Mean;
  if (std::strcmp(name, "sum") == 0) return Reduction::Sum;
  if (std::strcmp(name, "none") == 0) return Reduction::None;
  fail<ValueError>(function, ": reduction must be \"none\", \"mean\" or \"sum\", got \"", name,
                   "\"");
}

Dims or_empty(const std::optional<Dims>& dims) { return dims ? *dims : Dims{}; }

void bind_softmax(nb::module_& m, TensorClass& tensor) {
  const auto both = [&](const char* name, auto function, const char* doc) {
    m.def(name, function, nb::arg("input"), nb::arg("dim"), nb::arg("dtype") = nb::none(), doc);
    tensor.def(name, function, nb::arg("dim"), nb::arg("dtype") = nb::none(), doc);
  };
  both("softmax", softmax, "exp(x) / sum(exp(x)) along dim, without overflow.");
  both("log_softmax", log_softmax, "x - log(sum(exp(x))) along dim, without overflow.");
}

void bind_losses(nb::module_& m) {
  m.def(
      "nll_loss",
      [](const Tensor& input, const Tensor& target, const OptionalTensor& weight,
         const char* reduction, int64_t ignore_index) {
        return nll_loss(input, target, given(weight), read_reduction("nll_loss", reduction),
                        ignore_index);
      },
      nb::arg("input"), nb::arg("target"), nb::arg("weight") = nb::none(),
      nb::arg("reduction") = "mean", nb::arg("ignore_index") = -100,
      "-weight[target] * input[target] of log-probabilities (N, C, ...) and class indices.");
  m.def(
      "cross_entropy",
      [](const Tensor& input, const Tensor& target, const OptionalTensor& weight,
         int64_t ignore_index, const char* reduction, double label_smoothing) {
        return cross_entropy(input, target, given(weight), ignore_index,
                             read_reduction("cross_entropy", reduction), label_smoothing);
      },
      nb::arg("input"), nb::arg("target"), nb::arg("weight") = nb::none(),
      nb::arg("ignore_index") = -100, nb::arg("reduction") = "mean",
      nb::arg("label_smoothing") = 0.0,
      "nll_loss(log_softmax(input)) of logits (N, C, ...) and class indices or probabilities.");
}

void bind_normalization(nb::module_& m) {
  m.def(
      "layer_norm",
      [](const Tensor& input, const Dims& normalized_shape, const OptionalTensor& weight,
         const OptionalTensor& bias, double eps) {
        return layer_norm(input, normalized_shape, given(weight), given(bias), eps);
      },
      nb::arg("input"), nb::arg("normalized_shape"), nb::arg("weight") = nb::none(),
      nb::arg("bias") = nb::none(), nb::arg("eps") = 1e-5,
      "(x - mean) / sqrt(var + eps) * weight + bias over the last dimensions.");
  m.def(
      "rms_norm",
      [](const Tensor& input, const Dims& normalized_shape, const OptionalTensor& weight,
         std::optional<double> eps) {
        return rms_norm(input, normalized_shape, given(weight), eps);
      },
      nb::arg("input"), nb::arg("normalized_shape"), nb::arg("weight") = nb::none(),
      nb::arg("eps") = nb::none(), "x / sqrt(mean(x^2) + eps) * weight over the last dimensions.");
  m.def(
      "group_norm",
      [](const Tensor& input, int64_t num_groups, const OptionalTensor& weight,
         const OptionalTensor& bias,
         double eps) { return group_norm(input, num_groups, given(weight), given(bias), eps); },
      nb::arg("input"), nb::arg("num_groups"), nb::arg("weight") = nb::none(),
      nb::arg("bias") = nb::none(), nb::arg("eps") = 1e-5,
      "(x - mean) / sqrt(var + eps) * weight + bias over groups of channels of (N, C, ...).");
  m.def(
      "batch_norm",
      [](const Tensor& input, const OptionalTensor& weight, const OptionalTensor& bias,
         const OptionalTensor& running_mean, const OptionalTensor& running_var, bool training,
         double momentum, double eps) {
        return batch_norm(input, given(weight), given(bias), given(running_mean),
                          given(running_var), training, momentum, eps);
      },
      nb::arg("input"), nb::arg("weight").none(), nb::arg("bias").none(),
      nb::arg("running_mean").none(), nb::arg("running_var").none(), nb::arg("training"),
      nb::arg("momentum"), nb::arg("eps"),
      "(x - mean) / sqrt(var + eps) * weight + bias for each channel of (N, C, ...): with the "
      "statistics of the batch in training, which move the running ones, else with those.");
}

void bind_pools(nb::module_& m) {
  const auto max_pool = [&](const char* name, auto function, const char* doc) {
    m.def(name, function, nb::arg("input"), nb::arg("kernel_size"), nb::arg("stride") = nb::none(),
          nb::arg("padding") = 0, nb::arg("dilation") = 1, nb::arg("ceil_mode") = false, doc);
  };
  max_pool(
      "max_pool2d",
      [](const Tensor& input, const Dims& kernel_size, const std::optional<Dims>& stride,
         const Dims& padding, const Dims& dilation, bool ceil_mode) {
        return max_pool2d(input, kernel_size, or_empty(stride), padding, dilation, ceil_mode);
      },
      "The largest element of each window of (N, C, H, W) or (C, H, W).");
  max_pool(
      "max_pool2d_with_indices",
      [](const Tensor& input, const Dims& kernel_size, const std::optional<Dims>& stride,
         const Dims& padding, const Dims& dilation,
         bool ceil_mode) -> nb::typed<nb::tuple, Tensor, Tensor> {
        const auto [values, positions] = max_pool2d_with_indices(
            input, kernel_size, or_empty(stride), padding, dilation, ceil_mode);
        return nb::make_tuple(values, positions);
      },
      "The largest element of each window and its position row * W + column in the plane.");
  m.def(
      "avg_pool2d",
      [](const Tensor& input, const Dims& kernel_size, const std::optional<Dims>& stride,
         const Dims& padding, bool ceil_mode, bool count_include_pad,
         std::optional<int64_t> divisor_override) {
        return avg_pool2d(input, kernel_size, or_empty(stride), padding, ceil_mode,
                          count_include_pad, divisor_override);
      },
      nb::arg("input"), nb::arg("kernel_size"), nb::arg("stride") = nb::none(),
      nb::arg("padding") = 0, nb::arg("ceil_mode") = false, nb::arg("count_include_pad") = true,
      nb::arg("divisor_override") = nb::none(),
      "The mean of each window of (N, C, H, W) or (C, H, W).");
  m.def("adaptive_avg_pool2d", adaptive_avg_pool2d, nb::arg("input"), nb::arg("output_size"),
        "Means of output_size windows that cover (N, C, H, W) or (C, H, W) evenly.");
  m.def("_resample", resample, nb::arg("input"), nb::arg("dim"), nb::arg("windows"),
        nb::arg("weights"), nb::arg("back_windows"), nb::arg("back_weights"),
        "Weighted sums of neighbours along a dimension: weights (n, t) of the elements from begin "
        "to end, windows (n, 2) of int64; `back` are those of the transposed sum.");
}

void bind_sampling(nb::module_& m) {
  m.def(
      "_pad",
      [](const Tensor& input, const Dims& sizes, const char* mode, const Scalar& value) {
        int number = 0;
        for (const char* name : kPadModes) {
          if (std::strcmp(mode, name) == 0) {
            return pad(input, sizes, static_cast<PadMode>(number), value);
          }
          ++number;
        }
        fail<NotImplementedError>("pad: unknown mode '", mode,
                                  "'; use constant, reflect, replicate or circular");
      },
      nb::arg("input"), nb::arg("sizes"), nb::arg("mode"), nb::arg("value") = 0,
      "What lies beyond the borders around the last dimensions, of which up to three have a (left, "
      "right) pair, the last one first.");
  m.def(
      "grid_sampler",
      [](const Tensor& input, const Tensor& grid, int64_t interpolation_mode, int64_t padding_mode,
         bool align_corners) {
        if (interpolation_mode < 0 || interpolation_mode > 2 || padding_mode < 0 ||
            padding_mode > 2) {
          fail<ValueError>("grid_sampler: interpolation_mode (bilinear, nearest, bicubic) and ",
                           "padding_mode (zeros, border, reflection) must be 0 to 2, got ",
                           interpolation_mode, " and ", padding_mode);
        }
        return grid_sampler(input, grid,
                            {static_cast<SampleMode>(interpolation_mode),
                             static_cast<SamplePadding>(padding_mode),
                             align_corners,
                             {}});
      },
      nb::arg("input"), nb::arg("grid"), nb::arg("interpolation_mode"), nb::arg("padding_mode"),
      nb::arg("align_corners"),
      "The values of images (N, C, ...) at the places of a grid (N, ..., D): (N, C, ...). Modes "
      "are "
      "0 bilinear, 1 nearest and 2 bicubic, paddings 0 zeros, 1 border and 2 reflection.");
}

}  // namespace

void bind_neural(nb::module_& m, TensorClass& tensor) {
  bind_softmax(m, tensor);
  bind_losses(m);
  bind_normalization(m);
  bind_pools(m);
  bind_sampling(m);
}

}  // namespace taeda::python
