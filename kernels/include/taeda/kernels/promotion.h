// From the dtypes of the operands to the dtype of the maths and of the result (PyTorch's rules for
// tensors; Python numbers, which are weaker, are the business of the tensor package).
#pragma once

#include "taeda/kernels/dtype.h"
#include "taeda/kernels/ops/declaration.h"

namespace taeda {

// The smallest dtype that holds the values of both, as torch.promote_types gives it: a float dtype
// beats every integer, two integers of unlike sign widen, the two half types meet in float32.
constexpr DType promote(DType a, DType b) {
  if (a == b) return a;
  if (is_floating(a) && is_floating(b)) {
    const bool halves = size_of(a) == 2 && size_of(b) == 2;
    return halves ? DType::Float32 : (a > b ? a : b);
  }
  if (is_floating(a)) return a;
  if (is_floating(b)) return b;
  const DType wide = a > b ? a : b;
  const bool signs_differ = (a == DType::UInt8 || b == DType::UInt8) && wide == DType::Int8;
  return signs_differ ? DType::Int16 : wide;
}

// The dtype that the maths of an operation runs in, from the promoted dtype of its operands.
constexpr DType compute_dtype(const OpDecl& decl, DType common,
                              DType default_float = DType::Float32) {
  return decl.promote == Promote::ToFloat && !is_floating(common) ? default_float : common;
}

// The dtype of the result.
constexpr DType result_dtype(const OpDecl& decl, DType common,
                             DType default_float = DType::Float32) {
  if (decl.result == Result::Bool) return DType::Bool;
  return compute_dtype(decl, common, default_float);
}

// Whether an operation takes operands of this promoted dtype.
constexpr bool accepts(const OpDecl& decl, DType common) {
  switch (decl.accepts) {
    case Accepts::All:
      return true;
    case Accepts::NoBool:
      return common != DType::Bool;
    case Accepts::Bits:
      return !is_floating(common);
    case Accepts::Integers:
      return is_integral(common);
    case Accepts::Floats:
      return is_floating(common);
  }
  return false;
}

static_assert(promote(DType::Int8, DType::UInt8) == DType::Int16);
static_assert(promote(DType::Bool, DType::UInt8) == DType::UInt8);
static_assert(promote(DType::Float16, DType::BFloat16) == DType::Float32);
static_assert(promote(DType::Int64, DType::Float16) == DType::Float16);

}  // namespace taeda
