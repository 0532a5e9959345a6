// Activation functions.
#pragma once

#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

struct Sigmoid {
  static constexpr OpDecl decl{
      .name = "sigmoid", .doc = "1 / (1 + exp(-x)).", .promote = Promote::ToFloat};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return sigmoid(x);
  }
};

struct Relu {
  static constexpr OpDecl decl{
      .name = "relu", .doc = "max(x, 0); NaN stays.", .accepts = Accepts::NoBool};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return select(x < 0, T(0), x);
  }
};

struct Relu6 {
  static constexpr OpDecl decl{.name = "relu6",
                               .doc = "min(max(x, 0), 6); NaN stays.",
                               .accepts = Accepts::NoBool,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return select(x < 0, T(0), select(x > 6, T(6), x));
  }
};

struct Gelu {
  static constexpr OpDecl decl{
      .name = "gelu",
      .doc = "x * Phi(x), with the distribution function Phi of the standard normal distribution.",
      .accepts = Accepts::Floats,
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return gelu(x);
  }
};

struct GeluTanh {
  static constexpr OpDecl decl{
      .name = "gelu_tanh",
      .doc = "gelu by way of tanh: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).",
      .accepts = Accepts::Floats,
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    // (1 + tanh(z)) / 2 is sigmoid(2 z), which keeps its precision in the tail.
    return select(x == -infinity<T>(), T(0), times_sigmoid(x, gelu_tanh_argument(x)));
  }
};

struct Silu {
  static constexpr OpDecl decl{
      .name = "silu", .doc = "x * sigmoid(x).", .accepts = Accepts::Floats, .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return select(x == -infinity<T>(), T(0), times_sigmoid(x, x));
  }
};

struct Mish {
  static constexpr OpDecl decl{
      .name = "mish", .doc = "x * tanh(softplus(x)).", .accepts = Accepts::Floats, .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return select(x == -infinity<T>(), T(0), times_tanh_softplus(x, x));
  }
};

struct Softplus {
  static constexpr OpDecl decl{
      .name = "softplus",
      .doc = "log(1 + exp(beta * x)) / beta; x where beta * x is above the threshold.",
      .accepts = Accepts::Floats,
      .parameters = "beta=1.0, threshold=20.0",
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, Params p) const {
    const T z = x * T(p[0]);
    const T smooth = (select(z > 0, z, T(0)) + log1p_exp_minus(abs(z))) / T(p[0]);
    return select(isnan(z), z, select(z > T(p[1]), x, smooth));
  }
};

struct LogSigmoid {
  static constexpr OpDecl decl{.name = "logsigmoid",
                               .doc = "log(sigmoid(x)).",
                               .accepts = Accepts::Floats,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return logsigmoid(x);
  }
};

struct LeakyRelu {
  static constexpr OpDecl decl{.name = "leaky_relu",
                               .doc = "x where x > 0, else negative_slope * x.",
                               .accepts = Accepts::Floats,
                               .parameters = "negative_slope=0.01",
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, Params p) const {
    return select(x > 0, x, x * T(p[0]));
  }
};

struct Elu {
  static constexpr OpDecl decl{
      .name = "elu",
      .doc = "scale * x where x > 0, else scale * alpha * (exp(input_scale * x) - 1).",
      .accepts = Accepts::Floats,
      .parameters = "alpha=1.0, scale=1.0, input_scale=1.0",
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, Params p) const {
    return select(x > 0, x * T(p[1]), expm1(x * T(p[2])) * T(p[0] * p[1]));
  }
};

struct Selu {
  static constexpr OpDecl decl{
      .name = "selu",
      .doc =
          "scale * (max(x, 0) + min(alpha * (exp(x) - 1), 0)) with alpha 1.673..., "
          "scale 1.050....",
      .accepts = Accepts::Floats,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    constexpr double alpha = 1.6732632423543772848, scale = 1.0507009873554804934;
    return select(x > 0, x * T(scale), expm1(x) * T(alpha * scale));
  }
};

struct Celu {
  static constexpr OpDecl decl{.name = "celu",
                               .doc = "max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0).",
                               .accepts = Accepts::Floats,
                               .parameters = "alpha=1.0",
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, Params p) const {
    return select(x > 0, x, expm1(x * T(1 / p[0])) * T(p[0]));
  }
};

struct HardTanh {
  static constexpr OpDecl decl{.name = "hardtanh",
                               .doc = "min(max(x, min_val), max_val); NaN stays.",
                               .accepts = Accepts::NoBool,
                               .parameters = "min_val=-1.0, max_val=1.0",
                               .method = false};
  template <class T, class P>
  TAEDA_HD T operator()(T x, P p) const {
    const T low = value_of<T>(p[0]), high = value_of<T>(p[1]);
    return select(x < low, low, select(x > high, high, x));
  }
};

struct HardShrink {
  static constexpr OpDecl decl{.name = "hardshrink",
                               .doc = "x where abs(x) > lambd, else 0; NaN stays.",
                               .accepts = Accepts::Floats,
                               .parameters = "lambd=0.5",
                               .in_place = false};
  template <class T>
  TAEDA_HD T operator()(T x, Params p) const {
    return select(abs(x) <= T(p[0]), T(0), x);
  }
};

struct SoftShrink {
  static constexpr OpDecl decl{
      .name = "softshrink",
      .doc = "x moved towards 0 by lambd, and 0 where it is nearer; NaN stays.",
      .accepts = Accepts::Floats,
      .parameters = "lambd=0.5",
      .in_place = false,
      .method = false};
  template <class T>
  TAEDA_HD T operator()(T x, Params p) const {
    const T distance = T(p[0]);
    const T moved = select(x < T(0), x + distance, x - distance);
    return select(abs(x) <= distance, T(0), moved);
  }
};

struct HardSigmoid {
  static constexpr OpDecl decl{.name = "hardsigmoid",
                               .doc = "min(max(x + 3, 0), 6) / 6.",
                               .accepts = Accepts::Floats,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    const T shifted = x + T(3);
    return select(shifted < 0, T(0), select(shifted > 6, T(6), shifted)) / T(6);
  }
};

struct HardSwish {
  static constexpr OpDecl decl{.name = "hardswish",
                               .doc = "x * min(max(x + 3, 0), 6) / 6.",
                               .accepts = Accepts::Floats,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    const T shifted = x + T(3);
    const T gate = select(shifted < 0, T(0), select(shifted > 6, T(6), shifted));
    return select(x < -3, T(0), x * gate / T(6));
  }
};

struct SoftSign {
  static constexpr OpDecl decl{.name = "softsign",
                               .doc = "x / (1 + |x|).",
                               .promote = Promote::ToFloat,
                               .in_place = false,
                               .method = false};
  template <class T>
  TAEDA_HD T operator()(T x) const {
    return x / (T(1) + abs(x));
  }
};

struct Threshold {
  static constexpr OpDecl decl{.name = "threshold",
                               .doc = "x where x > threshold, else value; NaN stays.",
                               .accepts = Accepts::NoBool,
                               .parameters = "threshold=0.0, value=0.0",
                               .method = false};
  template <class T, class P>
  TAEDA_HD T operator()(T x, P p) const {
    return select(x <= value_of<T>(p[0]), value_of<T>(p[1]), x);
  }
};

}  // namespace taeda
