// Matrix products by cuBLASLt.
#include "../device/walk.h"
#include "dense.h"
#include "libraries.h"
#include "product.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

using blas::Operand;
using blas::Outcome;
using blas::Product;

MatmulKernels own_kernels;

bool is_known(const MatmulCall& call) {
  const DType a = call.a.dtype, out = call.out.dtype;
  if (!is_floating(a) || call.b.dtype != a) return false;
  if (out != a && (out != DType::Float32 || a == DType::Float64)) return false;
  if (call.addend.data && call.addend.dtype != out) return false;
  return call.out.numel() > 0 && call.a.shape.back() > 0;
}

// The operand itself, or a copy of it, which `copy` keeps.
Array usable(const Array& array, std::optional<Dense>& copy) {
  const Operand operand(array);
  if (operand.is_row_major() || operand.is_column_major()) return array;
  return copy.emplace(array, array.ndim() - 2).array();
}

// One value a column, the same for the whole batch.
bool is_bias(const Operand& c, Sizes batch_steps) {
  for (const int64_t step : batch_steps) {
    if (step != 0) return false;
  }
  return c.row_step == 0 && (c.column_step == 1 || c.columns == 1);
}

Sizes batch_of(Sizes sizes) { return sizes.first(sizes.size() - 2); }

// All products of a batch: its innermost dimension is one call.
Outcome run_batch(const blas::Library& library, void* handle, Product p, const Walk<4>& walk) {
  const int64_t inner = walk.ndim > 0 ? walk.shape[walk.ndim - 1] : 1;
  if (inner > INT32_MAX) return Outcome::Refused;
  p.count = inner;
  Operand* const operands[] = {&p.out, &p.a, &p.b, &p.c};
  if (walk.ndim > 0) {
    for (int o = 0; o < 4; ++o) operands[o]->batch_step = walk.strides[o][walk.ndim - 1];
  }
  for (int64_t i = 0; i < walk.count; i += inner) {
    int64_t at[4];
    walk.offsets(i, at);
    Product part = p;
    Operand* const moved[] = {&part.out, &part.a, &part.b, &part.c};
    for (int o = 0; o < 4; ++o) moved[o]->advance(at[o]);
    if (blas::run(library, handle, part) == Outcome::Done) continue;
    // What is done already may have used up the addend.
    if (i > 0 && p.beta != 0) fail<RuntimeError>("matmul: cuBLASLt took only a part of the batch");
    return Outcome::Refused;
  }
  return Outcome::Done;
}

Outcome multiply_by_library(const MatmulCall& call) {
  if (!library_settings().cublas || !is_known(call)) return Outcome::Refused;
  const blas::Library* library = blas::library();
  void* handle = library ? blas::handle(*library) : nullptr;
  if (!handle) return Outcome::Refused;

  if (!Operand(call.out).is_row_major()) return Outcome::Refused;
  std::optional<Dense> copies[2];
  const Array a = usable(call.a, copies[0]), b = usable(call.b, copies[1]);
  Product p;
  p.out = Operand(call.out);
  p.a = Operand(a);
  p.b = Operand(b);
  p.alpha = call.alpha;
  p.c = call.addend.data ? Operand(call.addend) : p.out;
  const auto walk = [&](const Array& c) {
    return Walk<4>(batch_of(call.out.shape), {batch_of(call.out.strides), batch_of(a.strides),
                                              batch_of(b.strides), batch_of(c.strides)});
  };
  if (!call.addend.data || call.beta == 0) {
    p.c = p.out;
    return run_batch(*library, handle, p, walk(call.out));
  }
  if (call.beta == 1 && is_bias(p.c, batch_of(call.addend.strides))) {
    Product with_bias = p;
    with_bias.bias = p.c.data;
    with_bias.c = p.out;
    if (run_batch(*library, handle, with_bias, walk(call.out)) == Outcome::Done) {
      return Outcome::Done;
    }
  }
  p.beta = call.beta;
  if (p.c.is_row_major()) return run_batch(*library, handle, p, walk(call.addend));
  copy_array(call.out, call.addend);
  p.c = p.out;
  return run_batch(*library, handle, p, walk(call.out));
}

}  // namespace

void multiply(const MatmulCall& call) {
  if (multiply_by_library(call) == Outcome::Refused) return own_kernels.run(call);
  if (call.activation < 0) return;
  elementwise_kernels().run({.arity = Arity::Unary,
                             .op = call.activation,
                             .compute = call.out.dtype,
                             .out = call.out,
                             .inputs = {&call.out, 1},
                             .params = call.activation_params});
}

// One product and, for the bias, one sum: here no thread has caches of its own to stay in.
static void weight_gradient(const LinearWeightGradientCall& call) {
  const Array& grad = call.grad_out;
  const int64_t shape[] = {grad.shape[1], grad.shape[0]};
  const int64_t strides[] = {grad.strides[1], grad.strides[0]};
  const Array turned{grad.data, grad.dtype, shape, strides};
  multiply({call.grad_weight, turned, call.input});
  if (call.grad_bias.data) reduce_kernels().run({ReduceOp::Sum, call.grad_bias, turned, 1});
}

MatmulKernels with_cublas(const MatmulKernels& own) {
  own_kernels = own;
  return {.run = multiply, .dot = own.dot, .weight_gradient = weight_gradient};
}

}  // namespace taeda::cuda
