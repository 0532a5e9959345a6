#include "taeda/tensor/ops/sort.h"

#include <algorithm>

#include "taeda/kernels/promotion.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/ops/indexing.h"
#include "taeda/tensor/ops/reduce.h"
#include "taeda/tensor/ops/scan.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

Tensor move_dim(const Tensor& input, int from, int to) {
  Dims dims;
  for (int d = 0; d < input.ndim(); ++d) {
    if (d != from) dims.push_back(d);
  }
  dims.insert(to, from);
  return permute(input, dims);
}

ValuesAndIndices pair_of(std::array<Tensor, 2> results) {
  return {std::move(results[0]), std::move(results[1])};
}

// One rank of sorted rows; the dimension vanishes unless it is kept.
ValuesAndIndices ranked(const ValuesAndIndices& sorted, int dim, int64_t rank, bool keepdim) {
  const auto take = [&](const Tensor& all) {
    return keepdim ? narrow(all, dim, rank, 1) : select(all, dim, rank);
  };
  return {take(sorted.first), take(sorted.second)};
}

// The distinct among neighbours; `order` tells where each element was, if it has moved.
UniqueResult distinct(const Tensor& flat, const Tensor& order, const Dims& shape, bool inverse,
                      bool counts) {
  const auto& sort = kernels(flat.device()).sort;
  const Tensor elements = contiguous(flat);
  const int64_t found = sort.count_runs(elements->array());
  const auto numbers = [&](bool wanted, int64_t count) {
    return wanted ? empty({count}, DType::Int64, flat.device()) : Tensor();
  };
  const auto array = [](const Tensor& tensor) {
    return tensor.defined() ? tensor->array() : Array();
  };
  UniqueResult result{empty({found}, flat.dtype(), flat.device()), numbers(inverse, flat.numel()),
                      numbers(counts, found)};
  sort.runs({.values = result.values->array(),
             .counts = array(result.counts),
             .inverse = array(result.inverse),
             .order = array(order),
             .in = elements->array()});
  if (inverse) result.inverse = reshape(result.inverse, shape);
  return result;
}

// The dtype that the search compares in.
DType search_dtype(DType common) {
  if (common == DType::Float64) return common;
  return is_floating(common) ? DType::Float32 : DType::Int64;
}

}  // namespace

void Sort::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
  outputs.add(inputs[0]->shape(), DType::Int64);
}
void Sort::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                  const Attributes& attributes) {
  kernels.sort.sort({.values = outputs[0]->array(),
                     .index = outputs[1]->array(),
                     .in = inputs[0]->array(),
                     .axis = attributes.dim,
                     .descending = attributes.descending});
}

void TopK::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  Dims shape = inputs[0]->shape();
  if (!shape.empty()) shape[shape.size() - 1] = attributes.k;
  outputs.add(shape, inputs[0]->dtype());
  outputs.add(shape, DType::Int64);
}
void TopK::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                  const Attributes& attributes) {
  kernels.sort.top_k({.values = outputs[0]->array(),
                      .index = outputs[1]->array(),
                      .in = inputs[0]->array(),
                      .k = attributes.k,
                      .largest = attributes.largest});
}

void SearchSorted::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[1]->shape(), DType::Int64);
}
void SearchSorted::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                          const Attributes& attributes) {
  if (inputs[1]->numel() == 0) return;
  kernels.sort.search({.out = outputs[0]->array(),
                       .sequence = inputs[0]->array(),
                       .values = inputs[1]->array(),
                       .right = attributes.right});
}

ValuesAndIndices sort(const Tensor& input, int64_t dim, bool descending) {
  TensorBody* body = input.body();
  return pair_of(
      run_many<Sort, 2>(Inputs(&body, 1), {wrap_dim("sort", dim, input.ndim()), descending}));
}

ValuesAndIndices topk(const Tensor& input, int64_t k, int64_t dim, bool largest) {
  const int at = wrap_dim("topk", dim, input.ndim());
  const int64_t size = input.ndim() ? input->size(at) : 1;
  if (k < 0 || k > size) {
    fail<RuntimeError>("topk: k not in range for dimension ", at, " of size ", size, ", got ", k);
  }
  const int last = std::max(input.ndim() - 1, 0);
  const Tensor rows = at == last ? input : move_dim(input, at, last);
  TensorBody* body = rows.body();
  ValuesAndIndices result = pair_of(run_many<TopK, 2>(Inputs(&body, 1), {k, largest}));
  if (at == last) return result;
  return {move_dim(result.first, last, at), move_dim(result.second, last, at)};
}

