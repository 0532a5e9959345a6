// How an elementwise operation is declared: facts as data beside the maths as one template.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "taeda/kernels/export.h"

namespace taeda {

// From the dtypes of the operands to the dtype that the maths runs in.
enum class Promote : uint8_t {
  Common,   // the promoted dtype of the operands
  ToFloat,  // the same, integers and bool become the default float dtype
};

// What the maths accepts; anything else is a TypeError-like RuntimeError of the door.
enum class Accepts : uint8_t {
  All,
  NoBool,    // numbers
  Bits,      // bool and integers (bitwise operations)
  Integers,  // no bool, no floats
  Floats,    // float dtypes only (gradients of activations)
};

enum class Result : uint8_t {
  Same,  // the dtype the maths ran in
  Bool,
};

struct OpDecl {
  const char* name;
  const char* doc;  // one sentence; a formula where there is one
  Promote promote = Promote::Common;
  Result result = Result::Same;
  Accepts accepts = Accepts::All;
  const char* parameters = "";  // names of the scalar parameters with defaults: "alpha=1.0"
  bool in_place = true;         // has a twin `name_`
  bool method = true;           // is a method of Tensor too
  int promote_from = 0;         // the first operand that takes part in promotion
  bool bound_by_hand = false;   // in Python, since its operands may be left out there
};

// Float parameters of one call, in the order that `parameters` names them.
using Params = const double*;

template <class... Ops>
struct OpList {
  static constexpr int size = sizeof...(Ops);

  // Calls function.template operator()<Op>() for each operation, in order.
  template <class Function>
  static constexpr void for_each(Function&& function) {
    (function.template operator()<Ops>(), ...);
  }

  template <class Op>
  static constexpr int index_of() {
    int index = 0, found = -1;
    ((std::is_same_v<Op, Ops> ? (found = index, ++index) : ++index), ...);
    return found;
  }
};

// Plain scalars take part in the same maths as vectors: for device code and for integers.
template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
TAEDA_HD constexpr T select(bool condition, T a, T b) {
  return condition ? a : b;
}

}  // namespace taeda
