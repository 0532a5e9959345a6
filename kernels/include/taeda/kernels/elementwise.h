// Elementwise operations over strided arrays of up to three operands.
#pragma once

#include <span>

#include "taeda/kernels/array.h"
#include "taeda/kernels/ops/binary.h"
#include "taeda/kernels/ops/ternary.h"
#include "taeda/kernels/ops/unary.h"

namespace taeda {

enum class Arity : uint8_t { Unary = 1, Binary = 2, Ternary = 3 };

template <class Op>
constexpr Arity arity_of() {
  if constexpr (UnaryOps::index_of<Op>() >= 0)
    return Arity::Unary;
  else if constexpr (BinaryOps::index_of<Op>() >= 0)
    return Arity::Binary;
  else
    return Arity::Ternary;
}
template <class Op>
constexpr int index_of() {
  if constexpr (UnaryOps::index_of<Op>() >= 0)
    return UnaryOps::index_of<Op>();
  else if constexpr (BinaryOps::index_of<Op>() >= 0)
    return BinaryOps::index_of<Op>();
  else
    return TernaryOps::index_of<Op>();
}

// out[i] = op(inputs[0][i], ...). Every input has the shape of `out` (broadcast axes have stride 0)
// and any dtype: it is converted to `compute` on loading, the result to the dtype of `out` on
// storing. `out` may be one of the inputs, but must not overlap one in another way, nor itself.
struct ElementwiseCall {
  Arity arity;
  int op;         // index in UnaryOps, BinaryOps or TernaryOps
  DType compute;  // dtype of the maths
  Array out;
  std::span<const Array> inputs;
  Params params = nullptr;
  bool contiguous = false;  // known to hold of `out` and all inputs
  // Bit k: input k is one element in the memory of the CPU, where `out` is not. Kernels of a device
  // take it as an argument.
  unsigned numbers = 0;
};

struct ElementwiseKernels {
  void (*run)(const ElementwiseCall& call);
  // out = in, converted to the dtype of out; same rules for shapes and overlap.
  void (*copy)(const Array& out, const Array& in);
  // Each element becomes *value, one element of the dtype of `out`.
  void (*fill)(const Array& out, const void* value);
};

}  // namespace taeda