ValuesAndIndices kthvalue(const Tensor& input, int64_t k, int64_t dim, bool keepdim) {
  const int at = wrap_dim("kthvalue", dim, input.ndim());
  const int64_t size = input.ndim() ? input->size(at) : 1;
  if (k < 1 || k > size) {
    fail<RuntimeError>("kthvalue: k not in range for dimension ", at, " of size ", size, ", got ",
                       k);
  }
  const ValuesAndIndices sorted = sort(input, at);
  return input.ndim() == 0 ? sorted : ranked(sorted, at, k - 1, keepdim);
}

ValuesAndIndices median(const Tensor& input, int64_t dim, bool keepdim) {
  const int at = wrap_dim("median", dim, input.ndim());
  const int64_t size = input.ndim() ? input->size(at) : 1;
  if (size == 0)
    fail<IndexError>("median: dimension ", at, " of shape ", input.shape(), " is empty");
  const ValuesAndIndices sorted = sort(input, at);
  if (input.ndim() == 0) return sorted;
  const ValuesAndIndices middle = ranked(sorted, at, (size - 1) / 2, keepdim);
  if (!is_floating(input.dtype())) return middle;
  const ValuesAndIndices last = ranked(sorted, at, size - 1, keepdim);
  const Tensor has_nan = apply<NotEqual>(last.first, last.first);
  return {apply<Where>(has_nan, last.first, middle.first),
          apply<Where>(has_nan, last.second, middle.second)};
}

Tensor median(const Tensor& input) {
  if (input.numel() == 0) {
    if (!is_floating(input.dtype())) fail<RuntimeError>("median: an empty tensor has none");
    return full({}, std::numeric_limits<double>::quiet_NaN(), input.dtype(), input.device());
  }
  return median(reshape(input, {-1}), 0).first;
}

UniqueResult unique(const Tensor& input, bool inverse, bool counts) {
  NoGrad no_grad;
  const auto [values, order] = sort(reshape(input, {input.numel()}), 0);
  return distinct(values, order, input.shape(), inverse, counts);
}
UniqueResult unique_consecutive(const Tensor& input, bool inverse, bool counts) {
  NoGrad no_grad;
  return distinct(reshape(input, {input.numel()}), Tensor(), input.shape(), inverse, counts);
}

Tensor searchsorted(const Tensor& sequence, const Tensor& values, bool right) {
  if (sequence.ndim() == 0) {
    fail<RuntimeError>("searchsorted: the sequence must have at least one dimension");
  }
  const int ndim = sequence.ndim();
  bool fits = ndim == 1 || values.ndim() == ndim;
  for (int d = 0; fits && d + 1 < ndim; ++d) fits = sequence->size(d) == values->size(d);
  if (!fits) {
    fail<RuntimeError>(
        "searchsorted: the sequences must have one dimension or those of the values but the "
        "last, got shapes ",
        sequence.shape(), " and ", values.shape());
  }
  const DType dtype = search_dtype(promote(sequence.dtype(), values.dtype()));
  const int64_t length = sequence->size(ndim - 1);
  const int64_t rows =
      ndim == 1 ? 1 : product(Sizes(sequence.shape()).first(static_cast<size_t>(ndim) - 1));
  const int64_t columns = rows == 0 ? 0 : values.numel() / rows;
  const Tensor sequences = contiguous(to(reshape(sequence, {rows, length}), dtype));
  const Tensor wanted = contiguous(to(reshape(values, {rows, columns}), dtype));
  return reshape(run<SearchSorted>({sequences.body(), wanted.body()}, {right}), values.shape());
}

Tensor bincount(const Tensor& input, const Tensor& weights, int64_t minlength) {
  if (input.ndim() != 1 || !is_integral(input.dtype())) {
    fail<RuntimeError>("bincount: a vector of non-negative integers is needed, got shape ",
                       input.shape(), " of ", input.dtype());
  }
  if (minlength < 0)
    fail<RuntimeError>("bincount: minlength must not be negative, got ", minlength);
  if (weights.defined() && weights.shape() != input.shape()) {
    fail<RuntimeError>("bincount: weights of shape ", weights.shape(),
                       " do not match the input's shape ", input.shape());
  }
  int64_t length = minlength;
  if (input.numel() > 0) {
    const int64_t smallest = item(*amin(input)).as_int();
    if (smallest < 0) fail<RuntimeError>("bincount: negative element ", smallest);
    length = std::max(length, item(*amax(input)).as_int() + 1);
  }
  if (!weights.defined()) {
    const Tensor counts = empty({length}, DType::Int64, input.device());
    kernels(input.device()).sort.bin_count(counts->array(), input->array());
    return counts;
  }
  const DType dtype = weights.dtype() == DType::Float32 ? DType::Float32 : DType::Float64;
  return index_put(zeros({length}, dtype), {input}, to(weights, dtype), true);
}

}  // namespace taeda
