// Matrix products by tiles: a block does kEdge x kEdge elements of the result, a thread kPart x
// kPart of them. Every element is summed over k in ascending order, with one rounding a step.
#include "../device/element.h"
#include "../device/fold.h"
#include "../device/per_thread.h"
#include "../device/walk.h"
#include "../families.h"
#include "../runtime/launch.h"

namespace taeda::cuda {
namespace {

constexpr int kEdge = 64, kDepth = 16, kPart = 4;
constexpr int kAcross = kEdge / kPart;  // threads along an edge
static_assert(kAcross * kAcross == kThreads);

// A matrix of a batch: its offset comes from the walk over the batch.
struct Matrix {
  Memory memory;
  int64_t row_step, column_step;
  Matrix() = default;
  explicit Matrix(const Array& array)
      : memory(array),
        row_step(array.strides[array.strides.size() - 2]),
        column_step(array.strides[array.strides.size() - 1]) {}
  template <class T>
  TAEDA_HD T load(int64_t base, int64_t row, int64_t column) const {
    return memory.load<T>(base + row * row_step + column * column_step);
  }
};

template <class T>
struct MatmulBody {
  struct Shared {
    T a[kDepth][kEdge + 1], b[kDepth][kEdge + 1];
  };
  Matrix out, a, b, addend;
  Walk<4> batch;  // of the same
  int64_t m, n, k, row_tiles, column_tiles;
  T alpha, beta;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t tile = item % (row_tiles * column_tiles);
    const int64_t row = tile / column_tiles * kEdge, column = tile % column_tiles * kEdge;
    int64_t base[4];
    batch.offsets(item / (row_tiles * column_tiles), base);
    PerThread<T, kPart * kPart> sums;
    block.each([&](int thread) {
      for (int i = 0; i < kPart * kPart; ++i) sums.at(thread)[i] = 0;
    });
    for (int64_t depth = 0; depth < k; depth += kDepth) {
      block.each([&](int thread) { bring(shared, thread, base, row, column, depth); });
      const int steps = static_cast<int>(k - depth < kDepth ? k - depth : kDepth);
      block.each([&](int thread) { multiply(shared, thread, steps, sums.at(thread)); });
    }
    block.each([&](int thread) {
      for (int i = 0; i < kPart * kPart; ++i) {
        const int64_t r = row + thread / kAcross + i / kPart * kAcross;
        const int64_t c = column + thread % kAcross + i % kPart * kAcross;
        if (r < m && c < n) finish(base, r, c, sums.at(thread)[i]);
      }
    });
  }

  TAEDA_HD void bring(Shared& shared, int thread, const int64_t (&base)[4], int64_t row,
                      int64_t column, int64_t depth) const {
    for (int i = thread; i < kDepth * kEdge; i += kThreads) {
      // Neighbouring threads read neighbours along the smaller step.
      const bool along_k = a.column_step <= a.row_step;
      const int d = along_k ? i % kDepth : i / kEdge, r = along_k ? i / kDepth : i % kEdge;
      const bool inside = row + r < m && depth + d < k;
      shared.a[d][r] = inside ? a.load<T>(base[1], row + r, depth + d) : T(0);
    }
    for (int i = thread; i < kDepth * kEdge; i += kThreads) {
      const bool along_k = b.row_step < b.column_step;
      const int d = along_k ? i % kDepth : i / kEdge, c = along_k ? i / kDepth : i % kEdge;
      const bool inside = column + c < n && depth + d < k;
      shared.b[d][c] = inside ? b.load<T>(base[2], depth + d, column + c) : T(0);
    }
  }

  TAEDA_HD static void multiply(const Shared& shared, int thread, int steps, T* sums) {
    for (int d = 0; d < steps; ++d) {
      T left[kPart], right[kPart];
      for (int i = 0; i < kPart; ++i) {
        left[i] = shared.a[d][thread / kAcross + i * kAcross];
        right[i] = shared.b[d][thread % kAcross + i * kAcross];
      }
      for (int i = 0; i < kPart; ++i) {
        for (int j = 0; j < kPart; ++j) {
          sums[i * kPart + j] = fma(left[i], right[j], sums[i * kPart + j]);
        }
      }
    }
  }

  TAEDA_HD void finish(const int64_t (&base)[4], int64_t row, int64_t column, T sum) const {
    T value = alpha == T(1) ? sum : alpha * sum;
    if (addend.memory) {
      const T added = addend.load<T>(base[3], row, column);
      value = beta == T(1) ? value + added : fma(beta, added, value);
    }
    out.memory.store(base[0] + row * out.row_step + column * out.column_step, value);
  }
};

Sizes batch_of(Sizes sizes) { return sizes.first(sizes.size() - 2); }

template <class T>
void multiply_as(const MatmulCall& call) {
  const bool has_addend = call.addend.data != nullptr;
  const Array& addend = has_addend ? call.addend : call.out;
  MatmulBody<T> body{};
  body.out = Matrix(call.out);
  body.a = Matrix(call.a);
  body.b = Matrix(call.b);
  if (has_addend) body.addend = Matrix(call.addend);
  body.batch =
      Walk<4>(batch_of(call.out.shape), {batch_of(call.out.strides), batch_of(call.a.strides),
                                         batch_of(call.b.strides), batch_of(addend.strides)});
  body.m = call.out.shape[call.out.shape.size() - 2];
  body.n = call.out.shape.back();
  body.k = call.a.shape.back();
  body.row_tiles = (body.m + kEdge - 1) / kEdge;
  body.column_tiles = (body.n + kEdge - 1) / kEdge;
  body.alpha = value_of<T>(call.alpha);
  body.beta = value_of<T>(call.beta);
  for_each_block(body.batch.count * body.row_tiles * body.column_tiles, body);
}

void activate(const Array& out, int activation, Params params) {
  elementwise_kernels().run({.arity = Arity::Unary,
                             .op = activation,
                             .compute = out.dtype,
                             .out = out,
                             .inputs = {&out, 1},
                             .params = params});
}

void run_matmul(const MatmulCall& call) {
  if (call.out.numel() == 0) return;
  dispatch_wide(call.out.dtype, [&]<class T>() { multiply_as<T>(call); });
  if (call.activation >= 0) activate(call.out, call.activation, call.activation_params);
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
