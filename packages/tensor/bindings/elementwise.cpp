// Functions, methods and in-place twins of the elementwise operations, from the lists of the
// kernels.
#include "taeda/tensor/ops/elementwise.h"

#include <deque>
#include <string>

#include "bindings.h"

namespace taeda::python {
namespace {

// Texts that outlive the module: nanobind keeps the pointers.
const char* kept(std::string text) {
  static std::deque<std::string> texts;
  return texts.emplace_back(std::move(text)).c_str();
}

template <size_t>
using Also = const Operand&;
template <size_t>
using Number = double;

template <class Op>
using Parameters = std::make_index_sequence<parameter_count(Op::decl)>;

// A keyword argument for each parameter, with its declared default.
template <class Op>
nb::arg_v parameter_argument(size_t index) {
  const Parameter declared = parameter(Op::decl, static_cast<int>(index));
  return nb::arg(kept(std::string(declared.name))) = declared.default_value();
}

// Binds function, method and in-place twin of an operation with `Others` operands besides the
// first.
template <class Op, size_t... Others, size_t... P>
void bind(nb::module_& m, TensorClass& tensor, std::index_sequence<Others...>,
          std::index_sequence<P...>) {
  constexpr const char* names[] = {"other", "third"};
  using E = Elementwise<Op>;
  m.def(
      Op::decl.name,
      [](const Operand& input, Also<Others>... others, Number<P>... params,
         const OptionalTensor& out) {
        return run_out<E>({input.body(), others.body()...}, {{params...}}, given(out));
      },
      nb::arg("input"), nb::arg(names[Others])..., parameter_argument<Op>(P)..., nb::kw_only(),
      nb::arg("out").sig("None") = nb::none(), Op::decl.doc);
  if constexpr (Op::decl.method) {
    tensor.def(
        Op::decl.name,
        [](TensorBody& self, Also<Others>... others, Number<P>... params) {
          return run<E>({&self, others.body()...}, {{params...}});
        },
        nb::arg(names[Others])..., parameter_argument<Op>(P)..., Op::decl.doc);
  }
  if constexpr (Op::decl.in_place) {
    const char* name = kept(std::string(Op::decl.name) + "_");
    const auto in_place = [](TensorBody& self, Also<Others>... others, Number<P>... params) {
      return run_in_place<E>({&self, others.body()...}, {{params...}});
    };
    const char* doc = kept("In place: " + std::string(Op::decl.doc));
    tensor.def(name, in_place, nb::arg(names[Others])..., parameter_argument<Op>(P)..., doc);
    m.def(name, in_place, nb::arg("input"), nb::arg(names[Others])..., parameter_argument<Op>(P)...,
          doc);
  }
}

}  // namespace

void bind_elementwise(nb::module_& m, TensorClass& tensor) {
  UnaryOps::for_each(
      [&]<class Op>() { bind<Op>(m, tensor, std::make_index_sequence<0>{}, Parameters<Op>{}); });
  BinaryOps::for_each(
      [&]<class Op>() { bind<Op>(m, tensor, std::make_index_sequence<1>{}, Parameters<Op>{}); });
  TernaryOps::for_each([&]<class Op>() {
    if constexpr (!Op::decl.bound_by_hand) {
      bind<Op>(m, tensor, std::make_index_sequence<2>{}, Parameters<Op>{});
    }
  });
}

}  // namespace taeda::python
