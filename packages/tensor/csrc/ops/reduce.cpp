#include "taeda/tensor/ops/reduce.h"

#include <cmath>

#include "taeda/tensor/autocast.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

// Sizes and strides with the kept dimensions first, as the kernels take them.
struct KeptFirst {
  Dims shape, strides;
  int reduced = 0;

  KeptFirst(const TensorBody& input, uint64_t dims) {
    const int ndim = input.ndim();
    shape.resize(ndim);
    strides.resize(ndim);
    int at = 0;
    const auto take = [&](bool wanted) {
      for (int d = 0; d < ndim; ++d) {
        if ((dims >> d & 1) != wanted) continue;
        shape[at] = input.size(d);
        strides[at++] = input.strides()[d];
      }
    };
    take(false);
    reduced = ndim - at;
    take(true);
  }
  Array array(const TensorBody& input) const {
    return {input.data(), input.dtype(), shape, strides};
  }
};

// The output without the dimensions of size 1 that keepdim leaves.
struct KeptOnly {
  Dims shape, strides;

  KeptOnly(const TensorBody& out, uint64_t dims, bool keepdim)
      : shape(out.shape()), strides(out.strides()) {
    if (!keepdim) return;
    int kept = 0;
    for (int d = 0; d < out.ndim(); ++d) {
      if (dims >> d & 1) continue;
      shape[kept] = out.size(d);
      strides[kept++] = out.strides()[d];
    }
    shape.resize(kept);
    strides.resize(kept);
  }
  Array array(const TensorBody& out) const { return {out.data(), out.dtype(), shape, strides}; }
};

constexpr uint64_t all_dims(int ndim) {
  return ndim >= 64 ? ~uint64_t{0} : (uint64_t{1} << ndim) - 1;
}

void check_not_empty(const char* name, const TensorBody& input, uint64_t dims) {
  for (int d = 0; d < input.ndim(); ++d) {
    if ((dims >> d & 1) && input.size(d) == 0) {
      fail<IndexError>(name, ": no result over dimension ", d, " of size 0 of shape ",
                       input.shape(), ": there is nothing to choose from");
    }
  }
}

template <ReduceOp op>
Tensor reduce(const Tensor& input, const OptionalDims& dims, bool keepdim, DType dtype,
              const Tensor& out = {}) {
  return run_out<Reduce<op>>({input.body()},
                             {dim_bits(name_of(op), dims, input.ndim()), keepdim, dtype}, out);
}

template <ReduceOp op>
DType sum_dtype(const Tensor& input, std::optional<DType> dtype) {
  if (dtype) return *dtype;
  if (!is_floating(input.dtype())) return DType::Int64;
  return dtype_taken(operation<Reduce<op>>(), input);
}

template <ReduceOp op>
DType float_dtype(const char* name, const Tensor& input, std::optional<DType> dtype) {
  const DType result = dtype ? *dtype : dtype_taken(operation<Reduce<op>>(), input);
  if (!is_floating(result)) {
    fail<RuntimeError>(name, ": the result needs a floating-point dtype, got ", result,
                       "; pass dtype= or convert with .float()");
  }
  return result;
}

}  // namespace

uint64_t dim_bits(const char* operation, const OptionalDims& dims, int ndim) {
  if (!dims || dims->empty()) return all_dims(ndim);
  uint64_t bits = 0;
  for (int64_t dim : *dims) {
    const uint64_t bit = uint64_t{1} << wrap_dim(operation, dim, ndim);
    if (bits & bit) {
      fail<RuntimeError>(operation, ": dim ", dim, " appears multiple times in the list of dims ",
                         *dims);
    }
    bits |= bit;
  }
  return bits & all_dims(ndim);
}

Dims reduced_shape(const Dims& shape, uint64_t dims, bool keepdim) {
  Dims result;
  for (int d = 0; d < shape.size(); ++d) {
    if (!(dims >> d & 1))
      result.push_back(shape[d]);
    else if (keepdim)
      result.push_back(1);
  }
  return result;
}

void infer_reduce(ReduceOp op, const TensorBody& input, const ReduceAttributes& attributes,
                  Specs& outputs) {
  const bool chooses = op == ReduceOp::Max || op == ReduceOp::Min || op == ReduceOp::MaxAbs;
  if (chooses && input.numel() == 0) check_not_empty(name_of(op), input, attributes.dims);
  outputs.add(reduced_shape(input.shape(), attributes.dims, attributes.keepdim), attributes.dtype);
}

void launch_reduce(ReduceOp op, const KernelTable& kernels, const TensorBody& input,
                   const TensorBody& out, const ReduceAttributes& attributes) {
  if (!attributes.keepdim && attributes.dims == all_dims(input.ndim())) {
    kernels.reduce.run({op, out.array(), input.array(), input.ndim()});
    return;
  }
  const KeptFirst in(input, attributes.dims);
  const KeptOnly kept(out, attributes.dims, attributes.keepdim);
  kernels.reduce.run({op, kept.array(out), in.array(input), in.reduced});
}

