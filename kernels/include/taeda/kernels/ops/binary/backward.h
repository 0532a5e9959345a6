// Gradients of activations in one pass.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

struct ReluBackward {
  static constexpr OpDecl decl{.name = "relu_backward",
                               .doc = "grad where result > 0, else 0.",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T result) const {
    return select(result <= 0, T(0), grad);
  }
};

struct ThresholdBackward {
  static constexpr OpDecl decl{.name = "threshold_backward",
                               .doc = "grad where x > threshold, else 0.",
                               .accepts = Accepts::Floats,
                               .parameters = "threshold=0.0",
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x, Params p) const {
    return select(x <= T(p[0]), T(0), grad);
  }
};

struct SigmoidBackward {
  static constexpr OpDecl decl{.name = "sigmoid_backward",
                               .doc = "grad * (1 - result) * result.",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T result) const {
    return grad * (T(1) - result) * result;
  }
};

struct TanhBackward {
  static constexpr OpDecl decl{.name = "tanh_backward",
                               .doc = "grad * (1 - result^2).",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T result) const {
    return grad * (T(1) - result * result);
  }
};

struct GeluBackward {
  static constexpr OpDecl decl{.name = "gelu_backward",
                               .doc = "grad * (Phi(x) + x * phi(x)).",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x) const {
    return grad * gelu_slope(x);
  }
};

struct GeluTanhBackward {
  static constexpr OpDecl decl{.name = "gelu_tanh_backward",
                               .doc = "The gradient of gelu by way of tanh.",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x) const {
    const T cdf = sigmoid(gelu_tanh_argument(x));
    const T slope = T(1.59576912160573071176) * fma(T(0.134145) * x, x, T(1));
    return grad * (cdf + finite_product(x * slope, cdf * (T(1) - cdf)));
  }
};

struct SiluBackward {
  static constexpr OpDecl decl{.name = "silu_backward",
                               .doc = "grad * s * (1 + x * (1 - s)) with s = sigmoid(x).",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x) const {
    const T s = sigmoid(x);
    return grad * (s + finite_product(x, s * (T(1) - s)));
  }
};

struct MishBackward {
  static constexpr OpDecl decl{.name = "mish_backward",
                               .doc = "The gradient of mish.",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x) const {
    const T inner = times_tanh_softplus(T(1), x);
    return grad * (inner + finite_product(x * sigmoid(x), T(1) - inner * inner));
  }
};

struct LeakyReluBackward {
  static constexpr OpDecl decl{.name = "leaky_relu_backward",
                               .doc = "grad where x > 0, else negative_slope * grad.",
                               .accepts = Accepts::Floats,
                               .parameters = "negative_slope=0.01",
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x, Params p) const {
    return select(x > 0, grad, grad * T(p[0]));
  }
};

struct EluBackward {
  static constexpr OpDecl decl{
      .name = "elu_backward",
      .doc =
          "scale * grad where x > 0, else scale * alpha * input_scale * exp(input_scale "
          "* x) * grad.",
      .accepts = Accepts::Floats,
      .parameters = "alpha=1.0, scale=1.0, input_scale=1.0",
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x, Params p) const {
    return grad * select(x > 0, T(p[1]), exp(x * T(p[2])) * T(p[0] * p[1] * p[2]));
  }
};

struct SoftplusBackward {
  static constexpr OpDecl decl{
      .name = "softplus_backward",
      .doc = "grad * sigmoid(beta * x); grad where beta * x is above the threshold.",
      .accepts = Accepts::Floats,
      .parameters = "beta=1.0, threshold=20.0",
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x, Params p) const {
    const T z = x * T(p[0]);
    return select(z > T(p[1]), grad, grad * sigmoid(z));
  }
};

struct LogSigmoidBackward {
  static constexpr OpDecl decl{.name = "logsigmoid_backward",
                               .doc = "grad * sigmoid(-x).",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x) const {
    return grad * sigmoid(-x);
  }
};

struct HardTanhBackward {
  static constexpr OpDecl decl{.name = "hardtanh_backward",
                               .doc = "grad where min_val < x < max_val, else 0.",
                               .accepts = Accepts::Floats,
                               .parameters = "min_val=-1.0, max_val=1.0",
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x, Params p) const {
    return select((x <= T(p[0])) | (x >= T(p[1])), T(0), grad);
  }
};

struct HardShrinkBackward {
  static constexpr OpDecl decl{.name = "hardshrink_backward",
                               .doc = "grad where abs(x) > lambd, else 0.",
                               .accepts = Accepts::Floats,
                               .parameters = "lambd=0.5",
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x, Params p) const {
    return select(abs(x) <= T(p[0]), T(0), grad);
  }
};

struct HardSigmoidBackward {
  static constexpr OpDecl decl{.name = "hardsigmoid_backward",
                               .doc = "grad / 6 where -3 < x < 3, else 0.",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x) const {
    return select((x > -3) & (x < 3), grad / T(6), T(0));
  }
};

struct HardSwishBackward {
  static constexpr OpDecl decl{
      .name = "hardswish_backward",
      .doc = "grad * (x / 3 + 1 / 2) where -3 < x < 3; 0 below, grad above.",
      .accepts = Accepts::Floats,
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x) const {
    return select(x <= -3, T(0), select(x < 3, grad * (x / T(3) + T(0.5)), grad));
  }
};

struct ClampScalarBackward {
  static constexpr OpDecl decl{.name = "clamp_scalar_backward",
                               .doc = "grad where min <= x <= max, else 0.",
                               .accepts = Accepts::Floats,
                               .parameters = "min=-inf, max=inf",
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T grad, T x, Params p) const {
    return select((x >= T(p[0])) & (x <= T(p[1])), grad, T(0));
  }
};

}  // namespace taeda
