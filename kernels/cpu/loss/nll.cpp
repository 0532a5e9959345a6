#include <cstring>

#include "loss.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kGrain = 16 * 1024;

template <class Stored, class T>
void nll_loss(const NllLossCall& call) {
  const int64_t classes = call.scores.shape[1], positions = call.scores.shape[2];
  const int64_t count = call.scores.shape[0] * positions;
  const Targets targets = checked("nll_loss", call.options, classes);
  const AsWide<T> weights(call.options.weight);
  const T* weight = weights.data();
  const Stored* scores = call.scores.as<const Stored>();
  const Scratch<T> losses(count);
  parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      losses[i] = 0;
      if (targets.ignored(i)) continue;
      const int64_t target = targets.target[i];
      const T score =
          static_cast<T>(scores[(i / positions * classes + target) * positions + i % positions]);
      losses[i] = weight ? -weight[target] * score : -score;
    }
  });
  reduce_losses(targets, weight, losses.data(), count, call.options.reduction, call.out,
                call.total_weight);
}

template <class Stored, class T>
void nll_loss_backward(const NllLossBackwardCall& call) {
  const int64_t classes = call.grad_in.shape[1], positions = call.grad_in.shape[2];
  const Targets targets = checked("nll_loss_backward", call.options, classes);
  const AsWide<T> weights(call.options.weight);
  const T* weight = weights.data();
  const PositionGrad<T> grad(call.grad_out, call.total_weight, call.options.reduction);
  Stored* grad_in = call.grad_in.as<Stored>();
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, classes * positions));
  parallel_for(call.grad_in.shape[0], grain, [&](int64_t begin, int64_t end) {
    const int64_t row = classes * positions;
    std::memset(static_cast<void*>(grad_in + begin * row), 0,
                static_cast<size_t>((end - begin) * row) * sizeof(Stored));
    for (int64_t i = begin * positions; i < end * positions; ++i) {
      if (targets.ignored(i)) continue;
      const int64_t target = targets.target[i];
      const T scale = weight ? -weight[target] : T(-1);
      grad_in[(i / positions * classes + target) * positions + i % positions] =
          Stored(scale * grad(i));
    }
  });
}

template <class Call>
void by_dtype(DType dtype, const Call& call, void (*in_float)(const Call&),
              void (*in_double)(const Call&), void (*in_half)(const Call&),
              void (*in_bfloat16)(const Call&)) {
  switch (dtype) {
    case DType::Float64:
      return in_double(call);
    case DType::Float16:
      return in_half(call);
    case DType::BFloat16:
      return in_bfloat16(call);
    default:
      return in_float(call);
  }
}

}  // namespace

LossKernels loss_kernels() {
  return {.nll_loss =
              [](const NllLossCall& call) {
                by_dtype(call.scores.dtype, call, nll_loss<float, float>, nll_loss<double, double>,
                         nll_loss<Half, float>, nll_loss<BFloat16, float>);
              },
          .nll_loss_backward =
              [](const NllLossBackwardCall& call) {
                by_dtype(call.grad_in.dtype, call, nll_loss_backward<float, float>,
                         nll_loss_backward<double, double>, nll_loss_backward<Half, float>,
                         nll_loss_backward<BFloat16, float>);
              },
          .cross_entropy = run_cross_entropy,
          .cross_entropy_backward = run_cross_entropy_backward};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