void infer_arg_reduce(const char* name, const TensorBody& input,
                      const ArgReduceAttributes& attributes, bool values, Specs& outputs) {
  const uint64_t dims = attributes.dim < 0 ? all_dims(input.ndim()) : uint64_t{1} << attributes.dim;
  if (input.numel() == 0) check_not_empty(name, input, dims);
  Dims shape = reduced_shape(input.shape(), dims, attributes.keepdim);
  if (values) outputs.add(shape, input.dtype());
  outputs.add(std::move(shape), DType::Int64);
}

void launch_arg_reduce(bool largest, const KernelTable& kernels, const TensorBody& input,
                       const TensorBody* values, const TensorBody& indices,
                       const ArgReduceAttributes& attributes) {
  const uint64_t dims = attributes.dim < 0 ? all_dims(input.ndim()) : uint64_t{1} << attributes.dim;
  const KeptFirst in(input, dims);
  const KeptOnly kept(indices, dims, attributes.keepdim);
  const KeptOnly kept_values(values ? *values : indices, dims, attributes.keepdim);
  kernels.reduce.arg({largest, kept.array(indices), values ? kept_values.array(*values) : Array{},
                      in.array(input), in.reduced});
}

void VarMean::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody& input = *inputs[0];
  if (!is_floating(input.dtype())) {
    fail<RuntimeError>(name, ": takes floating-point tensors, got ", input.dtype(),
                       "; convert with .float()");
  }
  const Dims shape = reduced_shape(input.shape(), attributes.dims, attributes.keepdim);
  outputs.add(shape, input.dtype());
  outputs.add(shape, input.dtype());
}

void VarMean::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
  const KeptFirst in(*inputs[0], attributes.dims);
  const KeptOnly variance(*outputs[0], attributes.dims, attributes.keepdim);
  const KeptOnly mean(*outputs[1], attributes.dims, attributes.keepdim);
  kernels.reduce.moments({.variance = variance.array(*outputs[0]),
                          .mean = mean.array(*outputs[1]),
                          .in = in.array(*inputs[0]),
                          .reduced_ndim = in.reduced,
                          .correction = attributes.correction,
                          .root = false});
}

Tensor sum(const Tensor& input, const OptionalDims& dims, bool keepdim, std::optional<DType> dtype,
           const Tensor& out) {
  return reduce<ReduceOp::Sum>(input, dims, keepdim, sum_dtype<ReduceOp::Sum>(input, dtype), out);
}

Tensor nansum(const Tensor& input, const OptionalDims& dims, bool keepdim,
              std::optional<DType> dtype, const Tensor& out) {
  if (!is_floating(input.dtype())) return sum(input, dims, keepdim, dtype, out);
  return reduce<ReduceOp::NanSum>(input, dims, keepdim, sum_dtype<ReduceOp::NanSum>(input, dtype),
                                  out);
}

Tensor mean(const Tensor& input, const OptionalDims& dims, bool keepdim, std::optional<DType> dtype,
            const Tensor& out) {
  return reduce<ReduceOp::Mean>(input, dims, keepdim,
                                float_dtype<ReduceOp::Mean>("mean", input, dtype), out);
}

Tensor nanmean(const Tensor& input, const OptionalDims& dims, bool keepdim,
               std::optional<DType> dtype) {
  const DType result = float_dtype<ReduceOp::Mean>("nanmean", input, dtype);
  const Tensor counted = apply<LogicalNot>(apply<IsNan>(input));
  return nansum(input, dims, keepdim, result) / sum(counted, dims, keepdim, result);
}

Tensor prod(const Tensor& input, std::optional<int64_t> dim, bool keepdim,
            std::optional<DType> dtype, const Tensor& out) {
  const OptionalDims dims = dim ? OptionalDims(Dims{*dim}) : std::nullopt;
  return reduce<ReduceOp::Prod>(input, dims, keepdim, sum_dtype<ReduceOp::Prod>(input, dtype), out);
}

Tensor amax(const Tensor& input, const OptionalDims& dims, bool keepdim, const Tensor& out) {
  return reduce<ReduceOp::Max>(input, dims, keepdim, input.dtype(), out);
}
Tensor amin(const Tensor& input, const OptionalDims& dims, bool keepdim, const Tensor& out) {
  return reduce<ReduceOp::Min>(input, dims, keepdim, input.dtype(), out);
}
Tensor any(const Tensor& input, const OptionalDims& dims, bool keepdim, const Tensor& out) {
  return reduce<ReduceOp::Any>(input, dims, keepdim, DType::Bool, out);
}
Tensor all(const Tensor& input, const OptionalDims& dims, bool keepdim, const Tensor& out) {
  return reduce<ReduceOp::All>(input, dims, keepdim, DType::Bool, out);
}
Tensor count_nonzero(const Tensor& input, const OptionalDims& dims) {
  return reduce<ReduceOp::CountNonzero>(input, dims, false, DType::Int64);
}

