// Elementwise operations of one operand.
#pragma once

#include "taeda/kernels/ops/unary/activation.h"
#include "taeda/kernels/ops/unary/arithmetic.h"
#include "taeda/kernels/ops/unary/logic.h"
#include "taeda/kernels/ops/unary/transcendental.h"

namespace taeda {

using UnaryOps =
    OpList<Neg, Abs, Sign, Square, Reciprocal, Sqrt, Rsqrt, Floor, Ceil, Round, Trunc, Frac,
           Deg2Rad, Rad2Deg, ClampScalar, NanToNum, PowScalar, Exp, Exp2, Expm1, Log, Log2, Log10,
           Log1p, Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Tanh, Asinh, Acosh, Atanh, Erf, Erfc,
           Erfinv, Lgamma, Digamma, Sinc, Logit, LogicalNot, BitwiseNot, IsNan, IsInf, IsPosInf,
           IsNegInf, IsFinite, SignBit, Sigmoid, Relu, Relu6, Gelu, GeluTanh, Silu, Mish, Softplus,
           LogSigmoid, LeakyRelu, Elu, Selu, Celu, HardTanh, HardSigmoid, HardSwish, SoftSign,
           Threshold, HardShrink, SoftShrink>;

}  // namespace taeda
