// The innermost loops of the elementwise operations: contiguous runs of one type.
#pragma once

#include "taeda/kernels/elementwise.h"
#include "taeda/kernels/ops/parameters.h"
#include "taeda/kernels/simd/halves.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {

// out[i] = op(in[0][i], ...) for count elements; out holds bool where the operation results in
// Bool. Bit k of `constants` says that in[k] is a single vector of one value that stands for all
// count elements, of halves in float; only loops of floating-point types take such operands.
using Loop = void (*)(void* out, const void* const* in, int64_t count, Params params,
                      uint32_t constants);

// Maths runs in floats, doubles and integers, logic on bool as well. Halves are converted run by
// run but for what takes no longer than that.
template <class T>
Loop unary_loop(int op);
template <class T>
Loop binary_loop(int op);
template <class T>
Loop ternary_loop(int op);

// What may run on the truth values of bytes; other maths on bool runs in int32.
using TruthOps = OpList<Equal, NotEqual, LogicalAnd, LogicalOr, LogicalXor, LogicalNot, BitwiseAnd,
                        BitwiseOr, BitwiseXor>;

// Of the operations with parameters those that run in one or two bytes; others do in int32.
using NarrowOps = OpList<Add, Sub, ClampScalar, PowScalar>;

// What reads and writes halves itself where the machine can.
using HalfOps = OpList<Sign, Square, Reciprocal, Sqrt, Rsqrt, Floor, Ceil, Round, Trunc,
                       ClampScalar, LogicalNot, IsNan, IsInf, IsFinite, Relu, Relu6, LeakyRelu,
                       HardTanh, Add, Sub, Mul, Div, Maximum, Minimum, Equal, NotEqual, Less,
                       LessEqual, Greater, GreaterEqual, ReluBackward, ThresholdBackward,
                       LeakyReluBackward, ParametricRelu, Where, AddCMul, AddCDiv, Clamp, Lerp>;

template <class Op, class T>
constexpr bool has_loop() {
  if (is_half<T>) return kHasHalfVectors && HalfOps::index_of<Op>() >= 0;
  if (std::is_same_v<T, bool>) return TruthOps::index_of<Op>() >= 0;
  if (std::is_integral_v<T> && sizeof(T) < 4 && parameter_count(Op::decl) > 0 &&
      NarrowOps::index_of<Op>() < 0) {
    return false;
  }
  if (Op::decl.accepts == Accepts::Bits || Op::decl.accepts == Accepts::Integers) {
    return std::is_integral_v<T>;
  }
  if (Op::decl.promote == Promote::ToFloat || Op::decl.accepts == Accepts::Floats) {
    return std::is_floating_point_v<T>;
  }
  return true;
}

template <class Op, class P, class... Values>
inline auto evaluate(P params, Values... values) {
  if constexpr (Op::decl.parameters[0] != '\0')
    return Op{}(values..., params);
  else
    return Op{}(values...);
}

template <class T>
void store_result(Mask<T> mask, bool* out, int64_t count) {
#if defined(__BMI2__) && TAEDA_VECTOR_BYTES == 32
  // One bit of each lane, spread to bytes.
  uint32_t bits;
  if constexpr (sizeof(T) == 4)
    bits = static_cast<uint32_t>(_mm256_movemask_ps((__m256)mask.m));
  else
    bits = static_cast<uint32_t>(_mm256_movemask_pd((__m256d)mask.m));
  const uint64_t spread = _pdep_u64(bits, 0x0101010101010101);
  std::memcpy(out, &spread, static_cast<size_t>(count));
#else
  typedef int8_t Bytes __attribute__((vector_size(Vec<T>::size)));
  const Bytes bytes = __builtin_convertvector(mask.m, Bytes) & 1;
  std::memcpy(out, &bytes, static_cast<size_t>(count));
#endif
}
template <class T, class Out>
void store_result(Vec<T> value, Out* out, int64_t count) {
  store_some(value, out, count);
}

