// The rules of dtype promotion, for those who ask before they compute.
#include "taeda/tensor/promotion.h"

#include "bindings.h"

namespace taeda::python {

void bind_promotion(nb::module_& m) {
  m.def(
      "result_type",
      [](const Operand& tensor1, const Operand& tensor2) {
        TensorBody* const operands[] = {tensor1.body(), tensor2.body()};
        return result_type(Inputs(operands, 2));
      },
      nb::arg("tensor1"), nb::arg("tensor2"),
      "The dtype of the result of an operation on the two.\n\n"
      ">>> result_type(tensor([1, 2]), 1.0)\ntaeda.float32");
  m.def(
      "promote_types", [](DType type1, DType type2) { return promote(type1, type2); },
      nb::arg("type1"), nb::arg("type2"), "The smallest dtype to which both can be cast.");
  m.def(
      "can_cast", [](DType from_, DType to) { return can_cast(from_, to); }, nb::arg("from_"),
      nb::arg("to"), "Whether a result of one dtype may be written into another.");
}

}  // namespace taeda::python
