// Indexing with integer tensors: every such read and write becomes a list of offsets.
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/creation.h"
#include "taeda/tensor/ops/indexing.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

Dims indices_shape(const char* name, Inputs indices) {
  Dims shape = indices[0]->shape();
  for (const TensorBody* index : indices.subspan(1)) {
    if (index->shape() != shape) shape = broadcast_shapes(name, shape, index->shape());
  }
  return shape;
}

bool are_neighbours(const Dims& dims) { return dims.back() - dims[0] + 1 == dims.size(); }

// How the result of an index lies: its dimensions before and after those of the indices.
struct Layout {
  Layout(const TensorBody& source, const Dims& dims, const Dims& positions) {
    const bool in_place = are_neighbours(dims);
    for (int d = 0, k = 0; d < source.ndim(); ++d) {
      if (k < dims.size() && dims[k] == d) {
        ++k;
        continue;
      }
      const bool is_before = in_place && d < dims[0];
      (is_before ? before : after).push_back(source.size(d));
      (is_before ? source_before : source_after).push_back(source.strides()[d]);
    }
    shape = before;
    for (int64_t size : positions) shape.push_back(size);
    for (int64_t size : after) shape.push_back(size);
  }
  Dims before, source_before, after, source_after, shape;
};

Dims broadcast_strides(const TensorBody& tensor, const Dims& shape) {
  Dims strides(shape.size(), 0);
  const int lead = shape.size() - tensor.ndim();
  for (int d = 0; d < tensor.ndim(); ++d) {
    strides[lead + d] = tensor.size(d) == 1 ? 0 : tensor.strides()[d];
  }
  return strides;
}

// The one stride with which several dimensions are walked row-major; false where there is none.
bool merged_stride(Sizes shape, Sizes strides, int64_t& stride) {
  stride = 0;
  int64_t expected = 0;
  bool first = true;
  for (size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 1) continue;
    if (first)
      stride = strides[d];
    else if (strides[d] != expected)
      return false;
    expected = strides[d] * shape[d];
    first = false;
  }
  return true;
}

// The blocks of `indexed` that indices name, and what the call of a kernel borrows.
class NamedBlocks {
 public:
  NamedBlocks(const char* name, const TensorBody& indexed, const Dims& dims, Inputs indices,
              const Dims& positions, const Layout& layout, void* dense, Sizes dense_strides,
              int64_t dense_step)
      : dims_(dims) {
    strides_.reserve(indices.size());
    arrays_.reserve(indices.size());
    for (size_t k = 0; k < indices.size(); ++k) {
      const int dim = static_cast<int>(dims[static_cast<int>(k)]);
      strides_.push_back(broadcast_strides(*indices[k], positions));
      arrays_.push_back({indices[k]->data(), indices[k]->dtype(), positions, strides_[k]});
      sizes_.push_back(indexed.size(dim));
      steps_.push_back(indexed.strides()[dim]);
    }
    const size_t before = static_cast<size_t>(layout.before.size());
    const size_t after = static_cast<size_t>(layout.after.size());
    blocks_ = {.dtype = indexed.dtype(),
               .dense = dense,
               .indexed = indexed.data(),
               .before = layout.before,
               .dense_before = dense_strides.first(before),
               .indexed_before = layout.source_before,
               .after = layout.after,
               .dense_after = dense_strides.last(after),
               .indexed_after = layout.source_after,
               .positions = product(positions),
               .dense_step = dense_step,
               .list = {.operation = name,
                        .indices = arrays_,
                        .dims = dims_,
                        .sizes = sizes_,
                        .strides = steps_}};
  }
  NamedBlocks(const NamedBlocks&) = delete;
  NamedBlocks& operator=(const NamedBlocks&) = delete;

  void skip(int64_t index) { blocks_.list.skipped = index; }
  const IndexedBlocks& operator*() const { return blocks_; }

 private:
  Dims dims_, sizes_, steps_;
  std::vector<Dims> strides_;
  std::vector<Array> arrays_;
  IndexedBlocks blocks_;
};

void take(const KernelTable& kernels, const char* name, const TensorBody& source, const Dims& dims,
          Inputs indices, const TensorBody& out) {
  const Dims positions = indices_shape(name, indices);
  const Layout layout(source, dims, positions);
  const int64_t step = product(layout.after);
  kernels.indexing.take(*NamedBlocks(name, source, dims, indices, positions, layout, out.data(),
                                     out.strides(), step));
}

