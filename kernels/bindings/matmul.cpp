// Matrix products on arrays.
#include "taeda/kernels/ops/matmul.h"

#include "activation.h"
#include "arrays.h"
#include "bindings.h"
#include "taeda/kernels/registry.h"

namespace taeda::python {
namespace {

using Shape = std::vector<int64_t>;

void check(const Array& a, const Array& b) {
  if (a.ndim() < 2 || b.ndim() < 2) {
    fail<ValueError>("matmul: a and b must be matrices, got ", ShapeText{a.shape}, " and ",
                     ShapeText{b.shape}, "; give a vector a second axis");
  }
  if (a.dtype != b.dtype || a.dtype == DType::Bool) {
    fail<TypeError>("matmul: a and b must be numbers of one dtype, got ", a.dtype, " and ",
                    b.dtype);
  }
  if (a.shape.back() != b.shape[b.shape.size() - 2]) {
    fail<ValueError>("matmul: inner sizes differ: ", ShapeText{a.shape}, " @ ", ShapeText{b.shape});
  }
}

Sizes leading(Sizes shape) { return shape.first(shape.size() - 2); }

// The strides of a matrix, preceded by those under which its leading axes broadcast.
Shape strides_in(const Array& array, Sizes batch) {
  const Array lead{array.data, array.dtype, leading(array.shape), leading(array.strides)};
  Shape strides = broadcast_strides(lead, batch);
  strides.insert(strides.end(), array.strides.end() - 2, array.strides.end());
  return strides;
}

Shape with_matrix(Sizes batch, int64_t rows, int64_t columns) {
  Shape shape(batch.begin(), batch.end());
  shape.push_back(rows);
  shape.push_back(columns);
  return shape;
}

nb::object matmul(nb::handle a_object, nb::handle b_object, nb::handle addend_object, double alpha,
                  double beta, nb::handle activation, nb::handle out_object) {
  const Operand a_operand("matmul", "a", a_object), b_operand("matmul", "b", b_object);
  const Array a = a_operand.array(), b = b_operand.array();
  check(a, b);
  const Sizes leads[] = {leading(a.shape), leading(b.shape)};
  const Shape batch = broadcast_shapes("matmul", leads);
  const int64_t m = a.shape[a.shape.size() - 2], k = a.shape.back(), n = b.shape.back();
  const Shape shape = with_matrix(batch, m, n);
  const Activation fused("matmul", activation, a.dtype);

  const Shape a_shape = with_matrix(batch, m, k), b_shape = with_matrix(batch, k, n);
  const Shape a_strides = strides_in(a, batch), b_strides = strides_in(b, batch);
  std::optional<Operand> addend;
  Shape addend_strides;
  std::vector<Array> read{a, b};
  if (!addend_object.is_none()) {
    addend.emplace("matmul", "addend", addend_object);
    const Sizes shapes[] = {shape, addend->shape()};
    if (broadcast_shapes("matmul", shapes) != shape) {
      fail<ValueError>("matmul: the addend ", ShapeText{addend->shape()},
                       " does not broadcast to the product ", ShapeText{shape});
    }
    addend_strides = broadcast_strides(addend->array(), shape);
    read.push_back(addend->array());
  }
  const Output result = output_for("matmul", out_object, a.dtype, shape);
  if (!out_object.is_none()) check_overlap("matmul", result.array(), read, false);

  MatmulCall call{
      result.array(), {a.data, a.dtype, a_shape, a_strides}, {b.data, b.dtype, b_shape, b_strides}};
  call.alpha = alpha;
  call.beta = beta;
  if (addend) call.addend = {addend->array().data, addend->dtype(), shape, addend_strides};
  call.activation = fused.index();
  call.activation_params = fused.params();
  const ReleaseForLarge release(result.array().numel() + a.numel() + b.numel());
  kernels(DeviceType::CPU).matmul.run(call);
  return result.object();
}

}  // namespace

void init_matmul(nb::module_& m) {
  m.def(
      "matmul", &matmul, nb::arg("a"), nb::arg("b"), nb::kw_only(), nb::arg("addend") = nb::none(),
      nb::arg("alpha") = 1.0, nb::arg("beta") = 1.0, nb::arg("activation") = nb::none(),
      nb::arg("out") = nb::none(),
      nb::sig("def matmul(a: typing.Any, b: typing.Any, *, addend: typing.Any = None, "
              "alpha: float = 1.0, beta: float = 1.0, activation: str | None = None, "
              "out: typing.Any = None) -> typing.Any"),
      "activation(alpha * (a @ b) + beta * addend) of (..., m, k) and (..., k, n): (..., m, n).\n\n"
      "Leading axes broadcast; the addend, a bias say, broadcasts to the product; the activation\n"
      "is the name of an elementwise operation of one operand. Each element is summed over k in\n"
      "ascending order, so that a row has the same bits alone and in a batch. float16 and\n"
      "bfloat16 are summed in float32, integers wrap around. Raises ValueError for shapes that do\n"
      "not fit and an `out` that overlaps an operand, TypeError for dtypes.\n\n"
      ">>> import numpy, taeda_kernels\n"
      ">>> taeda_kernels.matmul(numpy.eye(2), numpy.ones((2, 2)), addend=numpy.array([0.0, 1.0]))\n"
      "array([[1., 2.],\n"
      "       [1., 2.]])");
}

}  // namespace taeda::python
