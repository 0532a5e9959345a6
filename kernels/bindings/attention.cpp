// Scaled dot-product attention on arrays, with its gradients.
#include <nanobind/stl/optional.h>

#include <cmath>

#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

// The operands of a call, checked against the query: leading dimensions are equal, but the mask
// broadcasts.
class Attended {
 public:
  Attended(const char* name, nb::handle query, nb::handle key, nb::handle value, nb::handle mask,
           bool causal, std::optional<double> scale)
      : query_(name, "query", query), key_(name, "key", key), value_(name, "value", value) {
    check_float(name, "query", query_.dtype());
    check_dtype(name, "key", key_.dtype(), query_.dtype());
    check_dtype(name, "value", value_.dtype(), query_.dtype());
    const Sizes sizes = query_.shape();
    if (sizes.size() < 2) {
      fail<ValueError>(name, ": query must have at least 2 dimensions, got ", ShapeText{sizes});
    }
    const size_t rows = sizes.size() - 2;
    const int64_t keys = key_.shape().size() > rows ? key_.shape()[rows] : 0;
    Shape shape(sizes.begin(), sizes.end());
    shape[rows] = keys;
    check_shape(name, "key", key_.shape(), shape);
    shape[rows + 1] = value_.shape().empty() ? 0 : value_.shape().back();
    check_shape(name, "value", value_.shape(), shape);
    result_shape = {sizes.begin(), sizes.end()};
    result_shape[rows + 1] = shape[rows + 1];
    const double width = static_cast<double>(sizes[rows + 1]);
    operands = {.query = query_.array(),
                .key = key_.array(),
                .value = value_.array(),
                .scale = scale ? *scale : 1 / std::sqrt(width),
                .causal = causal};
    if (!mask.is_none()) take_mask(name, mask, keys);
  }

  AttentionOperands operands;
  Shape result_shape;
  Sizes rows_shape() const { return Sizes(result_shape).first(result_shape.size() - 1); }
  DType dtype() const { return query_.dtype(); }
  int64_t work() const { return operands.query.numel() + operands.key.numel(); }

 private:
  void take_mask(const char* name, nb::handle object, int64_t keys) {
    const Operand& mask = mask_.emplace(name, "mask", object);
    if (mask.dtype() != DType::Bool) check_dtype(name, "mask", mask.dtype(), dtype());
    Shape shape = result_shape;
    shape.back() = keys;
    const Sizes both[] = {mask.shape(), shape};
    check_shape(name, "mask", broadcast_shapes(name, both), shape);
    broadcast_ = broadcast_to(mask.array(), shape);
    operands.mask = broadcast_.array();
  }

  Operand query_, key_, value_;
  std::optional<Operand> mask_;
  View broadcast_;
};

nb::tuple attention(nb::handle query, nb::handle key, nb::handle value, nb::handle mask,
                    bool causal, std::optional<double> scale, nb::handle out) {
  const char* name = "attention";
  const Attended attended(name, query, key, value, mask, causal, scale);
  const AttentionOperands& operands = attended.operands;
  Result result(name, out, attended.dtype(), attended.result_shape,
                {operands.query, operands.key, operands.value});
  Result log_sum(name, nb::none(), accumulator(attended.dtype()), attended.rows_shape(), {});
  {
    const ReleaseForLarge release(attended.work());
    cpu().attention.forward(
        {.operands = operands, .out = result.array(), .log_sum = log_sum.array()});
  }
  return nb::make_tuple(result.finish(), log_sum.finish());
}