// Values may be broadcast and of any strides, of the dtype of `target`.
void put(const KernelTable& kernels, const char* name, const TensorBody& target, const Dims& dims,
         Inputs indices, TensorBody& given_values, bool accumulate) {
  const Dims positions = indices_shape(name, indices);
  const Layout layout(target, dims, positions);
  Tensor values(&given_values);
  Dims strides = broadcast_strides(*values, layout.shape);
  const size_t first = static_cast<size_t>(layout.before.size());
  const size_t count = static_cast<size_t>(positions.size());
  int64_t step;
  if (!merged_stride(Sizes(positions), Sizes(strides).subspan(first, count), step)) {
    const Tensor whole = empty(layout.shape, values.dtype(), values.device());
    kernels.elementwise.copy(whole->array(),
                             {values->data(), values.dtype(), layout.shape, strides});
    values = whole;
    strides = values->strides();
    step = product(layout.after);
  }
  kernels.indexing.put(
      *NamedBlocks(name, target, dims, indices, positions, layout, values->data(), strides, step),
      accumulate);
}

void copy_source(const KernelTable& kernels, const TensorBody& source, const TensorBody& out) {
  if (out.data() != source.data()) kernels.elementwise.copy(out.array(), source.array());
}

Tensor as_index(const char* name, const Tensor& index) {
  if (index.dtype() == DType::Int64) return index;
  if (!is_integral(index.dtype())) {
    fail<IndexError>(name, ": tensors used as indices must be integers or bool, got ",
                     index.dtype());
  }
  return to(index, DType::Int64);
}

// The integer indices and their dimensions; masks become the columns of their positions.
void resolve(const Tensor& input, const Indices& given, Dims& dims, Indices& indices) {
  int dim = 0;
  for (const Tensor& somewhere : given) {
    if (!somewhere.defined()) {
      ++dim;
      continue;
    }
    const Tensor each = moved(somewhere, somewhere.dtype(), input.device());
    const bool is_mask = each.dtype() == DType::Bool;
    const int used = is_mask ? each.ndim() : 1;
    if (dim + used > input.ndim()) {
      fail<IndexError>("index: too many indices for a tensor of shape ", input.shape());
    }
    if (!is_mask) {
      dims.push_back(dim++);
      indices.push_back(as_index("index", each));
      continue;
    }
    for (int d = 0; d < used; ++d) {
      if (each->size(d) != input->size(dim + d)) {
        fail<IndexError>("index: the shape of the mask ", each.shape(), " at dimension ", d,
                         " does not match the shape of the indexed tensor ", input.shape(),
                         " at dimension ", dim + d);
      }
    }
    const Tensor positions = nonzero(each);
    for (int d = 0; d < used; ++d) {
      dims.push_back(dim++);
      indices.push_back(select(positions, 1, d));
    }
  }
}

std::vector<TensorBody*> with_indices(std::initializer_list<TensorBody*> first,
                                      const Indices& indices) {
  std::vector<TensorBody*> inputs(first);
  for (const Tensor& each : indices) inputs.push_back(each.body());
  return inputs;
}

// Whether the indices are one mask over all dimensions, or over the first ones.
bool is_one_mask(const Tensor& input, const Indices& indices) {
  return indices.size() == 1 && indices[0].defined() && indices[0].dtype() == DType::Bool &&
         indices[0].ndim() > 0 && indices[0].ndim() <= input.ndim();
}
bool is_whole_mask(const Tensor& input, const Indices& indices) {
  return is_one_mask(input, indices) && indices[0].shape() == input.shape();
}

// That mask on the device of the input: as an index it may come from another one.
Tensor mask_beside(const Tensor& input, const Indices& given) {
  return moved(given[0], DType::Bool, input.device());
}

Tensor put_into(const Tensor& input, const Indices& given, const Tensor& given_values,
                bool accumulate, bool in_place) {
  if (!accumulate && given_values.ndim() == 1 && is_whole_mask(input, given)) {
    const Tensor mask = mask_beside(input, given);
    if (given_values.numel() == kernels(input.device()).indexing.count_nonzero(mask->array())) {
      return masked_scatter(input, mask, given_values, in_place);
    }
  }
  Dims dims;
  Indices indices;
  resolve(input, given, dims, indices);
  Tensor values = to(given_values, input.dtype());
  if (indices.empty()) fail<IndexError>("index_put: at least one index is needed");
  if (in_place && &values->storage() == &input->storage()) values = clone(values);
  std::vector<TensorBody*> inputs = with_indices({input.body(), values.body()}, indices);
  const IndexPut::Attributes attributes{dims, accumulate};
  Call call{.operation = operation<IndexPut>(), .inputs = inputs, .attributes = &attributes};
  if (in_place) {
    call.outputs[0] = input;
    call.output_count = 1;
    call.in_place = call.given_out = true;
  }
  pass(call);
  return std::move(call.outputs[0]);
}

}  // namespace

