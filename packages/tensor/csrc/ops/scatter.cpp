// gather, scatter and masks.
#include <limits>

#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/ops/indexing.h"
#include "taeda/tensor/promotion.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

void check_index(const char* name, const TensorBody& input, const TensorBody& index, int dim) {
  if (index.dtype() != DType::Int64) {
    fail<RuntimeError>(name, ": expected dtype int64 for index, got ", index.dtype());
  }
  if (std::max(index.ndim(), 1) != std::max(input.ndim(), 1)) {
    fail<RuntimeError>(name, ": index must have as many dimensions as the input, got shapes ",
                       index.shape(), " and ", input.shape());
  }
  for (int d = 0; d < index.ndim() && index.numel() > 0; ++d) {
    const int64_t size = input.ndim() ? input.size(d) : 1;
    if (d != dim && index.size(d) > size) {
      fail<RuntimeError>(name, ": size of index ", index.shape(), " exceeds that of the input ",
                         input.shape(), " at dimension ", d, ", apart from dimension ", dim);
    }
  }
}

// A zero-dimensional tensor takes part as a vector of one element.
Array at_least_1d(const TensorBody& tensor) {
  static constexpr int64_t one = 1;
  Array array = tensor.array();
  if (tensor.ndim() == 0) array.shape = array.strides = Sizes(&one, 1);
  return array;
}

Tensor mask_like(const char* name, const Tensor& input, const Tensor& mask) {
  if (mask.dtype() != DType::Bool) {
    fail<RuntimeError>(name, ": expected a mask of dtype bool, got ", mask.dtype());
  }
  return broadcast_to(mask, input.shape());
}

// The value that leaves every other unchanged.
Tensor neutral(ScatterReduction reduction, DType dtype, Device device) {
  const auto number = [&]() -> Scalar {
    switch (reduction) {
      case ScatterReduction::Product:
        return 1;
      case ScatterReduction::Maximum:
      case ScatterReduction::Minimum: {
        const bool largest = reduction == ScatterReduction::Minimum;
        if (is_floating(dtype)) {
          const double infinity = std::numeric_limits<double>::infinity();
          return largest ? infinity : -infinity;
        }
        if (dtype == DType::Bool) return largest;
        const int digits = static_cast<int>(size_of(dtype)) * 8 - facts(dtype).is_signed;
        const int64_t highest = static_cast<int64_t>((uint64_t{1} << digits) - 1);
        return largest ? highest : facts(dtype).is_signed ? -highest - 1 : int64_t{0};
      }
      default:
        return 0;
    }
  };
  return scalar_tensor(number(), dtype, device);
}

ScatterOp op_of(ScatterReduction reduction) {
  switch (reduction) {
    case ScatterReduction::Product:
      return ScatterOp::Multiply;
    case ScatterReduction::Maximum:
      return ScatterOp::Maximum;
    case ScatterReduction::Minimum:
      return ScatterOp::Minimum;
    default:
      return ScatterOp::Add;
  }
}

Tensor fill_value(const Tensor& input, const Tensor& value) {
  if (value.ndim() != 0) {
    fail<RuntimeError>("masked_fill: the value must be a number or have 0 dimensions, got shape ",
                       value.shape());
  }
  return to(value, input.dtype());
}

}  // namespace

void Gather::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  check_index(name, *inputs[0], *inputs[1], attributes.dim);
  outputs.add(inputs[1]->shape(), inputs[0]->dtype());
}
void Gather::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                    const Attributes& attributes) {
  if (inputs[1]->numel() == 0) return;
  kernels.indexing.gather({.operation = name,
                           .op = ScatterOp::Assign,
                           .dim = attributes.dim,
                           .index = at_least_1d(*inputs[1]),
                           .values = at_least_1d(*outputs[0]),
                           .indexed = at_least_1d(*inputs[0])});
}

void Scatter::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody &input = *inputs[0], &index = *inputs[1], &values = *inputs[2];
  check_index(name, input, index, attributes.dim);
  if (values.dtype() != input.dtype()) {
    fail<RuntimeError>(name, ": the values must have the dtype written, ", input.dtype(), ", got ",
                       values.dtype());
  }
  for (int d = 0; d < index.ndim() && index.numel() > 0; ++d) {
    if (values.ndim() != index.ndim() || values.size(d) < index.size(d)) {
      fail<RuntimeError>(name, ": values of shape ", values.shape(),
                         " do not cover the index's shape ", index.shape());
    }
  }
  outputs.add(input.shape(), input.dtype());
}
void Scatter::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
  const TensorBody &input = *inputs[0], &out = *outputs[0];
  if (out.data() != input.data()) kernels.elementwise.copy(out.array(), input.array());
  if (inputs[1]->numel() == 0) return;
  kernels.indexing.scatter({.operation = name,
                            .op = attributes.op,
                            .dim = attributes.dim,
                            .index = at_least_1d(*inputs[1]),
                            .values = at_least_1d(*inputs[2]),
                            .indexed = at_least_1d(out)});
}

void MaskedFill::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(broadcast_shapes(name, inputs[0]->shape(), inputs[1]->shape()), inputs[0]->dtype());
}
void MaskedFill::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                        const Attributes&) {
  TensorBody* const operands[] = {inputs[1], inputs[2], inputs[0]};
  launch_elementwise(Elementwise<Where>::facts(), kernels, operands, outputs, nullptr,
                     std::size(operands));
}

