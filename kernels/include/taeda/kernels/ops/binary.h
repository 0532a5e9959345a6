// Elementwise operations of two operands.
#pragma once

#include "taeda/kernels/ops/binary/arithmetic.h"
#include "taeda/kernels/ops/binary/backward.h"
#include "taeda/kernels/ops/binary/distance.h"
#include "taeda/kernels/ops/binary/logic.h"
#include "taeda/kernels/ops/binary/transcendental.h"

namespace taeda {

using BinaryOps =
    OpList<Add, Sub, Mul, Div, FloorDivide, TruncDivide, Remainder, Fmod, Maximum, Minimum, Fmax,
           Fmin, CopySign, NextAfter, Heaviside, Gcd, Lcm, Pow, Atan2, Hypot, LogAddExp, LogAddExp2,
           XLogY, XLog1PY, Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, LogicalAnd,
           LogicalOr, LogicalXor, BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseLeftShift,
           BitwiseRightShift, ReluBackward, ThresholdBackward, SigmoidBackward, TanhBackward,
           GeluBackward, GeluTanhBackward, SiluBackward, MishBackward, LeakyReluBackward,
           EluBackward, SoftplusBackward, LogSigmoidBackward, HardTanhBackward, HardSigmoidBackward,
           HardSwishBackward, ClampScalarBackward, HardShrinkBackward, SquaredDifference,
           HuberDistance, LogisticLoss, ParametricRelu>;

}  // namespace taeda
