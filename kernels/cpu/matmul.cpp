// Entry point of the matrix products: dtypes and leading dimensions.
#include <algorithm>

#include "families.h"
#include "matrix/engine.h"
#include "matrix/integer.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// The operands of a call without their leading dimensions.
struct Problem {
  int64_t m, n, k;
  Matrix a, b, out, addend;
};

Matrix matrix_of(const Array& array) {
  if (!array.data) return {};
  const int d = array.ndim();
  return {array.data, array.dtype, array.strides[d - 2], array.strides[d - 1]};
}

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
    run_integers<uint64_t>(call, p);
  else
    run_integers<uint32_t>(call, p);
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
  const int64_t work = std::max<int64_t>(1, p.m * p.n * p.k);
  if (work >= 8 * kSerialWork) {
    for (int64_t i = 0; i < batch; ++i) run_one(call, item_of(call, p, i));
    return;
  }
  parallel_for(batch, std::max<int64_t>(1, kSerialWork / work), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) run_one(call, item_of(call, p, i));
  });
}

// Sums of every 8 vectors' lanes, folded in halves at the end.
template <class T>
void dot_as(const Array& out, const Array& a, const Array& b) {
  constexpr int width = Vec<T>::size, sums_count = 8;
  constexpr int64_t chunk = 64 * width;
  const int64_t count = a.shape[0];
  const Convert load_a = converter(dtype_of<T>, a.dtype), load_b = converter(dtype_of<T>, b.dtype);
  alignas(64) T a_chunk[chunk], b_chunk[chunk];
  const auto values = [&](const Array& array, Convert load, int64_t start, int64_t length, T* to) {
    const char* from =
        static_cast<const char*>(array.data) + start * array.strides[0] * size_of(array.dtype);
    if (array.dtype == dtype_of<T> && array.strides[0] == 1) {
      return reinterpret_cast<const T*>(from);
    }
    load(to, 1, from, array.strides[0], length);
    return static_cast<const T*>(to);
  };
  Vec<T> sums[sums_count];
  for (Vec<T>& sum : sums) sum = Vec<T>(0);
  for (int64_t start = 0; start < count; start += chunk) {
    const int64_t length = std::min(chunk, count - start);
    const T* x = values(a, load_a, start, length, a_chunk);
    const T* y = values(b, load_b, start, length, b_chunk);
    int64_t i = 0;
    for (; i + sums_count * width <= length; i += sums_count * width) {
#pragma GCC unroll 8
      for (int s = 0; s < sums_count; ++s) {
        sums[s] = fma(Vec<T>::load(x + i + s * width), Vec<T>::load(y + i + s * width), sums[s]);
      }
    }
    for (int s = 0; i < length; i += width, ++s) {
      const FirstLanes<T> lanes(static_cast<int>(std::min<int64_t>(width, length - i)));
      sums[s] = fma(lanes.load(x + i), lanes.load(y + i), sums[s]);
    }
  }
  for (int half = sums_count / 2; half > 0; half /= 2) {
    for (int s = 0; s < half; ++s) sums[s] += sums[s + half];
  }
  T lanes[width];
  sums[0].store(lanes);
  for (int half = width / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  converter(out.dtype, dtype_of<T>)(out.data, 1, lanes, 1, 1);
}

void dot(const Array& out, const Array& a, const Array& b) {
  if (out.dtype == DType::Float64) return dot_as<double>(out, a, b);
  if (is_floating(out.dtype)) return dot_as<float>(out, a, b);
  run_one({.out = out, .a = a, .b = b}, {1,
                                         1,
                                         a.shape[0],
                                         {a.data, a.dtype, 0, a.strides[0]},
                                         {b.data, b.dtype, b.strides[0], 0},
                                         {out.data, out.dtype, 0, 0},
                                         {}});
}

}  // namespace

MatmulKernels matmul_kernels() { return {.run = run, .dot = dot}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
