// Entry point of the matrix products: dtypes and leading dimensions.
#include "families.h"
#include "matrix/dot.h"
#include "matrix/engine.h"
#include "matrix/integer.h"
#include "matrix/weight_gradient.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// The operands of a call without their leading dimensions.
struct Problem {
  int64_t m, n, k;
  Matrix a, b, out, addend;
};

template <class T>
Finish<T> finish_of(const MatmulCall& call, const Matrix& out, const Matrix& addend) {
  Finish<T> finish{out, addend};
  finish.alpha = static_cast<T>(call.alpha);
  finish.beta = static_cast<T>(call.beta);
  if (call.activation >= 0) {
    finish.activation = unary_loop<T>(call.activation);
    finish.params = call.activation_params;
  }
  return finish;
}

template <class T>
void run_floats(const MatmulCall& call, const Problem& p) {
  const Finish<T> finish = finish_of<T>(call, p.out, p.addend);
  if (multiply_small(p.m, p.n, p.k, p.a, p.b, finish)) return;
  multiply(Product<T>{p.m, p.n, p.k, p.a, p.b, finish});
}

template <class T>
void run_integers(const MatmulCall& call, const Problem& p) {
  multiply_integers<T>({p.m, p.n, p.k, p.a, p.b, p.out, p.addend, static_cast<int64_t>(call.alpha),
                        static_cast<int64_t>(call.beta)});
}

void run_one(const MatmulCall& call, const Problem& p) {
  const DType dtype = p.out.dtype;
  if (dtype == DType::Float32)
    run_floats<float>(call, p);
  else if (dtype == DType::Float64)
    run_floats<double>(call, p);
  else if (is_floating(dtype))
    run_floats<float>(call, p);
  else if (dtype == DType::Int64)
    run_integers<int64_t>(call, p);
  else
    run_integers<int32_t>(call, p);
}

void advance(Matrix& matrix, int64_t elements) {
  matrix.data = static_cast<char*>(matrix.data) + elements * size_of(matrix.dtype);
}

// Moves the operands to the item with that index in the leading dimensions.
Problem item_of(const MatmulCall& call, Problem p, int64_t index) {
  for (int d = call.out.ndim() - 3; d >= 0; --d) {
    const int64_t i = index % call.out.shape[d];
    index /= call.out.shape[d];
    advance(p.a, i * call.a.strides[d]);
    advance(p.b, i * call.b.strides[d]);
    advance(p.out, i * call.out.strides[d]);
    if (p.addend.data) advance(p.addend, i * call.addend.strides[d]);
  }
  return p;
}

// A batch against one and the same b is a single taller product.
bool fold_batch(const MatmulCall& call, Problem& p) {
  const auto continues = [&](const Array& array, const Matrix& matrix) {
    return array.strides[0] == p.m * matrix.row_stride;
  };
  if (call.out.ndim() != 3 || call.b.strides[0] != 0 || !continues(call.a, p.a) ||
      !continues(call.out, p.out) || (p.addend.data && !continues(call.addend, p.addend))) {
    return false;
  }
  p.m *= call.out.shape[0];
  return true;
}

void run(const MatmulCall& call) {
  const int d = call.out.ndim();
  Problem p{call.out.shape[d - 2], call.out.shape[d - 1], call.a.shape[d - 1],   matrix_of(call.a),
            matrix_of(call.b),     matrix_of(call.out),   matrix_of(call.addend)};
  if (d == 2 || fold_batch(call, p)) {
    run_one(call, p);
    return;
  }
  int64_t batch = 1;
  for (int i = 0; i < d - 2; ++i) batch *= call.out.shape[i];
  const auto run_items = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) run_one(call, item_of(call, p, i));
  };
  each_product(batch, p.m * p.n * p.k, run_items);
}

void dot(const Array& out, const Array& a, const Array& b) {
  if (out.dtype == DType::Float64) return multiply_vectors<double>(out, a, b);
  if (is_floating(out.dtype)) return multiply_vectors<float>(out, a, b);
  run_one({.out = out, .a = a, .b = b}, {1,
                                         1,
                                         a.shape[0],
                                         {a.data, a.dtype, 0, a.strides[0]},
                                         {b.data, b.dtype, b.strides[0], 0},
                                         {out.data, out.dtype, 0, 0},
                                         {}});
}

}  // namespace

MatmulKernels matmul_kernels() {
  return {.run = run, .dot = dot, .weight_gradient = linear_weight_gradient};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
