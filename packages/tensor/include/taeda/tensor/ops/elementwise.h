// The elementwise operations as operations of tensors: one template over the lists of the kernels.
#pragma once

#include <array>

#include "taeda/kernels/ops/parameters.h"
#include "taeda/tensor/door.h"

namespace taeda {

inline constexpr int kMaxParams = 4;
using ParamValues = std::array<double, kMaxParams>;

// What the template needs to know of an entry of the lists.
struct ElementwiseFacts {
  const OpDecl& decl;
  Arity arity;
  int index;
};
TAEDA_API void infer_elementwise(const ElementwiseFacts& facts, Inputs inputs, Specs& outputs);
// The kernel reads the first `operands` inputs; all of them decide the dtype of the maths.
TAEDA_API void launch_elementwise(const ElementwiseFacts& facts, const KernelTable& kernels,
                                  Inputs inputs, Outputs outputs, Params params, size_t operands);

template <class Op>
struct Elementwise {
  static constexpr const char* name = Op::decl.name;
  static constexpr bool converts_output = true, takes_numbers = true;
  struct Attributes {
    ParamValues params{};
  };

  static constexpr ElementwiseFacts facts() { return {Op::decl, arity_of<Op>(), index_of<Op>()}; }
  static void infer(Inputs inputs, const Attributes&, Specs& outputs) {
    infer_elementwise(facts(), inputs, outputs);
  }
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
    if constexpr (requires { typename Op::WithNumber; }) {
      const TensorBody& last = *inputs.back();
      if (last.ndim() == 0 && last.device().type == DeviceType::CPU) {
        using Form = Elementwise<typename Op::WithNumber>;
        const double value = item(last).as_double();
        return launch_elementwise(Form::facts(), kernels, inputs, outputs, &value,
                                  inputs.size() - 1);
      }
    }
    launch_elementwise(facts(), kernels, inputs, outputs, attributes.params.data(), inputs.size());
  }
};

// The defaults that the declaration gives the parameters.
template <class Op>
const ParamValues& default_params() {
  static const ParamValues values = [] {
    ParamValues defaults{};
    for (int i = 0; i < parameter_count(Op::decl); ++i) {
      defaults[static_cast<size_t>(i)] = parameter(Op::decl, i).default_value();
    }
    return defaults;
  }();
  return values;
}

// apply<Exp>(x), apply<Add>(x, y), apply<LeakyRelu>({0.01}, x): the public form in C++.
template <class Op, class... Operands>
  requires(std::is_same_v<Operands, Tensor> && ...)
Tensor apply(const Operands&... operands) {
  return run<Elementwise<Op>>({operands.body()...}, {default_params<Op>()});
}
template <class Op, class... Operands>
Tensor apply(const ParamValues& params, const Operands&... operands) {
  return run<Elementwise<Op>>({operands.body()...}, {params});
}

// A Python number beside a tensor: apply<Mul>(x, number(2.0)).
inline Tensor number(const Scalar& value) { return wrap_number(value); }

inline Tensor operator+(const Tensor& a, const Tensor& b) { return apply<Add>(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return apply<Sub>(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return apply<Mul>(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return apply<Div>(a, b); }
inline Tensor operator-(const Tensor& a) { return apply<Neg>(a); }
inline Tensor operator*(const Tensor& a, double b) { return a * number(b); }
inline Tensor operator+(const Tensor& a, double b) { return a + number(b); }

}  // namespace taeda
