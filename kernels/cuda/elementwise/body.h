// The kernel of the elementwise operations, and its instances for one list and one type.
#pragma once

#include <algorithm>

#include "../device/element.h"
#include "../device/packs.h"
#include "../device/walk.h"
#include "../runtime/launch.h"
#include "taeda/kernels/elementwise.h"
#include "taeda/kernels/ops/parameters.h"

namespace taeda::cuda {

// What a launch needs to know whatever the operation.
template <int Inputs>
struct Operands {
  Memory out, in[Inputs];  // of the inputs null where they are numbers
  Memory numbers[Inputs];  // of the CPU
  Walk<Inputs + 1> walk;   // of out and the inputs
  double params[4];
};

template <class Op, class T, int Inputs>
struct ElementwiseBody {
  using Value = std::conditional_t<Op::decl.result == Result::Bool, bool, T>;
  static constexpr int kPack = kPackOf<T>;

  Memory out, in[Inputs];
  Walk<Inputs + 1> walk;  // of out and the inputs
  T numbers[Inputs];      // in place of inputs that have no memory
  double params[4];
  bool whole;  // no gaps anywhere, types that are read by packs of elements

  ElementwiseBody(const Operands<Inputs>& operands)  // NOLINT: the same for one operation
      : out(operands.out), walk(operands.walk), whole(fits(operands)) {
    for (int k = 0; k < Inputs; ++k) {
      in[k] = operands.in[k];
      numbers[k] = in[k] ? T(0) : operands.numbers[k].template load<T>(0);
    }
    std::copy_n(operands.params, 4, params);
  }

  TAEDA_HD Value evaluate(const T (&x)[Inputs]) const {
    constexpr bool has_params = Op::decl.parameters[0] != '\0';
    if constexpr (Inputs == 1 && has_params)
      return static_cast<Value>(Op{}(x[0], params));
    else if constexpr (Inputs == 1)
      return static_cast<Value>(Op{}(x[0]));
    else if constexpr (Inputs == 2 && has_params)
      return static_cast<Value>(Op{}(x[0], x[1], params));
    else if constexpr (Inputs == 2)
      return static_cast<Value>(Op{}(x[0], x[1]));
    else if constexpr (has_params)
      return static_cast<Value>(Op{}(x[0], x[1], x[2], params));
    else
      return static_cast<Value>(Op{}(x[0], x[1], x[2]));
  }

  TAEDA_HD void one(int64_t position) const {
    int64_t offsets[Inputs + 1];
    walk.offsets(position, offsets);
    T x[Inputs];
    for (int k = 0; k < Inputs; ++k) {
      x[k] = in[k] ? in[k].template load<T>(offsets[k + 1]) : numbers[k];
    }
    out.store(offsets[0], evaluate(x));
  }

  TAEDA_HD void pack(int64_t item) const {
    Packed<T, kPack> packs[Inputs];
    for (int k = 0; k < Inputs; ++k) {
      if (in[k]) packs[k] = load_pack<T, kPack>(in[k], item);
    }
    Packed<Value, kPack> result;
    for (int e = 0; e < kPack; ++e) {
      T x[Inputs];
      for (int k = 0; k < Inputs; ++k) x[k] = in[k] ? packs[k].value[e] : numbers[k];
      result.value[e] = evaluate(x);
    }
    store_pack(out, item, result);
  }

  // The items of a whole launch: packs, then the elements that are left.
  TAEDA_HD void operator()(int64_t item) const {
    if (!whole) return one(item);
    const int64_t packs = walk.count / kPack;
    if (item < packs) return pack(item);
    one(packs * kPack + (item - packs));
  }

  static bool fits(const Operands<Inputs>& operands) {
    bool whole = operands.walk.is_linear(0) && is_packable<Value>(operands.out, kPack);
    for (int k = 0; k < Inputs; ++k) {
      if (!operands.in[k]) continue;
      whole &= operands.walk.is_linear(k + 1) && is_packable<T>(operands.in[k], kPack);
    }
    return whole;
  }

  static void launch(const Operands<Inputs>& operands) {
    const ElementwiseBody body(operands);
    const int64_t count = body.walk.count;
    for_each(body.whole ? count / kPack + count % kPack : count, body);
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
