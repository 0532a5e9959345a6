// Reductions: many elements of a tensor to one, over some dimensions or all.
#pragma once

#include <optional>
#include <utility>

#include "taeda/kernels/ops/reduce.h"
#include "taeda/tensor/door.h"

namespace taeda {

struct ReduceAttributes {
  uint64_t dims = ~uint64_t{0};  // bit d: dimension d is reduced
  bool keepdim = false;
  DType dtype = DType::Float32;  // of the result
};

// The shape that is left of `shape`.
TAEDA_API Dims reduced_shape(const Dims& shape, uint64_t dims, bool keepdim);

constexpr const char* name_of(ReduceOp op) {
  switch (op) {
    case ReduceOp::Sum:
      return "sum";
    case ReduceOp::NanSum:
      return "nansum";
    case ReduceOp::Mean:
      return "mean";
    case ReduceOp::Prod:
      return "prod";
    case ReduceOp::Max:
      return "amax";
    case ReduceOp::Min:
      return "amin";
    case ReduceOp::Any:
      return "any";
    case ReduceOp::All:
      return "all";
    case ReduceOp::CountNonzero:
      return "count_nonzero";
    case ReduceOp::SumAbs:
      return "norm_1";
    case ReduceOp::Norm2:
      return "norm_2";
    case ReduceOp::MaxAbs:
      return "norm_inf";
    case ReduceOp::LogSumExp:
      return "logsumexp";
  }
  return "reduce";
}

TAEDA_API void infer_reduce(ReduceOp op, const TensorBody& input,
                            const ReduceAttributes& attributes, Specs& outputs);
TAEDA_API void launch_reduce(ReduceOp op, const KernelTable& kernels, const TensorBody& input,
                             const TensorBody& out, const ReduceAttributes& attributes);

template <ReduceOp op>
struct TAEDA_API Reduce {
  static constexpr const char* name = name_of(op);
  using Attributes = ReduceAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
    infer_reduce(op, *inputs[0], attributes, outputs);
  }
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
    launch_reduce(op, kernels, *inputs[0], *outputs[0], attributes);
  }
};

struct ArgReduceAttributes {
  int dim;  // -1: all, the index counts row-major
  bool keepdim;
};
TAEDA_API void infer_arg_reduce(const char* name, const TensorBody& input,
                                const ArgReduceAttributes& attributes, bool values, Specs& outputs);
TAEDA_API void launch_arg_reduce(bool largest, const KernelTable& kernels, const TensorBody& input,
                                 const TensorBody* values, const TensorBody& indices,
                                 const ArgReduceAttributes& attributes);

// outputs: values, indices.
template <bool largest>
struct TAEDA_API ExtremeWithIndex {
  static constexpr const char* name = largest ? "max" : "min";
  using Attributes = ArgReduceAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
    infer_arg_reduce(name, *inputs[0], attributes, true, outputs);
  }
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
    launch_arg_reduce(largest, kernels, *inputs[0], outputs[0].body(), *outputs[1], attributes);
  }
};
template <bool largest>
struct TAEDA_API ArgExtreme {
  static constexpr const char* name = largest ? "argmax" : "argmin";
  using Attributes = ArgReduceAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
    infer_arg_reduce(name, *inputs[0], attributes, false, outputs);
  }
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
    launch_arg_reduce(largest, kernels, *inputs[0], nullptr, *outputs[0], attributes);
  }
};

// outputs: variance, mean.
struct TAEDA_API VarMean {
  static constexpr const char* name = "var";
  struct Attributes {
    uint64_t dims;
    bool keepdim;
    double correction;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// The dimensions of a reduction in a program: none given (or an empty list) means all.
using OptionalDims = std::optional<Dims>;

// The bits of `dims`; IndexError where one is out of range, RuntimeError where one appears twice.
TAEDA_API uint64_t dim_bits(const char* operation, const OptionalDims& dims, int ndim);

TAEDA_API Tensor sum(const Tensor& input, const OptionalDims& dims = {}, bool keepdim = false,
                     std::optional<DType> dtype = {}, const Tensor& out = {});
TAEDA_API Tensor nansum(const Tensor& input, const OptionalDims& dims = {}, bool keepdim = false,
                        std::optional<DType> dtype = {}, const Tensor& out = {});
TAEDA_API Tensor mean(const Tensor& input, const OptionalDims& dims = {}, bool keepdim = false,
                      std::optional<DType> dtype = {}, const Tensor& out = {});
TAEDA_API Tensor nanmean(const Tensor& input, const OptionalDims& dims = {}, bool keepdim = false,
                         std::optional<DType> dtype = {});
TAEDA_API Tensor prod(const Tensor& input, std::optional<int64_t> dim = {}, bool keepdim = false,
                      std::optional<DType> dtype = {}, const Tensor& out = {});
TAEDA_API Tensor amax(const Tensor& input, const OptionalDims& dims = {}, bool keepdim = false,
                      const Tensor& out = {});
TAEDA_API Tensor amin(const Tensor& input, const OptionalDims& dims = {}, bool keepdim = false,
                      const Tensor& out = {});
TAEDA_API Tensor any(const Tensor& input, const OptionalDims& dims = {}, bool keepdim = false,
                     const Tensor& out = {});
TAEDA_API Tensor all(const Tensor& input, const OptionalDims& dims = {}, bool keepdim = false,
                     const Tensor& out = {});
TAEDA_API Tensor count_nonzero(const Tensor& input, const OptionalDims& dims = {});
TAEDA_API Tensor logsumexp(const Tensor& input, const OptionalDims& dims, bool keepdim = false);
// (sum |x|^order)^(1/order); order infinity, -infinity and 0 as in NumPy.
TAEDA_API Tensor vector_norm(const Tensor& input, double order = 2, const OptionalDims& dims = {},
                             bool keepdim = false, std::optional<DType> dtype = {});

using TensorPair = std::pair<Tensor, Tensor>;
TAEDA_API TensorPair max(const Tensor& input, int64_t dim, bool keepdim = false);
TAEDA_API TensorPair min(const Tensor& input, int64_t dim, bool keepdim = false);
TAEDA_API Tensor argmax(const Tensor& input, std::optional<int64_t> dim = {}, bool keepdim = false,
                        const Tensor& out = {});
TAEDA_API Tensor argmin(const Tensor& input, std::optional<int64_t> dim = {}, bool keepdim = false,
                        const Tensor& out = {});

TAEDA_API TensorPair var_mean(const Tensor& input, const OptionalDims& dims = {},
                              double correction = 1, bool keepdim = false);
TAEDA_API Tensor var(const Tensor& input, const OptionalDims& dims = {}, double correction = 1,
                     bool keepdim = false);
TAEDA_API Tensor standard_deviation(const Tensor& input, const OptionalDims& dims = {},
                                    double correction = 1, bool keepdim = false);

}  // namespace taeda
