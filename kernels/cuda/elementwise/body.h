// The kernel of the elementwise operations, and its instances for one list and one type.
#pragma once

#include "../device/element.h"
#include "../device/walk.h"
#include "../runtime/launch.h"
#include "taeda/kernels/elementwise.h"
#include "taeda/kernels/ops/parameters.h"

namespace taeda::cuda {

// What a launch needs to know whatever the operation.
template <int Inputs>
struct Operands {
  Memory out, in[Inputs];
  Walk<Inputs + 1> walk;  // of out and the inputs
  double params[4];
};

template <class T, int Count>
struct alignas(sizeof(T) * Count) Pack {
  T value[Count];
};

template <class Op, class T, int Inputs>
struct ElementwiseBody {
  using Value = std::conditional_t<Op::decl.result == Result::Bool, bool, T>;
  static constexpr int kPack = 16 / sizeof(T);  // elements of the widest load

  Operands<Inputs> operands;
  bool whole;  // no gaps anywhere, the types are T and Value: packs of elements

  TAEDA_HD Value evaluate(const T (&x)[Inputs]) const {
    constexpr bool has_params = Op::decl.parameters[0] != '\0';
    if constexpr (Inputs == 1 && has_params)
      return static_cast<Value>(Op{}(x[0], operands.params));
    else if constexpr (Inputs == 1)
      return static_cast<Value>(Op{}(x[0]));
    else if constexpr (Inputs == 2 && has_params)
      return static_cast<Value>(Op{}(x[0], x[1], operands.params));
    else if constexpr (Inputs == 2)
      return static_cast<Value>(Op{}(x[0], x[1]));
    else if constexpr (has_params)
      return static_cast<Value>(Op{}(x[0], x[1], x[2], operands.params));
    else
      return static_cast<Value>(Op{}(x[0], x[1], x[2]));
  }

  TAEDA_HD void one(int64_t position) const {
    int64_t offsets[Inputs + 1];
    operands.walk.offsets(position, offsets);
    T x[Inputs];
    for (int k = 0; k < Inputs; ++k) x[k] = operands.in[k].template load<T>(offsets[k + 1]);
    operands.out.store(offsets[0], evaluate(x));
  }

  TAEDA_HD void pack(int64_t item) const {
    Pack<T, kPack> in[Inputs];
    for (int k = 0; k < Inputs; ++k) {
      in[k] = static_cast<const Pack<T, kPack>*>(operands.in[k].data)[item];
    }
    Pack<Value, kPack> out;
    for (int e = 0; e < kPack; ++e) {
      T x[Inputs];
      for (int k = 0; k < Inputs; ++k) x[k] = in[k].value[e];
      out.value[e] = evaluate(x);
    }
    static_cast<Pack<Value, kPack>*>(operands.out.data)[item] = out;
  }

  // The items of a whole launch: packs, then the elements that are left.
  TAEDA_HD void operator()(int64_t item) const {
    if (!whole) return one(item);
    const int64_t packs = operands.walk.count / kPack;
    if (item < packs) return pack(item);
    one(packs * kPack + (item - packs));
  }

  static bool fits(const Operands<Inputs>& operands) {
    const auto lies_whole = [&](int operand, const Memory& memory, DType dtype, size_t pack_bytes) {
      return operands.walk.is_linear(operand) && memory.dtype == dtype &&
             reinterpret_cast<uintptr_t>(memory.data) % pack_bytes == 0;
    };
    bool whole = lies_whole(0, operands.out, dtype_of<Value>, sizeof(Pack<Value, kPack>));
    for (int k = 0; k < Inputs; ++k) whole &= lies_whole(k + 1, operands.in[k], dtype_of<T>, 16);
    return whole;
  }

  static void launch(const Operands<Inputs>& operands) {
    const int64_t count = operands.walk.count;
    const bool whole = fits(operands);
    for_each(whole ? count / kPack + count % kPack : count, ElementwiseBody{operands, whole});
  }
};

template <int Inputs>
using Launch = void (*)(const Operands<Inputs>& operands);

// The launch of an operation of the list; null where the type is not served.
template <class T>
Launch<1> unary_launch(int op);
template <class T>
Launch<2> binary_launch(int op);
template <class T>
Launch<3> ternary_launch(int op);

template <class Op, class T>
constexpr bool has_launch() {
  if (Op::decl.accepts == Accepts::Bits || Op::decl.accepts == Accepts::Integers) {
    return std::is_integral_v<T>;
  }
  if (Op::decl.promote == Promote::ToFloat || Op::decl.accepts == Accepts::Floats) {
    return std::is_floating_point_v<T>;
  }
  return true;
}

template <class T, int Inputs, class... Ops>
Launch<Inputs> pick_launch(int op, OpList<Ops...>) {
  static constexpr Launch<Inputs> table[] = {[] {
    if constexpr (has_launch<Ops, T>())
      return &ElementwiseBody<Ops, T, Inputs>::launch;
    else
      return static_cast<Launch<Inputs>>(nullptr);
  }()...};
  return table[op];
}

}  // namespace taeda::cuda
