// Softmax and its logarithm: a block does a row.
#include "../device/fold.h"
#include "../device/rows.h"
#include "../families.h"

namespace taeda::cuda {
namespace {

template <class T>
struct SoftmaxBody {
  using Shared = FoldShared<T>;
  Memory out, in;
  Rows<2> rows;
  bool log_of_it;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t row) const {
    int64_t at[2];
    rows.starts(row, at);
    const int64_t n = rows.length;
    const auto x = [&](int64_t i) { return in.load<T>(at[1] + i * rows.steps[1]); };
    const T largest = fold_all(block, shared.memory, shared.result, n, lowest<T>(), Largest(), x);
    const T sum = fold_all(block, shared.memory, shared.result, n, T(0), Plus(),
                           [&](int64_t i) { return exp(x(i) - largest); });
    const T log_sum = log(sum);
    block.each([&](int thread) {
      for (int64_t i = thread; i < n; i += kThreads) {
        const T shifted = x(i) - largest;
        out.store(at[0] + i * rows.steps[0], log_of_it ? shifted - log_sum : exp(shifted) / sum);
      }
    });
  }
};

template <class T>
struct SoftmaxBackwardBody {
  using Shared = FoldShared<T>;
  Memory grad_in, grad_out, result;
  Rows<3> rows;
  bool log_of_it;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t row) const {
    int64_t at[3];
    rows.starts(row, at);
    const auto g = [&](int64_t i) { return grad_out.load<T>(at[1] + i * rows.steps[1]); };
    const auto y = [&](int64_t i) { return result.load<T>(at[2] + i * rows.steps[2]); };
    const T sum = fold_all(block, shared.memory, shared.result, rows.length, T(0), Plus(),
                           [&](int64_t i) { return log_of_it ? g(i) : g(i) * y(i); });
    block.each([&](int thread) {
      for (int64_t i = thread; i < rows.length; i += kThreads) {
        const T value = log_of_it ? g(i) - exp(y(i)) * sum : y(i) * (g(i) - sum);
        grad_in.store(at[0] + i * rows.steps[0], value);
      }
    });
  }
};

void forward(const SoftmaxCall& call) {
  const Rows rows(call.axis, call.out, call.in);
  if (rows.length == 0) return;
  dispatch_float(call.out.dtype, [&]<class T>() {
    for_each_block(rows.count(), SoftmaxBody<T>{call.out, call.in, rows, call.log});
  });
}

void backward(const SoftmaxBackwardCall& call) {
  const Rows rows(call.axis, call.grad_in, call.grad_out, call.result);
  dispatch_float(call.grad_in.dtype, [&]<class T>() {
    for_each_block(rows.count(), SoftmaxBackwardBody<T>{call.grad_in, call.grad_out, call.result,
                                                        rows, call.log});
  });
}

}  // namespace

SoftmaxKernels softmax_kernels() { return {.forward = forward, .backward = backward}; }

}  // namespace taeda::cuda