void Index::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const Dims positions = indices_shape(name, inputs.subspan(1));
  outputs.add(Layout(*inputs[0], attributes.dims, positions).shape, inputs[0]->dtype());
}
void Index::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                   const Attributes& attributes) {
  take(kernels, name, *inputs[0], attributes.dims, inputs.subspan(1), *outputs[0]);
}

void IndexPut::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const Dims positions = indices_shape(name, inputs.subspan(2));
  const Dims shape = Layout(*inputs[0], attributes.dims, positions).shape;
  if (broadcast_shapes(name, shape, inputs[1]->shape()) != shape) {
    fail<RuntimeError>(name, ": values of shape ", inputs[1]->shape(),
                       " do not broadcast to the shape indexed, ", shape);
  }
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
}
void IndexPut::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                      const Attributes& attributes) {
  copy_source(kernels, *inputs[0], *outputs[0]);
  put(kernels, name, *outputs[0], attributes.dims, inputs.subspan(2), *inputs[1],
      attributes.accumulate);
}

void Embedding::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  if (inputs[0]->ndim() != 2) {
    fail<RuntimeError>(name, ": weight must be 2-dimensional, got shape ", inputs[0]->shape());
  }
  Dims shape = inputs[1]->shape();
  shape.push_back(inputs[0]->size(1));
  outputs.add(std::move(shape), inputs[0]->dtype());
}
void Embedding::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                       const Attributes&) {
  take(kernels, name, *inputs[0], {0}, inputs.subspan(1), *outputs[0]);
}

void EmbeddingBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add({attributes.rows, inputs[0]->shape().back()}, inputs[0]->dtype());
}
void EmbeddingBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                               const Attributes& attributes) {
  const TensorBody& out = *outputs[0];
  const uint64_t zero = 0;
  kernels.elementwise.fill(out.array(), &zero);
  const Dims& positions = inputs[1]->shape();
  const Layout layout(out, {0}, positions);
  const Tensor gradient = contiguous(Tensor(inputs[0]));
  NamedBlocks blocks(name, out, {0}, inputs.subspan(1), positions, layout, gradient->data(),
                     gradient->strides(), out.size(1));
  blocks.skip(attributes.padding_idx);
  kernels.indexing.put(*blocks, true);
}

Tensor index(const Tensor& input, const Indices& given) {
  if (is_whole_mask(input, given)) return masked_select(input, mask_beside(input, given));
  Dims dims;
  Indices indices;
  resolve(input, given, dims, indices);
  if (indices.empty()) return input;
  const std::vector<TensorBody*> inputs = with_indices({input.body()}, indices);
  const Index::Attributes attributes{dims};
  Call call{.operation = operation<Index>(), .inputs = inputs, .attributes = &attributes};
  pass(call);
  return std::move(call.outputs[0]);
}

Tensor index_put(const Tensor& input, const Indices& indices, const Tensor& values,
                 bool accumulate) {
  return put_into(input, indices, values, accumulate, false);
}

Tensor index_put_(const Tensor& input, const Indices& indices, const Tensor& values,
                  bool accumulate) {
  if (!accumulate && values.numel() == 1 && values.ndim() == 0 && is_one_mask(input, indices) &&
      Dims(Sizes(input.shape()).first(static_cast<size_t>(indices[0].ndim()))) ==
          indices[0].shape()) {
    Tensor mask = mask_beside(input, indices);
    for (int d = mask.ndim(); d < input.ndim(); ++d) mask = unsqueeze(mask, -1);
    return masked_fill_(input, mask, values);
  }
  return put_into(input, indices, values, accumulate, true);
}

Tensor index_select(const Tensor& input, int64_t dim, const Tensor& index) {
  const int at = wrap_dim("index_select", dim, input.ndim());
  if (index.ndim() > 1) {
    fail<IndexError>("index_select: the index must be a vector, got shape ", index.shape());
  }
  const Tensor list = as_index("index_select", index.ndim() == 0 ? unsqueeze(index, 0) : index);
  if (input.ndim() == 0) return reshape(index_select(unsqueeze(input, 0), 0, list), {});
  return run<Index>({input.body(), list.body()}, {{at}});
}

Tensor embedding(const Tensor& weight, const Tensor& indices, int64_t padding_idx) {
  const Tensor positions = as_index("embedding", indices);
  return run<Embedding>({weight.body(), positions.body()}, {padding_idx});
}
Tensor embedding_backward(const Tensor& gradient, const Tensor& indices, int64_t rows,
                          int64_t padding_idx) {
  return run<EmbeddingBackward>({gradient.body(), indices.body()}, {rows, padding_idx});
}

}  // namespace taeda
