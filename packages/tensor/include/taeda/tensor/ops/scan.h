// Scans along a dimension: every element becomes the combination of all up to it.
#pragma once

#include <optional>
#include <utility>

#include "taeda/kernels/ops/scan.h"
#include "taeda/tensor/door.h"

namespace taeda {

constexpr const char* name_of(ScanOp op) {
  switch (op) {
    case ScanOp::CumSum:
      return "cumsum";
    case ScanOp::CumProd:
      return "cumprod";
    case ScanOp::CumMax:
      return "cummax";
    case ScanOp::CumMin:
      return "cummin";
    case ScanOp::LogCumSumExp:
      return "logcumsumexp";
  }
  return "scan";
}

struct ScanAttributes {
  int dim;
  DType dtype;
};
TAEDA_API void launch_scan(ScanOp op, const KernelTable& kernels, const TensorBody& input,
                           const TensorBody& out, const TensorBody* index,
                           const ScanAttributes& attributes);

template <ScanOp op>
struct TAEDA_API Scan {
  static constexpr const char* name = name_of(op);
  using Attributes = ScanAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
    outputs.add(inputs[0]->shape(), attributes.dtype);
  }
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
    launch_scan(op, kernels, *inputs[0], *outputs[0], nullptr, attributes);
  }
};
// outputs: values, indices.
template <ScanOp op>
struct TAEDA_API ScanWithIndex {
  static constexpr const char* name = name_of(op);
  using Attributes = ScanAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
    outputs.add(inputs[0]->shape(), attributes.dtype);
    outputs.add(inputs[0]->shape(), DType::Int64);
  }
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
    launch_scan(op, kernels, *inputs[0], *outputs[0], outputs[1].body(), attributes);
  }
};

TAEDA_API Tensor cumsum(const Tensor& input, int64_t dim, std::optional<DType> dtype = {},
                        const Tensor& out = {});
TAEDA_API Tensor cumprod(const Tensor& input, int64_t dim, std::optional<DType> dtype = {},
                         const Tensor& out = {});
TAEDA_API Tensor logcumsumexp(const Tensor& input, int64_t dim);
TAEDA_API std::pair<Tensor, Tensor> cummax(const Tensor& input, int64_t dim);
TAEDA_API std::pair<Tensor, Tensor> cummin(const Tensor& input, int64_t dim);

}  // namespace taeda
