// Elementwise operations of three operands.
#pragma once

#include "taeda/kernels/ops/declaration.h"

namespace taeda {

// The condition comes converted to the dtype of the maths: zero or not.
struct Where {
  static constexpr OpDecl decl{.name = "where",
                               .doc = "x where the condition holds, else y.",
                               .in_place = false};
  template <class T>
  TAEDA_HD T operator()(T condition, T x, T y) const {
    return select(condition != 0, x, y);
  }
};

struct AddCMul {
  static constexpr OpDecl decl{.name = "addcmul",
                               .doc = "x + value * y * z.",
                               .accepts = Accepts::NoBool,
                               .parameters = "value=1.0"};
  template <class T>
  TAEDA_HD T operator()(T x, T y, T z, Params p) const {
    return x + T(p[0]) * y * z;
  }
};

using TernaryOps = OpList<Where, AddCMul>;

}  // namespace taeda
