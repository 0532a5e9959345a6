// The norm of many tensors together, and scaling and clamping of all of them.
#include <limits>

#include "../device/fold.h"
#include "../runtime/allocator.h"
#include "../runtime/faults.h"
#include "step.h"

namespace taeda::cuda {
namespace {

constexpr int64_t kPiece = 16 * 1024;  // elements of a block
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// How a norm of some order joins elements.
struct Order {
  double order;
  template <class T>
  TAEDA_HD double of(T x) const {
    const auto size = static_cast<double>(abs(x));
    if (order == 2) return size * size;
    if (order == 0) return size != 0;
    if (order == 1 || order == kInfinity || order == -kInfinity) return size;
    return pow(size, order);
  }
  TAEDA_HD double operator()(double a, double b) const {
    if (order == kInfinity) return maximum(a, b);
    if (order == -kInfinity) return minimum(a, b);
    return a + b;
  }
  TAEDA_HD double empty() const { return order == -kInfinity ? kInfinity : 0.0; }
  double finish(double sum) const {
    if (order == 2) return std::sqrt(sum);
    const bool is_plain = order == 0 || order == 1 || order == kInfinity || order == -kInfinity;
    return is_plain ? sum : std::pow(sum, 1 / order);
  }
};

// A block does a piece of one of the tensors.
template <class T>
struct PieceBody {
  using Shared = FoldShared<double>;
  const void* gradients[kGroup];
  int64_t counts[kGroup];
  int64_t first[kGroup + 1];  // pieces of each tensor, counted over all
  DType dtype;
  Order order;
  double* parts;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    int t = 0;
    while (item >= first[t + 1]) ++t;
    const int64_t start = (item - first[t]) * kPiece, left = counts[t] - start;
    fold_block(block, shared.memory, left < kPiece ? left : kPiece, order.empty(), order,
               [&](int64_t i) { return order.of(load<T>(gradients[t], dtype, start + i)); });
    block.each([&](int thread) {
      if (thread == 0) parts[item] = shared.memory[0];
    });
  }
};

struct JoinBody {
  using Shared = FoldShared<double>;
  const double* parts;
  double* result;
  int64_t count;
  Order order;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t) const {
    fold_block(block, shared.memory, count, order.empty(), order,
               [&](int64_t i) { return parts[i]; });
    block.each([&](int thread) {
      if (thread == 0) *result = shared.memory[0];
    });
  }
};

template <class T>
struct ScaleStep {
  int states;
  T factor;
  TAEDA_HD void operator()(Element<T>& x) const { x.p *= factor; }
};
template <class T>
struct ClampStep {
  int states;
  T low, high;
  TAEDA_HD void operator()(Element<T>& x) const { x.p = minimum(maximum(x.p, low), high); }
};

int64_t pieces_of(const OptimizerTensor& tensor) { return (tensor.count + kPiece - 1) / kPiece; }

}  // namespace

// Waits for the device, since the caller wants a number.
double norm_of_all(const NormCall& call) {
  int64_t pieces = 0;
  for (const OptimizerTensor& tensor : call.tensors) pieces += pieces_of(tensor);
  const Order order{call.order};
  const DeviceScratch<double> parts(pieces + 1);
  int64_t done = 0;
  dispatch_float(call.dtype, [&]<class T>() {
    for (size_t begin = 0; begin < call.tensors.size(); begin += kGroup) {
      PieceBody<T> body{};
      body.dtype = call.dtype;
      body.order = order;
      body.parts = parts.data() + done;
      const Tensors group =
          call.tensors.subspan(begin, std::min<size_t>(kGroup, call.tensors.size() - begin));
      for (size_t t = 0; t < group.size(); ++t) {
        body.gradients[t] = group[t].gradient;
        body.counts[t] = group[t].count;
        body.first[t + 1] = body.first[t] + pieces_of(group[t]);
      }
      for_each_block(body.first[group.size()], body);
      done += body.first[group.size()];
    }
  });
  double* const result = parts.data() + pieces;
  for_each_block(1, JoinBody{parts.data(), result, pieces, order});
  double sum = 0;
  driver().copy(&sum, result, sizeof(sum), current_stream());
  driver().synchronize_stream(current_stream());
  check_faults();
  return order.finish(sum);
}

void scale_all(DType dtype, Tensors tensors, double factor) {
  dispatch_float(dtype, [&]<class T>() {
    step_all<T>(dtype, tensors, ScaleStep<T>{0, static_cast<T>(factor)});
  });
}
void clamp_all(DType dtype, Tensors tensors, double low, double high) {
  dispatch_float(dtype, [&]<class T>() {
    step_all<T>(dtype, tensors, ClampStep<T>{0, static_cast<T>(low), static_cast<T>(high)});
  });
}

}  // namespace taeda::cuda
