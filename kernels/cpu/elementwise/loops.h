// The innermost loops of the elementwise operations: contiguous rows of one type.
#pragma once

#include <array>

#include "taeda/kernels/elementwise.h"
#include "taeda/kernels/ops/parameters.h"
#include "taeda/kernels/simd/halves.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {

// out[i] = op(in[0][i], ...) for the elements of some rows; out holds bool where the operation
// results in Bool.
struct LoopRows {
  void* out;
  std::array<const void*, 3> in;
  int64_t count;  // elements of a row
  Params params = nullptr;
  // Bit k says that in[k] holds one value for a row, of halves in float; only loops of
  // floating-point types take such operands.
  uint32_t constants = 0;
  int64_t rows = 1;
  int64_t out_step = 0;  // elements from one row to the next
  std::array<int64_t, 3> in_steps{};
};
using Loop = void (*)(const LoopRows&);

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

// What a loop of floating-point types reads of an operand, row by row.
template <class T>
class LoopOperand {
 public:
  using Lane = std::conditional_t<is_half<T>, float, T>;

  // `value` has room for a vector. It is not a part of this, which is to stay in registers.
  LoopOperand(const LoopRows& rows, size_t index, Lane* value)
      : from_(static_cast<const char*>(rows.in[index])),
        value_(value),
        repeats_(rows.constants >> index & 1),
        row_bytes_(rows.in_steps[index] *
                   static_cast<int64_t>(repeats_ ? sizeof(Lane) : sizeof(T))),
        step_(repeats_ ? 0 : Vec<Lane>::size) {}

  // A vector of the value that stands for a row is read again and again like those of a row.
  void open() {
    at_ = reinterpret_cast<const T*>(from_);
    if (repeats_) {
      Vec<Lane>(*reinterpret_cast<const Lane*>(from_)).store(value_);
      if constexpr (!is_half<T>) at_ = value_;
    }
    from_ += row_bytes_;
  }
  Vec<Lane> next() {
    if (is_half<T> && repeats_) return Vec<Lane>::load(value_);
    const T* at = at_;
    at_ += step_;
    return load_lanes(at);
  }
  Vec<Lane> rest(int64_t count) const {
    if (is_half<T> && repeats_) return Vec<Lane>::load(value_);
    return load_some(at_, count);
  }

 private:
  const char* from_;
  const T* at_ = nullptr;
  Lane* value_;
  bool repeats_;
  int64_t row_bytes_, step_;
};

// Flattened: maths that is called, and not inlined, loads its constants anew for every vector.
template <class Op, class T, size_t... Operand>
[[gnu::flatten]] void run_loop(const LoopRows& rows, std::index_sequence<Operand...>) {
  // A copy that no store can reach stays in registers.
  double params[parameter_count(Op::decl) + 1];
  for (int i = 0; i < parameter_count(Op::decl); ++i) params[i] = rows.params[i];
  using OutT = std::conditional_t<Op::decl.result == Result::Bool, bool, T>;
  OutT* out = static_cast<OutT*>(rows.out);
  const int64_t count = rows.count, out_step = rows.out_step;
  if constexpr (std::is_floating_point_v<T> || is_half<T>) {
    using Lane = typename LoopOperand<T>::Lane;
    constexpr int width = Vec<Lane>::size;
    alignas(kVectorBytes) Lane values[sizeof...(Operand)][width];
    LoopOperand<T> operands[] = {LoopOperand<T>(rows, Operand, values[Operand])...};
    // Vectors to the very end: the last, partial one gives the same bits as a full one.
    const int64_t whole = count / width * width;
    for (int64_t row = rows.rows; row > 0; --row, out += out_step) {
      (operands[Operand].open(), ...);
      for (int64_t i = 0; i < whole; i += width) {
        store_result<Lane>(evaluate<Op>(params, operands[Operand].next()...), out + i, width);
      }
      if (whole < count) {
        store_result<Lane>(evaluate<Op>(params, operands[Operand].rest(count - whole)...),
                           out + whole, count - whole);
      }
    }
  } else {
    // An operand may lie in the very place of the result, which is no dependence between elements.
    // Bytes may lie anywhere, so where the operands lie is not to be read again; of truths any but
    // zero counts.
    using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;
    const Stored* from[] = {static_cast<const Stored*>(rows.in[Operand])...};
    const int64_t steps[] = {rows.in_steps[Operand]...};
    const auto run = [&](auto given) __attribute__((always_inline)) {
      for (int64_t row = rows.rows; row > 0; --row, out += out_step) {
#pragma GCC ivdep
        for (int64_t i = 0; i < count; ++i) {
          out[i] = static_cast<OutT>(evaluate<Op>(given, static_cast<T>(from[Operand][i])...));
        }
        ((from[Operand] += steps[Operand]), ...);
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
void loop(const LoopRows& rows) {
  const auto run = [&]<class Form>(Form) {
    run_loop<Form, T>(rows, std::make_index_sequence<Operands>{});
  };
  if constexpr (requires { Op::template simplify<T>(rows.params, run); }) {
    Op::template simplify<T>(rows.params, run);
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
