// Products of matrices and vectors, and the operator @.
#include "taeda/tensor/ops/matmul.h"

#include "results.h"
#include "slots.h"

namespace taeda::python {
namespace {

using Binary = Tensor (*)(const Tensor&, const Tensor&, const Tensor&);

// Function with `out=`, and method.
void bind_product(nb::module_& m, TensorClass& tensor, const char* name, Binary function,
                  const char* other, const char* doc) {
  m.def(
      name,
      [function](const Tensor& input, const Tensor& second, const OptionalTensor& out) {
        return function(input, second, given(out));
      },
      nb::arg("input"), nb::arg(other), nb::kw_only(), nb::arg("out") = nb::none(), doc);
  tensor.def(
      name,
      [function](const Tensor& self, const Tensor& second) { return function(self, second, {}); },
      nb::arg(other), doc);
}

using Ternary = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, double, double,
                           const Tensor&);

void bind_add_product(nb::module_& m, TensorClass& tensor, const char* name,
                      const char* in_place_name, Ternary function, const char* first,
                      const char* second, const char* doc) {
  m.def(
      name,
      [function](const Tensor& input, const Tensor& a, const Tensor& b, double beta, double alpha,
                 const OptionalTensor& out) {
        return function(input, a, b, beta, alpha, given(out));
      },
      nb::arg("input"), nb::arg(first), nb::arg(second), nb::kw_only(), nb::arg("beta") = 1.0,
      nb::arg("alpha") = 1.0, nb::arg("out") = nb::none(), doc);
  tensor.def(
      name,
      [function](const Tensor& self, const Tensor& a, const Tensor& b, double beta, double alpha) {
        return function(self, a, b, beta, alpha, {});
      },
      nb::arg(first), nb::arg(second), nb::kw_only(), nb::arg("beta") = 1.0, nb::arg("alpha") = 1.0,
      doc);
  tensor.def(
      in_place_name,
      [](const Tensor& self, const Tensor& a, const Tensor& b, double beta, double alpha) {
        return run_in_place<AddMatmul>({self.body(), a.body(), b.body()}, {beta, alpha});
      },
      nb::arg(first), nb::arg(second), nb::kw_only(), nb::arg("beta") = 1.0, nb::arg("alpha") = 1.0,
      "In place: beta * self + alpha * (a @ b).");
}

}  // namespace

PyObject* matmul_slot(PyObject* left, PyObject* right) noexcept {
  return slot([&]() -> PyObject* {
    SlotOperand a, b;
    if (!a.read(left) || !b.read(right) || a.body()->wrapped_number || b.body()->wrapped_number) {
      return Py_NewRef(Py_NotImplemented);
    }
    return to_python(run<Matmul>({a.body(), b.body()}));
  });
}

void bind_matmul(nb::module_& m, TensorClass& tensor) {
  bind_product(m, tensor, "matmul", matmul, "other",
               "The product of (..., m, k) and (..., k, n): (..., m, n); leading dimensions "
               "broadcast.\n\nA vector on the left is a row, one on the right a column, and the "
               "result lacks that\ndimension. Raises RuntimeError where inner sizes or dtypes "
               "differ.\n\n>>> (tensor([[1., 2.]]) @ tensor([3., 4.])).tolist()\n[11.0]");
  bind_product(m, tensor, "mm", mm, "mat2", "The product of matrices (m, k) and (k, n): (m, n).");
  bind_product(m, tensor, "bmm", bmm, "mat2",
               "Products of matrices (b, m, k) and (b, k, n), one by one: (b, m, n).");
  bind_product(m, tensor, "mv", mv, "vec",
               "The product of a matrix (m, k) and a vector (k,): (m,).");
  bind_product(m, tensor, "dot", dot, "tensor",
               "The sum of the products of two vectors' elements.");
  bind_add_product(m, tensor, "addmm", "addmm_", addmm, "mat1", "mat2",
                   "beta * input + alpha * (mat1 @ mat2); input broadcasts to the product.");
  bind_add_product(m, tensor, "baddbmm", "baddbmm_", baddbmm, "batch1", "batch2",
                   "beta * input + alpha * (batch1 @ batch2), matrix by matrix.");
  m.def(
      "linear",
      [](const Tensor& input, const Tensor& weight, const OptionalTensor& bias) {
        return linear(input, weight, given(bias));
      },
      nb::arg("input"), nb::arg("weight"), nb::arg("bias") = nb::none(),
      "input @ weight.T + bias of (..., in), (out, in) and (out,): (..., out).");
}

}  // namespace taeda::python