void MaskedSelect::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add({attributes.count}, inputs[0]->dtype());
}
void MaskedSelect::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                          const Attributes&) {
  kernels.indexing.masked_select(outputs[0]->array(), inputs[0]->array(), inputs[1]->array());
}

void MaskedScatter::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
}
void MaskedScatter::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                           const Attributes&) {
  const TensorBody &input = *inputs[0], &out = *outputs[0];
  if (out.data() != input.data()) kernels.elementwise.copy(out.array(), input.array());
  kernels.indexing.masked_put(out.array(), inputs[1]->array(), inputs[2]->array());
}

void Nonzero::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add({attributes.count, inputs[0]->ndim()}, DType::Int64);
}
void Nonzero::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes&) {
  kernels.indexing.nonzero(outputs[0]->array(), inputs[0]->array());
}

Tensor gather(const Tensor& input, int64_t dim, const Tensor& index) {
  return run<Gather>({input.body(), index.body()}, {wrap_dim("gather", dim, input.ndim())});
}
Tensor scatter(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& given,
               ScatterOp op, bool in_place) {
  const Scatter::Attributes attributes{wrap_dim("scatter", dim, input.ndim()), op};
  const bool is_linear = op == ScatterOp::Assign || op == ScatterOp::Add;
  const bool overlaps = in_place && &given->storage() == &input->storage();
  const Tensor values = overlaps ? clone(given) : given;
  const TensorBodies inputs{input.body(), index.body(), values.body()};
  if (!in_place) {
    return is_linear ? run<Scatter>(inputs, attributes) : run<ScatterReduce>(inputs, attributes);
  }
  return is_linear ? run_in_place<Scatter>(inputs, attributes)
                   : run_in_place<ScatterReduce>(inputs, attributes);
}

Tensor scatter_reduce(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& values,
                      ScatterReduction reduction, bool include_self) {
  const Tensor start =
      include_self
          ? input
          : scatter(input, dim, index,
                    expand(neutral(reduction, input.dtype(), input.device()), index.shape()));
  const Tensor combined = scatter(start, dim, index, values, op_of(reduction));
  if (reduction != ScatterReduction::Mean) return combined;
  const Tensor one = scalar_tensor(1, input.dtype(), input.device());
  const Tensor before = include_self ? ones_like(input) : zeros_like(input);
  const Tensor counts =
      apply<Maximum>(scatter(before, dim, index, expand(one, index.shape()), ScatterOp::Add), one);
  return is_floating(input.dtype()) ? combined / counts : apply<FloorDivide>(combined, counts);
}

Tensor take_along_dim(const Tensor& input, const Tensor& index, int64_t dim) {
  const int at = wrap_dim("take_along_dim", dim, input.ndim());
  if (input.ndim() != index.ndim()) {
    fail<RuntimeError>(
        "take_along_dim: input and index need as many dimensions as each other, got shapes ",
        input.shape(), " and ", index.shape());
  }
  Dims without = input.shape(), other = index.shape();
  if (input.ndim() > 0) without[at] = other[at] = 1;
  const Dims shape = broadcast_shapes("take_along_dim", without, other);
  Dims input_shape = shape, index_shape = shape;
  if (input.ndim() > 0) {
    input_shape[at] = input->size(at);
    index_shape[at] = index->size(at);
  }
  return gather(broadcast_to(input, input_shape), at, broadcast_to(index, index_shape));
}

Tensor masked_fill(const Tensor& input, const Tensor& mask, const Tensor& value) {
  if (mask.dtype() != DType::Bool) mask_like("masked_fill", input, mask);
  const Tensor filled = fill_value(input, value);
  return run<MaskedFill>({input.body(), mask.body(), filled.body()});
}
Tensor masked_fill_(const Tensor& input, const Tensor& mask, const Tensor& value) {
  const Tensor whole = mask_like("masked_fill_", input, mask);
  const Tensor filled = fill_value(input, value);
  return run_in_place<MaskedFill>({input.body(), whole.body(), filled.body()});
}

Tensor masked_select(const Tensor& input, const Tensor& mask) {
  const Dims shape = broadcast_shapes("masked_select", input.shape(), mask.shape());
  const Tensor whole = broadcast_to(input, shape), flags = mask_like("masked_select", whole, mask);
  const int64_t count = kernels(mask.device()).indexing.count_nonzero(flags->array());
  return run<MaskedSelect>({whole.body(), flags.body()}, {count});
}

Tensor masked_scatter(const Tensor& input, const Tensor& mask, const Tensor& source,
                      bool in_place) {
  const Tensor flags = mask_like("masked_scatter", input, mask);
  const int64_t count = kernels(mask.device()).indexing.count_nonzero(flags->array());
  if (count > source.numel()) {
    fail<RuntimeError>("masked_scatter: the mask holds at ", count, " positions, the source has ",
                       source.numel(), " elements");
  }
  const Tensor list = reshape(to(source, input.dtype()), {source.numel()});
  Tensor values = contiguous(count == source.numel() ? list : narrow(list, 0, 0, count));
  if (!in_place) return run<MaskedScatter>({input.body(), flags.body(), values.body()});
  if (&values->storage() == &input->storage()) values = clone(values);
  return run_in_place<MaskedScatter>({input.body(), flags.body(), values.body()});
}

Tensor nonzero(const Tensor& input) {
  const int64_t count = kernels(input.device()).indexing.count_nonzero(input->array());
  return run<Nonzero>({input.body()}, {count});
}

}  // namespace taeda
