#include "taeda/tensor/ops/elementwise.h"

#include "taeda/tensor/memory_format.h"
#include "taeda/tensor/promotion.h"

namespace taeda {
namespace {

// Strides with which `tensor` is read in a larger shape: 0 where it is broadcast.
void expanded_strides(const TensorBody& tensor, const Dims& shape, int64_t* strides) {
  const int lead = shape.size() - tensor.ndim();
  for (int d = 0; d < lead; ++d) strides[d] = 0;
  for (int d = lead; d < shape.size(); ++d) {
    strides[d] = tensor.size(d - lead) == 1 && shape[d] != 1 ? 0 : tensor.strides()[d - lead];
  }
}

// A result lies in memory as the first operand of its shape does.
Dims strides_like(const TensorBody& input) { return strides_in(MemoryFormat::Preserve, input); }

const char* accepted_kinds(Accepts accepts) {
  switch (accepts) {
    case Accepts::NoBool:
      return "numbers, not bool";
    case Accepts::Bits:
      return "integers or bool";
    case Accepts::Integers:
      return "integers, not bool";
    case Accepts::Floats:
      return "floating-point dtypes";
    case Accepts::All:
      break;
  }
  return "every dtype";
}

// Those that a kernel of another device takes as arguments.
unsigned numbers_among(Inputs inputs, const TensorBody& out, size_t operands) {
  if (out.device().type == DeviceType::CPU) return 0;
  unsigned numbers = 0;
  for (size_t i = 0; i < operands; ++i) {
    if (inputs[i]->device().type == DeviceType::CPU) numbers |= 1u << i;
  }
  return numbers;
}

ElementwiseCall call_of(const ElementwiseFacts& facts, Inputs inputs, const TensorBody& out,
                        std::span<const Array> arrays, Params params, bool contiguous) {
  const DType common = result_type(inputs, facts.decl.promote_from);
  return {.arity = facts.arity,
          .op = facts.index,
          .compute = compute_dtype(facts.decl, common, default_dtype()),
          .out = out.array(),
          .inputs = arrays,
          .params = params,
          .contiguous = contiguous,
          .numbers = numbers_among(inputs, out, arrays.size())};
}

// Apart from the usual case of equal shapes, which then needs no room for strides.
[[gnu::noinline]] void launch_broadcast(const ElementwiseFacts& facts, const KernelTable& kernels,
                                        Inputs inputs, const TensorBody& out, Params params,
                                        size_t operands) {
  int64_t strides[3][kMaxDims];
  const auto array = [&](size_t i) {
    if (i >= operands) return Array();
    expanded_strides(*inputs[i], out.shape(), strides[i]);
    return Array{inputs[i]->data(), inputs[i]->dtype(), out.shape(),
                 Sizes(strides[i], static_cast<size_t>(out.ndim()))};
  };
  const Array arrays[] = {array(0), array(1), array(2)};
  kernels.elementwise.run(call_of(facts, inputs, out, {arrays, operands}, params, false));
}

}  // namespace

void infer_elementwise(const ElementwiseFacts& facts, Inputs inputs, Specs& outputs) {
  const char* name = facts.decl.name;
  const DType common = result_type(inputs, facts.decl.promote_from);
  if (!accepts(facts.decl, common)) {
    fail<RuntimeError>(name, ": takes ", accepted_kinds(facts.decl.accepts), ", got ", common);
  }
  const DType dtype = result_dtype(facts.decl, common, default_dtype());
  const bool one_shape =
      inputs.size() == 1 ||
      (inputs.size() == 2 && (inputs[1]->ndim() == 0 || inputs[0]->shape() == inputs[1]->shape()));
  if (one_shape) {
    return outputs.add(inputs[0]->shape(), dtype, strides_like(*inputs[0]));
  }
  Dims shape = broadcast_shapes(name, inputs[0]->shape(), inputs[1]->shape());
  if (inputs.size() == 3) shape = broadcast_shapes(name, shape, inputs[2]->shape());
  Dims strides;
  for (const TensorBody* input : inputs) {
    if (input->shape() != shape) continue;
    strides = strides_like(*input);
    break;
  }
  outputs.add(std::move(shape), dtype, std::move(strides));
}

void launch_elementwise(const ElementwiseFacts& facts, const KernelTable& kernels, Inputs inputs,
                        Outputs outputs, Params params, size_t operands) {
  const TensorBody& out = *outputs[0];
  bool contiguous = out.is_contiguous();
  for (size_t i = 0; i < operands; ++i) {
    if (inputs[i]->shape() != out.shape()) {
      return launch_broadcast(facts, kernels, inputs, out, params, operands);
    }
    contiguous &= inputs[i]->is_contiguous();
  }
  const auto array = [&](size_t i) { return i < operands ? inputs[i]->array() : Array(); };
  const Array arrays[] = {array(0), array(1), array(2)};
  kernels.elementwise.run(call_of(facts, inputs, out, {arrays, operands}, params, contiguous));
}

}  // namespace taeda
