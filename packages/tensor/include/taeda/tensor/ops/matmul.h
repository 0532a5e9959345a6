// Products of matrices and vectors.
#pragma once

#include "taeda/kernels/ops/matmul.h"
#include "taeda/tensor/door.h"

namespace taeda {

// inputs: a (..., m, k) or (k,), b (..., k, n) or (k,); leading dimensions broadcast. output: (...,
// m, n) without the dimensions that a vector lacks.
struct TAEDA_API Matmul {
  static constexpr const char* name = "matmul";
  using Attributes = NoAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// inputs: addend, a (..., m, k), b (..., k, n) with the same leading dimensions. The addend
// broadcasts to
// (..., m, n). output: beta * addend + alpha * (a @ b).
struct TAEDA_API AddMatmul {
  static constexpr const char* name = "addmm";
  struct Attributes {
    double beta, alpha;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// inputs: x (..., in), weight (out, in), bias (out,) or null. output: (..., out).
struct TAEDA_API Linear {
  static constexpr const char* name = "linear";
  using Attributes = NoAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// inputs: the gradient of the output (rows, out), x (rows, in). outputs: the gradient of the weight
// (out, in) and, where it is wanted, that of the bias (out,).
struct TAEDA_API LinearWeightGradient {
  static constexpr const char* name = "linear_weight_gradient";
  struct Attributes {
    bool bias;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// Each throws RuntimeError for ranks, sizes or dtypes that do not fit.
TAEDA_API Tensor matmul(const Tensor& a, const Tensor& b, const Tensor& out = {});
TAEDA_API Tensor mm(const Tensor& a, const Tensor& b, const Tensor& out = {});
TAEDA_API Tensor bmm(const Tensor& a, const Tensor& b, const Tensor& out = {});
TAEDA_API Tensor mv(const Tensor& a, const Tensor& b, const Tensor& out = {});
TAEDA_API Tensor dot(const Tensor& a, const Tensor& b, const Tensor& out = {});
TAEDA_API Tensor addmm(const Tensor& addend, const Tensor& a, const Tensor& b, double beta = 1,
                       double alpha = 1, const Tensor& out = {});
TAEDA_API Tensor baddbmm(const Tensor& addend, const Tensor& a, const Tensor& b, double beta = 1,
                         double alpha = 1, const Tensor& out = {});
TAEDA_API Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias = {});
// The gradients of weight and, where it is wanted, bias, from that of the output (..., out) and x
// (..., in).
TAEDA_API std::array<Tensor, 2> linear_weight_gradient(const Tensor& grad, const Tensor& input,
                                                       bool bias);

}  // namespace taeda
