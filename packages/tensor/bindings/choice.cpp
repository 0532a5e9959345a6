// where and clamp: elementwise operations of which operands may be left out.
#include <cmath>
#include <limits>

#include "bindings.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/ops/indexing.h"
#include "taeda/tensor/promotion.h"

namespace taeda::python {
namespace {

// None, a number or a tensor.
class Bound {
 public:
  explicit Bound(nb::handle object) : object_(object) {
    if (object.is_none()) return;
    is_number_ = !is_tensor(object.ptr()) && read_number(object.ptr(), number_);
    if (!is_number_ && !is_tensor(object.ptr())) {
      fail<TypeError>("clamp: min and max must be numbers or tensors, got ",
                      Py_TYPE(object.ptr())->tp_name);
    }
  }
  bool given() const { return !object_.is_none(); }
  // Whether the kernel may take it as a parameter, a double, for a tensor of this dtype. There a
  // bound that is NaN would bound nothing, where all results are to be NaN.
  bool is_parameter_for(DType dtype) const {
    if (!given()) return true;
    if (!is_number_ || std::isnan(number_.as_double())) return false;
    if (is_floating(dtype)) return true;
    constexpr int64_t exact = int64_t{1} << std::numeric_limits<double>::digits;
    return number_.kind() != DType::Float64 && std::abs(number_.as_int()) <= exact;
  }
  double parameter(double otherwise) const { return given() ? number_.as_double() : otherwise; }
  Tensor tensor() const {
    return is_number_ ? wrap_number(number_) : Tensor(body_of(object_.ptr()));
  }

 private:
  nb::handle object_;
  bool is_number_ = false;
  Scalar number_;
};

Tensor clamp(const Operand& input, nb::handle min, nb::handle max, const OptionalTensor& out) {
  const Bound low(min), high(max);
  if (!low.given() && !high.given()) {
    fail<RuntimeError>("clamp: at least one of 'min' or 'max' must not be None");
  }
  const DType dtype = input.body()->dtype();
  if (dtype != DType::Bool && low.is_parameter_for(dtype) && high.is_parameter_for(dtype)) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return run_out<Elementwise<ClampScalar>>(
        {input.body()}, {{low.parameter(-infinity), high.parameter(infinity)}}, given(out));
  }
  if (low.given() && high.given()) {
    return run_out<Elementwise<Clamp>>({input.body(), low.tensor().body(), high.tensor().body()},
                                       {}, given(out));
  }
  if (low.given()) {
    return run_out<Elementwise<Maximum>>({input.body(), low.tensor().body()}, {}, given(out));
  }
  return run_out<Elementwise<Minimum>>({input.body(), high.tensor().body()}, {}, given(out));
}

Tensor where(const Operand& condition, const Operand& input, const Operand& other,
             const OptionalTensor& out) {
  return run_out<Elementwise<Where>>({condition.body(), input.body(), other.body()}, {},
                                     given(out));
}

}  // namespace

void bind_choice(nb::module_& m, TensorClass& tensor) {
  constexpr const char* doc =
      "min(max(x, min), max); the bounds are numbers or tensors, either may be None.\n\n"
      "NaN where any of the three is NaN. RuntimeError without bounds.\n\n"
      ">>> clamp(tensor([-2.0, 0.5, 3.0]), 0, 1).tolist()\n[0.0, 0.5, 1.0]";
#define TAEDA_CLAMP(NAME)                                                                          \
  m.def(NAME, clamp, nb::arg("input"), nb::arg("min") = nb::none(), nb::arg("max") = nb::none(),   \
        nb::kw_only(), nb::arg("out") = nb::none(),                                                \
        nb::sig("def " NAME "(input: Tensor, min: Tensor | float | None = None, "                  \
                "max: Tensor | float | None = None, *, out: Tensor | None = None) -> Tensor"),     \
        doc);                                                                                      \
  tensor.def(NAME, clamp, nb::arg("min") = nb::none(), nb::arg("max") = nb::none(), nb::kw_only(), \
             nb::arg("out") = nb::none(),                                                          \
             nb::sig("def " NAME "(self, min: Tensor | float | None = None, "                      \
                     "max: Tensor | float | None = None, *, out: Tensor | None = None) -> "        \
                     "Tensor"),                                                                    \
             doc)
  TAEDA_CLAMP("clamp");
  TAEDA_CLAMP("clip");
#undef TAEDA_CLAMP
  m.def("where", where, nb::arg("condition"), nb::arg("input"), nb::arg("other"), nb::kw_only(),
        nb::arg("out").sig("None") = nb::none(),
        "input where the condition holds, else other; the positions of true elements without "
        "them.\n\n"
        ">>> where(tensor([True, False]), 1.0, 0.0).tolist()\n[1.0, 0.0]");
  tensor.def(
      "where",
      [](const Tensor& self, const Tensor& condition, const Operand& other) {
        return run<Elementwise<Where>>({condition.body(), self.body(), other.body()});
      },
      nb::arg("condition"), nb::arg("other"),
      "The tensor's elements where the condition holds, else those of other.");
}

}  // namespace taeda::python
