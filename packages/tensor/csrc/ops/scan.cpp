#include "taeda/tensor/ops/scan.h"

#include "taeda/tensor/autocast.h"

namespace taeda {
namespace {

template <ScanOp op>
DType sum_dtype(const Tensor& input, std::optional<DType> dtype) {
  if (dtype) return *dtype;
  if (!is_floating(input.dtype())) return DType::Int64;
  return dtype_taken(operation<Scan<op>>(), input);
}

template <ScanOp op>
std::pair<Tensor, Tensor> with_index(const Tensor& input, int64_t dim) {
  TensorBody* inputs[] = {input.body()};
  const int at = wrap_dim(name_of(op), dim, input.ndim());
  auto [values, indices] = run_many<ScanWithIndex<op>, 2>(inputs, {at, input.dtype()});
  return {std::move(values), std::move(indices)};
}

}  // namespace

void launch_scan(ScanOp op, const KernelTable& kernels, const TensorBody& input,
                 const TensorBody& out, const TensorBody* index, const ScanAttributes& attributes) {
  kernels.scan.run({.op = op,
                    .out = out.array(),
                    .index = index ? index->array() : Array{},
                    .in = input.array(),
                    .axis = attributes.dim});
}

Tensor cumsum(const Tensor& input, int64_t dim, std::optional<DType> dtype, const Tensor& out) {
  const int at = wrap_dim("cumsum", dim, input.ndim());
  return run_out<Scan<ScanOp::CumSum>>({input.body()},
                                       {at, sum_dtype<ScanOp::CumSum>(input, dtype)}, out);
}
Tensor cumprod(const Tensor& input, int64_t dim, std::optional<DType> dtype, const Tensor& out) {
  const int at = wrap_dim("cumprod", dim, input.ndim());
  return run_out<Scan<ScanOp::CumProd>>({input.body()},
                                        {at, sum_dtype<ScanOp::CumProd>(input, dtype)}, out);
}
Tensor logcumsumexp(const Tensor& input, int64_t dim) {
  if (!is_floating(input.dtype())) {
    fail<RuntimeError>("logcumsumexp: takes floating-point tensors, got ", input.dtype());
  }
  const int at = wrap_dim("logcumsumexp", dim, input.ndim());
  return run<Scan<ScanOp::LogCumSumExp>>({input.body()}, {at, input.dtype()});
}
std::pair<Tensor, Tensor> cummax(const Tensor& input, int64_t dim) {
  return with_index<ScanOp::CumMax>(input, dim);
}
std::pair<Tensor, Tensor> cummin(const Tensor& input, int64_t dim) {
  return with_index<ScanOp::CumMin>(input, dim);
}

}  // namespace taeda