// Flattened: maths that is called, and not inlined, loads its constants anew for every vector.
template <class Op, class T, size_t... Operand>
[[gnu::flatten]] void run_loop(void* out_memory, const void* const* in, int64_t count,
                               Params values, uint32_t constants, std::index_sequence<Operand...>) {
  // A copy that no store can reach stays in registers.
  double params[parameter_count(Op::decl) + 1];
  for (int i = 0; i < parameter_count(Op::decl); ++i) params[i] = values[i];
  using OutT = std::conditional_t<Op::decl.result == Result::Bool, bool, T>;
  OutT* out = static_cast<OutT*>(out_memory);
  if constexpr (std::is_floating_point_v<T>) {
    // Vectors to the very end: the last, partial one gives the same bits as a full one.
    constexpr int width = Vec<T>::size;
    const T* from[] = {static_cast<const T*>(in[Operand])...};
    const int64_t step[] = {(constants >> Operand & 1) ? 0 : width...};
    int64_t i = 0;
    for (; i + width <= count; i += width) {
      store_result<T>(evaluate<Op>(params, Vec<T>::load(from[Operand])...), out + i, width);
      ((from[Operand] += step[Operand]), ...);
    }
    if (i < count) {
      store_result<T>(evaluate<Op>(params, load_some(from[Operand], count - i)...), out + i,
                      count - i);
    }
  } else if constexpr (is_half<T>) {
    constexpr int width = Vec<float>::size;
    const auto operand = [&](size_t index, int64_t i, int64_t size) __attribute__((always_inline)) {
      return constants >> index & 1 ? Vec<float>::load(static_cast<const float*>(in[index]))
                                    : load_some(static_cast<const T*>(in[index]) + i, size);
    };
    int64_t i = 0;
    for (; i + width <= count; i += width) {
      store_result<float>(evaluate<Op>(params, operand(Operand, i, width)...), out + i, width);
    }
    if (i < count) {
      store_result<float>(evaluate<Op>(params, operand(Operand, i, count - i)...), out + i,
                          count - i);
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    // Any byte but zero counts as true.
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) {
      out[i] = evaluate<Op>(params, static_cast<const uint8_t*>(in[Operand])[i] != 0 ...);
    }
  } else {
    // An operand may lie in the very place of the result, which is no dependence between elements.
    // Bytes may lie anywhere, so where the operands lie is not to be read again.
    const T* const from[] = {static_cast<const T*>(in[Operand])...};
    const auto run = [&](auto given) __attribute__((always_inline)) {
#pragma GCC ivdep
      for (int64_t i = 0; i < count; ++i) {
        out[i] = static_cast<OutT>(evaluate<Op>(given, from[Operand][i]...));
      }
    };
    if constexpr (std::is_invocable_v<Op, std::enable_if_t<(Operand >= 0), T>..., const T*>) {
      // Parameters as integers, once: what limits them is a branch, which no vector takes.
      T integers[parameter_count(Op::decl) + 1];
      for (int i = 0; i < parameter_count(Op::decl); ++i) integers[i] = value_of<T>(params[i]);
      run(static_cast<const T*>(integers));
    } else {
      run(static_cast<Params>(params));
    }
  }
}

template <class Op, class T, int Operands>
void loop(void* out, const void* const* in, int64_t count, Params params, uint32_t constants) {
  const auto run = [&]<class Form>(Form) {
    run_loop<Form, T>(out, in, count, params, constants, std::make_index_sequence<Operands>{});
  };
  if constexpr (requires { Op::template simplify<T>(params, run); }) {
    Op::template simplify<T>(params, run);
  } else {
    run(Op{});
  }
}

// The table of one list and type, in the order of the list; null where the type is not served.
template <class T, int Operands, class... Ops>
Loop pick_loop(int op, OpList<Ops...>) {
  static constexpr Loop table[] = {[] {
    if constexpr (has_loop<Ops, T>())
      return &loop<Ops, T, Operands>;
    else
      return static_cast<Loop>(nullptr);
  }()...};
  return table[op];
}

}  // namespace taeda::cpu::inline TAEDA_ISA