Tensor logsumexp(const Tensor& input, const OptionalDims& dims, bool keepdim) {
  const Tensor x = is_floating(input.dtype()) ? input : to(input, default_dtype());
  if (x.device().type == DeviceType::CPU) {
    return reduce<ReduceOp::LogSumExp>(x, dims, keepdim,
                                       dtype_taken(operation<Reduce<ReduceOp::LogSumExp>>(), x));
  }
  // Elsewhere composed. The shift is a constant to the derivative; an infinite one would give
  // inf - inf.
  const Tensor shift = [&] {
    NoGrad no_grad;
    if (x.numel() == 0) {
      const uint64_t reduced = dim_bits("logsumexp", dims, x.ndim());
      return zeros(reduced_shape(x.shape(), reduced, true), x.dtype(), x.device());
    }
    const Tensor largest = amax(x, dims, true);
    return apply<Where>(apply<IsFinite>(largest), largest, number(0.0));
  }();
  const Tensor result = apply<Log>(sum(apply<Exp>(x - shift), dims, keepdim));
  return result + reshape(shift, result.shape());
}

Tensor vector_norm(const Tensor& input, double order, const OptionalDims& dims, bool keepdim,
                   std::optional<DType> dtype) {
  const DType result = float_dtype<ReduceOp::Norm2>("norm", input, dtype);
  const Tensor x = to(input, result);
  if (order == 2) return reduce<ReduceOp::Norm2>(x, dims, keepdim, result);
  if (order == 1) return reduce<ReduceOp::SumAbs>(x, dims, keepdim, result);
  if (order == 0) {
    return sum(to(apply<NotEqual>(x, number(0.0)), result), dims, keepdim, result);
  }
  if (std::isinf(order)) {
    if (order > 0 && x.numel() > 0) return reduce<ReduceOp::MaxAbs>(x, dims, keepdim, result);
    const Tensor magnitudes = apply<Abs>(x);
    return order > 0 ? amax(magnitudes, dims, keepdim) : amin(magnitudes, dims, keepdim);
  }
  const Tensor powers = apply<PowScalar>(ParamValues{order}, apply<Abs>(x));
  return apply<PowScalar>(ParamValues{1 / order}, sum(powers, dims, keepdim));
}

namespace {

template <bool largest>
TensorPair extreme(const Tensor& input, int64_t dim, bool keepdim) {
  using Op = ExtremeWithIndex<largest>;
  TensorBody* inputs[] = {input.body()};
  auto [values, indices] =
      run_many<Op, 2>(inputs, {wrap_dim(Op::name, dim, input.ndim()), keepdim});
  return {std::move(values), std::move(indices)};
}

template <bool largest>
Tensor arg_extreme(const Tensor& input, std::optional<int64_t> dim, bool keepdim,
                   const Tensor& out) {
  using Op = ArgExtreme<largest>;
  const int at = dim ? wrap_dim(Op::name, *dim, input.ndim()) : -1;
  return run_out<Op>({input.body()}, {at, keepdim}, out);
}

}  // namespace

TensorPair max(const Tensor& input, int64_t dim, bool keepdim) {
  return extreme<true>(input, dim, keepdim);
}
TensorPair min(const Tensor& input, int64_t dim, bool keepdim) {
  return extreme<false>(input, dim, keepdim);
}
Tensor argmax(const Tensor& input, std::optional<int64_t> dim, bool keepdim, const Tensor& out) {
  return arg_extreme<true>(input, dim, keepdim, out);
}
Tensor argmin(const Tensor& input, std::optional<int64_t> dim, bool keepdim, const Tensor& out) {
  return arg_extreme<false>(input, dim, keepdim, out);
}

TensorPair var_mean(const Tensor& input, const OptionalDims& dims, double correction,
                    bool keepdim) {
  TensorBody* inputs[] = {input.body()};
  auto [variance, mean] = run_many<VarMean, 2>(
      inputs, {dim_bits(VarMean::name, dims, input.ndim()), keepdim, correction});
  return {std::move(variance), std::move(mean)};
}
Tensor var(const Tensor& input, const OptionalDims& dims, double correction, bool keepdim) {
  return var_mean(input, dims, correction, keepdim).first;
}
Tensor standard_deviation(const Tensor& input, const OptionalDims& dims, double correction,
                          bool keepdim) {
  return apply<Sqrt>(var(input, dims, correction, keepdim));
}

}  // namespace taeda
