// Joining, repeating and rearranging tensors.
#include <algorithm>

#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/indexing.h"
#include "taeda/tensor/promotion.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

// cat leaves out tensors of shape (0,): PyTorch's old form of "nothing".
bool is_nothing(const TensorBody& tensor) { return tensor.ndim() == 1 && tensor.size(0) == 0; }

// `count` indices of dimension `dim` from `start` on, as a part of an array.
Array part_of(const Array& array, Dims& shape, int dim, int64_t start, int64_t count) {
  shape = Dims(array.shape);
  shape[dim] = count;
  char* data =
      array.as<char>() + start * array.strides[static_cast<size_t>(dim)] * size_of(array.dtype);
  return {data, array.dtype, shape, array.strides};
}

template <class Op>
Tensor join(const std::vector<Tensor>& tensors, int dim, const Tensor& out) {
  std::vector<TensorBody*> inputs;
  inputs.reserve(tensors.size());
  for (const Tensor& tensor : tensors) inputs.push_back(tensor.body());
  const typename Op::Attributes attributes{dim};
  Call call{.operation = operation<Op>(), .inputs = inputs, .attributes = &attributes};
  if (out.defined()) {
    call.outputs[0] = out;
    call.output_count = 1;
    call.given_out = true;
  }
  pass(call);
  return std::move(call.outputs[0]);
}

}  // namespace

void Cat::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody* first = nullptr;
  int64_t total = 0;
  for (const TensorBody* input : inputs) {
    if (is_nothing(*input)) continue;
    if (!first) first = input;
    bool fits = input->ndim() == first->ndim();
    for (int d = 0; fits && d < first->ndim(); ++d) {
      fits = d == attributes.dim || input->size(d) == first->size(d);
    }
    if (!fits) {
      fail<RuntimeError>(name, ": sizes must match except in dimension ", attributes.dim,
                         ", got shapes ", first->shape(), " and ", input->shape());
    }
    total += input->size(attributes.dim);
  }
  Dims shape = first ? first->shape() : inputs[0]->shape();
  if (first) shape[attributes.dim] = total;
  outputs.add(std::move(shape), result_type(inputs));
}
void Cat::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                 const Attributes& attributes) {
  const Array out = outputs[0]->array();
  int64_t at = 0;
  Dims shape;
  for (const TensorBody* input : inputs) {
    if (is_nothing(*input)) continue;
    const int64_t count = input->size(attributes.dim);
    kernels.elementwise.copy(part_of(out, shape, attributes.dim, at, count), input->array());
    at += count;
  }
}

void Stack::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  Dims shape = inputs[0]->shape();
  for (const TensorBody* input : inputs) {
    if (input->shape() != shape) {
      fail<RuntimeError>(name, ": expects each tensor to be of equal size, got ", shape, " and ",
                         input->shape());
    }
  }
  shape.insert(attributes.dim, static_cast<int64_t>(inputs.size()));
  outputs.add(std::move(shape), result_type(inputs));
}
void Stack::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                   const Attributes& attributes) {
  const Array out = outputs[0]->array();
  Dims part_shape;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Array part = part_of(out, part_shape, attributes.dim, static_cast<int64_t>(i), 1);
    Dims strides = inputs[i]->strides();
    strides.insert(attributes.dim, 0);
    kernels.elementwise.copy(part, {inputs[i]->data(), inputs[i]->dtype(), part.shape, strides});
  }
}

void Flip::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
}
void Flip::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                  const Attributes& attributes) {
  const TensorBody& input = *inputs[0];
  if (input.numel() == 0) return;
  Dims strides = input.strides();
  int64_t start = 0;
  for (int64_t dim : attributes.dims) {
    const int d = static_cast<int>(dim);
    start += (input.size(d) - 1) * strides[d];
    strides[d] = -strides[d];
  }
  char* data = static_cast<char*>(input.data()) + start * size_of(input.dtype());
  kernels.elementwise.copy(outputs[0]->array(), {data, input.dtype(), input.shape(), strides});
}

void Roll::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
}
void Roll::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                  const Attributes& attributes) {
  const TensorBody &input = *inputs[0], &output = *outputs[0];
  if (input.numel() == 0) return;
  Dims rolled;
  for (int d = 0; d < input.ndim(); ++d) {
    if (attributes.shifts[d] != 0) rolled.push_back(d);
  }
  // Each dimension is cut in two: bit i tells which part of the i-th a block takes.
  for (uint64_t block = 0; block < uint64_t{1} << rolled.size(); ++block) {
    Dims shape = input.shape();
    int64_t from = 0, to = 0;
    for (int i = 0; i < rolled.size(); ++i) {
      const int d = static_cast<int>(rolled[i]);
      const int64_t shift = attributes.shifts[d], stays = input.size(d) - shift;
      const bool leaves = block >> i & 1;
      shape[d] = leaves ? shift : stays;
      from += leaves ? stays * input.strides()[d] : 0;
      to += leaves ? 0 : shift * output.strides()[d];
    }
    const auto at = [](const TensorBody& tensor, int64_t offset) {
      return static_cast<char*>(tensor.data()) + offset * size_of(tensor.dtype());
    };
    kernels.elementwise.copy({at(output, to), output.dtype(), shape, output.strides()},
                             {at(input, from), input.dtype(), shape, input.strides()});
  }
}