nb::tuple attention_backward(nb::handle grad_object, nb::handle query, nb::handle key,
                             nb::handle value, nb::handle result_object, nb::handle log_sum_object,
                             nb::handle mask, bool causal, std::optional<double> scale) {
  const char* name = "attention_backward";
  const Attended attended(name, query, key, value, mask, causal, scale);
  const AttentionOperands& operands = attended.operands;
  const Operand grad(name, "grad", grad_object), result(name, "result", result_object);
  const Operand log_sum(name, "log_sum", log_sum_object);
  for (const auto& [argument, operand] :
       {std::pair<const char*, const Operand&>{"grad", grad}, {"result", result}}) {
    check_shape(name, argument, operand.shape(), attended.result_shape);
    check_dtype(name, argument, operand.dtype(), attended.dtype());
  }
  check_shape(name, "log_sum", log_sum.shape(), attended.rows_shape());
  check_dtype(name, "log_sum", log_sum.dtype(), accumulator(attended.dtype()));
  const Packed packed(log_sum.array(), log_sum.dtype());
  Result of_query(name, nb::none(), attended.dtype(), operands.query.shape, {});
  Result of_key(name, nb::none(), attended.dtype(), operands.key.shape, {});
  Result of_value(name, nb::none(), attended.dtype(), operands.value.shape, {});
  {
    const ReleaseForLarge release(attended.work());
    cpu().attention.backward({.operands = operands,
                              .grad_query = of_query.array(),
                              .grad_key = of_key.array(),
                              .grad_value = of_value.array(),
                              .grad_out = grad.array(),
                              .out = result.array(),
                              .log_sum = packed.array()});
  }
  return nb::make_tuple(of_query.finish(), of_key.finish(), of_value.finish());
}

}  // namespace

void init_attention(nb::module_& m) {
  m.def("attention", &attention, nb::arg("query"), nb::arg("key"), nb::arg("value"),
        nb::arg("mask") = nb::none(), nb::kw_only(), nb::arg("causal") = false,
        nb::arg("scale") = nb::none(), nb::arg("out") = nb::none(),
        nb::sig("def attention(query: typing.Any, key: typing.Any, value: typing.Any, "
                "mask: typing.Any = None, *, causal: bool = False, scale: float | None = None, "
                "out: typing.Any = None) -> tuple[typing.Any, typing.Any]"),
        "softmax(scale * query @ key^T + mask) @ value, with the softmax's logarithms.\n\n"
        "query (..., n, e), key (..., m, e) and value (..., m, v), of one float dtype, give "
        "(..., n, v), which\n`out` takes, and for each query the logarithm of its denominator "
        "(..., n). mask broadcasts to\n(..., n, m): bool (True: may attend) or a float that is "
        "added. causal lets query i see the keys up\nto i; scale is 1 / sqrt(e) where it is None. "
        "A query that may attend to nothing gets zeros, and\ninf for its logarithm. Raises "
        "ValueError for shapes, TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x = numpy.eye(2)\n"
        ">>> taeda_kernels.attention(x, x, x, causal=True)[0][0]\n"
        "array([1., 0.])");
  m.def("attention_backward", &attention_backward, nb::arg("grad"), nb::arg("query"),
        nb::arg("key"), nb::arg("value"), nb::arg("result"), nb::arg("log_sum"),
        nb::arg("mask") = nb::none(), nb::kw_only(), nb::arg("causal") = false,
        nb::arg("scale") = nb::none(),
        nb::sig("def attention_backward(grad: typing.Any, query: typing.Any, key: typing.Any, "
                "value: typing.Any, result: typing.Any, log_sum: typing.Any, "
                "mask: typing.Any = None, *, causal: bool = False, scale: float | None = None) "
                "-> tuple[typing.Any, typing.Any, typing.Any]"),
        "The gradients of attention's query, key and value from that of its result.\n\n"
        "result and log_sum are what attention gave for the same arguments. Raises ValueError for "
        "shapes,\nTypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x = numpy.ones((1, 2))\n"
        ">>> result, log_sum = taeda_kernels.attention(x, x, x)\n"
        ">>> taeda_kernels.attention_backward(x, x, x, x, result, log_sum)[2]\n"
        "array([[1., 1.]])");
}

}  // namespace taeda::python
