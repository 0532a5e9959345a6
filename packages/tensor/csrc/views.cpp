#include "taeda/tensor/views.h"

#include <algorithm>

#include "taeda/tensor/ops/copy.h"

namespace taeda {
namespace {

// Strides that show the elements of (shape, strides) in row-major order as `target`, if there are
// any: runs of dimensions that lie without gaps may be cut anew.
bool strides_for(const Dims& shape, const Dims& strides, const Dims& target, Dims& result) {
  result.resize(target.size());
  if (product(shape) == 0) {
    result = contiguous_strides(target);
    return true;
  }
  int t = target.size() - 1;
  int64_t run_elements = 1, target_elements = 1;
  int64_t run_stride = shape.empty() ? 1 : strides.back();
  for (int d = shape.size() - 1; d >= 0; --d) {
    run_elements *= shape[d];
    const bool run_ends =
        d == 0 || (shape[d - 1] != 1 && strides[d - 1] != run_elements * run_stride);
    if (!run_ends) continue;
    while (t >= 0 && (target_elements < run_elements || target[t] == 1)) {
      result[t] = target_elements * run_stride;
      target_elements *= target[t--];
    }
    if (target_elements != run_elements) return false;
    if (d > 0) {
      run_stride = strides[d - 1];
      run_elements = target_elements = 1;
    }
  }
  for (; t >= 0; --t) result[t] = run_stride;  // leading ones
  return true;
}

// The shape with its one -1 worked out.
Dims resolve_shape(const char* name, int64_t numel, Dims shape) {
  int unknown = -1;
  int64_t known = 1;
  for (int d = 0; d < shape.size(); ++d) {
    if (shape[d] == -1) {
      if (unknown >= 0)
        fail<RuntimeError>(name, ": only one dimension can be inferred, got ", shape);
      unknown = d;
    } else if (shape[d] < 0) {
      fail<RuntimeError>(name, ": invalid shape dimension ", shape[d], " in ", shape);
    } else {
      known *= shape[d];
    }
  }
  if (unknown >= 0) {
    if (known == 0) {
      fail<RuntimeError>(name, ": -1 is ambiguous beside a size of 0 in ", shape);
    }
    if (numel % known == 0) shape[unknown] = numel / known, known = numel;
  }
  if (known != numel) {
    fail<RuntimeError>(name, ": shape ", shape, " is invalid for input of size ", numel);
  }
  return shape;
}

}  // namespace

ViewSpec Permute::view(const TensorBody& input, const Attributes& attributes) {
  ViewSpec spec{attributes.dims, attributes.dims, input.offset()};
  for (int d = 0; d < attributes.dims.size(); ++d) {
    const int from = static_cast<int>(attributes.dims[d]);
    spec.shape[d] = input.size(from);
    spec.strides[d] = input.strides()[from];
  }
  return spec;
}

ViewSpec View::view(const TensorBody& input, const Attributes& attributes) {
  Dims strides;
  if (input.is_contiguous()) {
    strides = contiguous_strides(attributes.shape);
  } else if (!strides_for(input.shape(), input.strides(), attributes.shape, strides)) {
    fail<RuntimeError>("view: shape ", attributes.shape, " cannot be a view of shape ",
                       input.shape(), " with strides ", input.strides(),
                       "; use .reshape(...), which copies where it must");
  }
  return {attributes.shape, std::move(strides), input.offset()};
}

ViewSpec Expand::view(const TensorBody& input, const Attributes& attributes) {
  const Dims& shape = attributes.shape;
  Dims strides(shape.size(), 0);
  const int lead = shape.size() - input.ndim();
  for (int d = 0; d < input.ndim(); ++d) {
    strides[lead + d] = input.size(d) == shape[lead + d] ? input.strides()[d] : 0;
  }
  return {shape, std::move(strides), input.offset()};
}

ViewSpec Slice::view(const TensorBody& input, const Attributes& attributes) {
  ViewSpec spec{input.shape(), input.strides(), input.offset()};
  const int dim = attributes.dim;
  if (attributes.length > 0) spec.offset += attributes.start * spec.strides[dim];
  spec.shape[dim] = attributes.length;
  spec.strides[dim] *= attributes.step;
  return spec;
}

ViewSpec Select::view(const TensorBody& input, const Attributes& attributes) {
  ViewSpec spec{input.shape(), input.strides(), input.offset()};
  spec.offset += attributes.index * spec.strides[attributes.dim];
  spec.shape.erase(attributes.dim);
  spec.strides.erase(attributes.dim);
  return spec;
}

ViewSpec Diagonal::view(const TensorBody& input, const Attributes& attributes) {
  const auto [offset, dim1, dim2] = attributes;
  ViewSpec spec{input.shape(), input.strides(), input.offset()};
  const int64_t rows = spec.shape[dim1], columns = spec.shape[dim2];
  const int64_t row_stride = spec.strides[dim1], column_stride = spec.strides[dim2];
  const int64_t length =
      offset >= 0 ? std::min(rows, columns - offset) : std::min(rows + offset, columns);
  if (length > 0) spec.offset += offset >= 0 ? offset * column_stride : -offset * row_stride;
  for (int dim : {std::max(dim1, dim2), std::min(dim1, dim2)}) {
    spec.shape.erase(dim);
    spec.strides.erase(dim);
  }
  spec.shape.push_back(std::max<int64_t>(length, 0));
  spec.strides.push_back(row_stride + column_stride);
  return spec;
}

ViewSpec Unfold::view(const TensorBody& input, const Attributes& attributes) {
  ViewSpec spec{input.shape(), input.strides(), input.offset()};
  const int64_t stride = input.ndim() == 0 ? 1 : spec.strides[attributes.dim];
  if (input.ndim() > 0) {
    spec.shape[attributes.dim] =
        (spec.shape[attributes.dim] - attributes.size) / attributes.step + 1;
    spec.strides[attributes.dim] = stride * attributes.step;
  }
  spec.shape.push_back(attributes.size);
  spec.strides.push_back(stride);
  return spec;
}

ViewSpec AsStrided::view(const TensorBody&, const Attributes& attributes) {
  return {attributes.shape, attributes.strides, attributes.offset};
}

Tensor permute(const Tensor& input, const Dims& dims) {
  const int ndim = input.ndim();
  if (dims.size() != ndim) {
    fail<RuntimeError>("permute: ", ndim, " dims are needed for shape ", input.shape(), ", got ",
                       dims);
  }
  Dims wrapped = dims;
  Dims seen(ndim, 0);
  for (int d = 0; d < ndim; ++d) {
    wrapped[d] = wrap_dim("permute", dims[d], ndim);
    if (seen[static_cast<int>(wrapped[d])]++) {
      fail<RuntimeError>("permute: dim ", wrapped[d], " appears twice in ", dims);
    }
  }
  return run<Permute>({input.body()}, {std::move(wrapped)});
}

Tensor transpose(const Tensor& input, int64_t dim0, int64_t dim1) {
  const int ndim = input.ndim();
  const int a = wrap_dim("transpose", dim0, ndim), b = wrap_dim("transpose", dim1, ndim);
  Dims dims(ndim, 0);
  for (int d = 0; d < ndim; ++d) dims[d] = d;
  if (ndim > 0) std::swap(dims[a], dims[b]);
  return run<Permute>({input.body()}, {std::move(dims)});
}

Tensor view(const Tensor& input, const Dims& shape) {
  return run<View>({input.body()}, {resolve_shape("view", input.numel(), shape)});
}

Tensor reshape(const Tensor& input, const Dims& shape) {
  Dims resolved = resolve_shape("reshape", input.numel(), shape);
  Dims strides;
  const bool viewable =
      input->is_contiguous() || strides_for(input.shape(), input->strides(), resolved, strides);
  const Tensor source = viewable ? input : contiguous(input);
  return run<View>({source.body()}, {std::move(resolved)});
}

Tensor flatten(const Tensor& input, int64_t start_dim, int64_t end_dim) {
  const int ndim = input.ndim();
  const int start = wrap_dim("flatten", start_dim, ndim), end = wrap_dim("flatten", end_dim, ndim);
  if (ndim == 0) return reshape(input, {1});
  if (start > end) {
    fail<RuntimeError>("flatten: start_dim ", start_dim, " comes after end_dim ", end_dim);
  }
  if (start == end) return input;
  Dims shape;
  int64_t flat = 1;
  for (int d = 0; d < ndim; ++d) {
    if (d < start || d > end)
      shape.push_back(input->size(d));
    else
      flat *= input->size(d);
    if (d == end) shape.push_back(flat);
  }
  return reshape(input, shape);
}

Tensor expand(const Tensor& input, const Dims& shape) {
  const int lead = shape.size() - input.ndim();
  if (lead < 0) {
    fail<RuntimeError>("expand: the number of sizes in ", shape, " must be at least the ",
                       input.ndim(), " dimensions of shape ", input.shape());
  }
  Dims resolved = shape;
  for (int d = 0; d < shape.size(); ++d) {
    const int64_t own = d < lead ? 1 : input->size(d - lead);
    if (shape[d] == -1 && d >= lead)
      resolved[d] = own;
    else if (shape[d] < 0 || (own != 1 && own != shape[d])) {
      fail<RuntimeError>("expand: size ", shape[d], " at dimension ", d, " of ", shape,
                         " does not fit the input's shape ", input.shape(),
                         "; only dimensions of size 1 can be expanded");
    }
  }
  return run<Expand>({input.body()}, {std::move(resolved)});
}

Tensor broadcast_to(const Tensor& input, const Dims& shape) {
  return input.shape() == shape ? input : expand(input, shape);
}

Tensor squeeze(const Tensor& input) {
  Dims shape;
  for (int64_t size : input.shape()) {
    if (size != 1) shape.push_back(size);
  }
  return run<View>({input.body()}, {std::move(shape)});
}

Tensor squeeze(const Tensor& input, int64_t dim) {
  const int at = wrap_dim("squeeze", dim, input.ndim());
  Dims shape = input.shape();
  if (input.ndim() > 0 && shape[at] == 1) shape.erase(at);
  return run<View>({input.body()}, {std::move(shape)});
}

Tensor unsqueeze(const Tensor& input, int64_t dim) {
  const int at = wrap_dim("unsqueeze", dim, input.ndim() + 1);
  Dims shape = input.shape();
  shape.insert(at, 1);
  return run<View>({input.body()}, {std::move(shape)});
}

Tensor slice(const Tensor& input, int64_t dim, int64_t start, int64_t end, int64_t step) {
  if (input.ndim() == 0) fail<IndexError>("slice: a zero-dimensional tensor cannot be sliced");
  const int at = wrap_dim("slice", dim, input.ndim());
  if (step == 0) fail<ValueError>("slice: the step cannot be zero");
  const int64_t size = input->size(at);
  // Python's rules: negative bounds count from the end, then both are clipped.
  const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const auto clip = [&](int64_t bound) {
    return std::clamp(bound < 0 ? bound + size : bound, low, high);
  };
  start = clip(start);
  end = clip(end);
  const int64_t length = step > 0 ? std::max<int64_t>(0, (end - start + step - 1) / step)
                                  : std::max<int64_t>(0, (start - end - step - 1) / -step);
  return run<Slice>({input.body()}, {at, start, length, step});
}

Tensor narrow(const Tensor& input, int64_t dim, int64_t start, int64_t length) {
  if (input.ndim() == 0)
    fail<RuntimeError>("narrow: a zero-dimensional tensor has nothing to narrow");
  const int at = wrap_dim("narrow", dim, input.ndim());
  const int64_t size = input->size(at);
  if (start < -size || start > size) {
    fail<IndexError>("narrow: start ", start, " is out of range [", -size, ", ", size, "]");
  }
  if (start < 0) start += size;
  if (length < 0 || start + length > size) {
    fail<RuntimeError>("narrow: start ", start, " + length ", length, " exceeds dimension size ",
                       size, " of shape ", input.shape());
  }
  return run<Slice>({input.body()}, {at, start, length, 1});
}

Tensor select(const Tensor& input, int64_t dim, int64_t index) {
  if (input.ndim() == 0) {
    fail<IndexError>("select: a zero-dimensional tensor cannot be indexed; use .item()");
  }
  const int at = wrap_dim("select", dim, input.ndim());
  const int64_t size = input->size(at);
  if (index < -size || index >= size) {
    fail<IndexError>("index ", index, " is out of bounds for dimension ", at, " with size ", size,
                     " of shape ", input.shape());
  }
  return run<Select>({input.body()}, {at, index < 0 ? index + size : index});
}

Tensor diagonal(const Tensor& input, int64_t offset, int64_t dim1, int64_t dim2) {
  const int a = wrap_dim("diagonal", dim1, input.ndim()),
            b = wrap_dim("diagonal", dim2, input.ndim());
  if (a == b) {
    fail<RuntimeError>("diagonal: two different dims are needed, got ", dim1, " and ", dim2,
                       " of shape ", input.shape());
  }
  return run<Diagonal>({input.body()}, {offset, a, b});
}

Tensor unfold(const Tensor& input, int64_t dim, int64_t size, int64_t step) {
  const int at = wrap_dim("unfold", dim, input.ndim());
  const int64_t available = input.ndim() == 0 ? 1 : input->size(at);
  if (step <= 0) fail<RuntimeError>("unfold: the step must be positive, got ", step);
  if (size < 0 || size > available) {
    fail<RuntimeError>("unfold: size ", size, " does not fit dimension ", at, " of size ",
                       available);
  }
  return run<Unfold>({input.body()}, {at, size, step});
}

Tensor as_strided(const Tensor& input, const Dims& shape, const Dims& strides, int64_t offset) {
  if (shape.size() != strides.size()) {
    fail<RuntimeError>("as_strided: mismatch in length of shape ", shape, " and strides ", strides);
  }
  int64_t low = offset, high = offset;
  bool empty_view = false;
  for (int d = 0; d < shape.size(); ++d) {
    if (shape[d] < 0) fail<RuntimeError>("as_strided: negative size in ", shape);
    empty_view |= shape[d] == 0;
    (strides[d] < 0 ? low : high) += (shape[d] - 1) * strides[d];
  }
  const int64_t available = input->storage().bytes() / size_of(input.dtype());
  if (!empty_view && (low < 0 || high >= available)) {
    fail<RuntimeError>("as_strided: shape ", shape, " with strides ", strides, " and offset ",
                       offset, " reaches outside of a storage of ", available, " elements");
  }
  return run<AsStrided>({input.body()}, {shape, strides, offset});
}

}  // namespace taeda