void Triangle::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  if (inputs[0]->ndim() < 2) {
    fail<RuntimeError>(attributes.lower ? "tril" : "triu",
                       ": at least 2 dimensions are needed, got shape ", inputs[0]->shape());
  }
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
}
void Triangle::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                      const Attributes& attributes) {
  if (inputs[0]->numel() == 0) return;
  kernels.indexing.triangle({.out = outputs[0]->array(),
                             .in = inputs[0]->array(),
                             .diagonal = attributes.diagonal,
                             .lower = attributes.lower});
}

Tensor cat(const std::vector<Tensor>& tensors, int64_t dim, const Tensor& out) {
  if (tensors.empty()) fail<RuntimeError>("cat: expected a non-empty list of Tensors");
  int ndim = 1;
  for (const Tensor& tensor : tensors) {
    if (tensor.ndim() == 0)
      fail<RuntimeError>("cat: zero-dimensional tensors cannot be concatenated");
    if (!is_nothing(*tensor)) ndim = tensor.ndim();
  }
  return join<Cat>(tensors, wrap_dim("cat", dim, ndim), out);
}
Tensor stack(const std::vector<Tensor>& tensors, int64_t dim, const Tensor& out) {
  if (tensors.empty()) fail<RuntimeError>("stack: expected a non-empty list of Tensors");
  return join<Stack>(tensors, wrap_dim("stack", dim, tensors[0].ndim() + 1), out);
}

Tensor flip(const Tensor& input, const Dims& dims) {
  Dims wrapped, seen(input.ndim() + 1, 0);
  for (int64_t dim : dims) {
    const int d = wrap_dim("flip", dim, input.ndim());
    if (seen[d]++) fail<RuntimeError>("flip: dim ", d, " appears twice in ", dims);
    if (input.ndim() > 0) wrapped.push_back(d);
  }
  return run<Flip>({input.body()}, {std::move(wrapped)});
}

Tensor roll(const Tensor& input, const Dims& shifts, const Dims& dims) {
  if (dims.empty() && shifts.size() == 1) {
    return reshape(roll(reshape(input, {-1}), shifts, {0}), input.shape());
  }
  if (shifts.size() != dims.size()) {
    fail<RuntimeError>("roll: shifts ", shifts, " and dims ", dims,
                       " need as many entries as each other");
  }
  Dims whole(input.ndim(), 0);
  bool moves = false;
  for (int i = 0; i < dims.size(); ++i) {
    const int dim = wrap_dim("roll", dims[i], input.ndim());
    const int64_t size = input.ndim() ? input->size(dim) : 0;
    if (size == 0) continue;
    whole[dim] = ((whole[dim] + shifts[i]) % size + size) % size;
  }
  for (int64_t shift : whole) moves |= shift != 0;
  return moves ? run<Roll>({input.body()}, {std::move(whole)}) : clone(input);
}

Tensor repeat(const Tensor& input, const Dims& repeats) {
  const int lead = repeats.size() - input.ndim();
  if (lead < 0) {
    fail<RuntimeError>("repeat: number of dimensions of repeat dims ", repeats,
                       " can not be smaller than number of dimensions of tensor ", input.shape());
  }
  Dims split, expanded, shape;
  for (int d = 0; d < repeats.size(); ++d) {
    const int64_t size = d < lead ? 1 : input->size(d - lead);
    if (repeats[d] < 0) fail<RuntimeError>("repeat: negative count in ", repeats);
    split.push_back(1);
    split.push_back(size);
    expanded.push_back(repeats[d]);
    expanded.push_back(size);
    shape.push_back(repeats[d] * size);
  }
  const Tensor repeated = expand(reshape(input, split), expanded);
  return view(
      run<ToCopy>({repeated.body()}, {input.dtype(), input.device(), MemoryFormat::Contiguous}),
      shape);
}

Tensor tril(const Tensor& input, int64_t diagonal) {
  return run<Triangle>({input.body()}, {diagonal, true});
}
Tensor triu(const Tensor& input, int64_t diagonal) {
  return run<Triangle>({input.body()}, {diagonal, false});
}

}  // namespace taeda
