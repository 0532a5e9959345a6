// Matrix products by tiles.
#include "../device/fold.h"
#include "../device/walk.h"
#include "../families.h"
#include "tile.h"

namespace taeda::cuda {
namespace {

template <class Element>
struct MatmulProblem {
  using T = std::conditional_t<is_half<Element>, float, Element>;
  struct Place {
    int64_t base[4];  // of out, a, b and addend
  };

  MatrixPart<Element> a, b;
  bool left_along_k, right_along_k;
  Memory out, addend;
  int64_t out_steps[2], addend_steps[2];
  Walk<4> batch;
  int64_t m, n, k;
  T alpha, beta;

  TAEDA_HD int64_t rows() const { return m; }
  TAEDA_HD int64_t columns() const { return n; }
  TAEDA_HD Place place(int64_t outer) const {
    Place result;
    batch.offsets(outer, result.base);
    return result;
  }
  TAEDA_HD int64_t first(const Place&) const { return 0; }
  TAEDA_HD int64_t end(const Place&) const { return k; }
  template <int W>
  TAEDA_HD void left(const Place& place, int64_t row, int64_t at, Element* to) const {
    a.template bring<W>(place.base[1], row, at, k, to);
  }
  template <int W>
  TAEDA_HD void right(const Place& place, int64_t column, int64_t at, Element* to) const {
    b.template bring<W>(place.base[2], column, at, k, to);
  }
  TAEDA_HD void finish(const Place& place, int64_t row, int64_t column, T sum) const {
    T value = alpha == T(1) ? sum : alpha * sum;
    if (addend) {
      const T added =
          addend.load<T>(place.base[3] + row * addend_steps[0] + column * addend_steps[1]);
      value = beta == T(1) ? value + added : fma(beta, added, value);
    }
    out.store(place.base[0] + row * out_steps[0] + column * out_steps[1], value);
  }
};

Sizes batch_of(Sizes sizes) { return sizes.first(sizes.size() - 2); }
void steps_of(const Array& array, int64_t (&steps)[2]) {
  steps[0] = array.strides[array.strides.size() - 2];
  steps[1] = array.strides.back();
}

template <class Element>
void multiply_as(const MatmulCall& call) {
  const bool has_addend = call.addend.data != nullptr;
  const Array& addend = has_addend ? call.addend : call.out;
  MatmulProblem<Element> p;
  p.m = call.out.shape[call.out.shape.size() - 2];
  p.n = call.out.shape.back();
  p.k = call.a.shape.back();
  int64_t a_steps[2], b_steps[2];
  steps_of(call.a, a_steps);
  steps_of(call.b, b_steps);
  p.left_along_k = a_steps[1] <= a_steps[0];
  p.right_along_k = b_steps[0] < b_steps[1];
  p.a = {call.a, a_steps[0], a_steps[1], p.m, p.left_along_k};
  p.b = {call.b, b_steps[1], b_steps[0], p.n, p.right_along_k};
  p.out = call.out;
  if (has_addend) p.addend = call.addend;
  steps_of(call.out, p.out_steps);
  steps_of(addend, p.addend_steps);
  p.batch = Walk<4>(batch_of(call.out.shape), {batch_of(call.out.strides), batch_of(call.a.strides),
                                               batch_of(call.b.strides), batch_of(addend.strides)});
  using T = typename MatmulProblem<Element>::T;
  p.alpha = value_of<T>(call.alpha);
  p.beta = value_of<T>(call.beta);
  if constexpr (is_half<Element>) {
    run_tiles<TileShape<Element, 128, 128>>(p.batch.count, p);
  } else if constexpr (std::is_same_v<Element, float>) {
    // Large tiles where they are enough to fill a device; the bits are the same.
    if (p.batch.count * p.m * p.n >= int64_t{1} << 21)
      return run_tiles<TileShape<float, 128, 128>>(p.batch.count, p);
    run_tiles<TileShape<float, 64, 64>>(p.batch.count, p);
  } else {
    run_tiles<TileShape<Element, 64, 64>>(p.batch.count, p);
  }
}

void run_matmul(const MatmulCall& call) {
  if (call.out.numel() == 0) return;
  const DType dtype = call.a.dtype;
  // The tensor cores sum in float32 what float32 holds.
  const bool halves = call.b.dtype == dtype && call.out.dtype != DType::Float64;
  if (halves && dtype == DType::Float16 && is_floating(call.out.dtype))
    multiply_as<Half>(call);
  else if (halves && dtype == DType::BFloat16 && is_floating(call.out.dtype))
    multiply_as<BFloat16>(call);
  else
    dispatch_wide(call.out.dtype, [&]<class T>() { multiply_as<T>(call); });
  if (call.activation < 0) return;
  elementwise_kernels().run({.arity = Arity::Unary,
                             .op = call.activation,
                             .compute = call.out.dtype,
                             .out = call.out,
                             .inputs = {&call.out, 1},
                             .params = call.activation_params});
}

template <class T>
struct DotBody {
  using Shared = FoldShared<T>;
  Memory out, a, b;
  int64_t a_step, b_step, count;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t) const {
    const T sum =
        fold_all(block, shared.memory, shared.result, count, T(0), Plus(),
                 [&](int64_t i) { return a.load<T>(i * a_step) * b.load<T>(i * b_step); });
    block.each([&](int thread) {
      if (thread == 0) out.store(0, sum);
    });
  }
};

void run_dot(const Array& out, const Array& a, const Array& b) {
  dispatch_wide(out.dtype, [&]<class T>() {
    for_each_block(1, DotBody<T>{out, a, b, a.strides[0], b.strides[0], a.shape[0]});
  });
}

}  // namespace

MatmulKernels matmul_kernels() { return {.run = run_matmul, .dot = run_dot}; }

}  // namespace taeda::cuda
