// Classification losses: the loss of each position first, then one block sums them.
#include "../device/element.h"
#include "../device/fold.h"
#include "../device/rows.h"
#include "../families.h"
#include "../runtime/allocator.h"
#include "../runtime/faults.h"

namespace taeda::cuda {
namespace {

struct Targets {
  const int64_t* target;
  int64_t ignore_index, classes;
  Faults faults;
  Memory weight;

  Targets(const char* name, const LossOptions& options, int64_t class_count)
      : target(options.target.as<const int64_t>()),
        ignore_index(options.ignore_index),
        classes(class_count),
        faults(name),
        weight(options.weight) {}

  // The class of a position, or -1 where there is none to count.
  TAEDA_HD int64_t at(int64_t position) const {
    const int64_t value = target[position];
    if (value == ignore_index) return -1;
    if (value >= 0 && value < classes) return value;
    faults.raise({FaultKind::Target, value, classes});
    return -1;
  }
  template <class T>
  TAEDA_HD T weight_of(int64_t class_index) const {
    return weight ? weight.load<T>(class_index) : T(1);
  }
};

// The output and the weight that a mean divides by, from the losses of all positions.
template <class T>
struct ReduceBody {
  using Shared = FoldShared<T>;
  const T* losses;
  Targets targets;
  Memory out;
  T* total_weight;
  int64_t count;
  Reduction reduction;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t) const {
    T total = 1;
    if (reduction == Reduction::Mean) {
      total = fold_all(block, shared.memory, shared.result, count, T(0), Plus(), [&](int64_t i) {
        const int64_t target = targets.at(i);
        return target < 0 ? T(0) : targets.template weight_of<T>(target);
      });
    }
    T sum = 0;
    if (reduction != Reduction::None) {
      sum = fold_all(block, shared.memory, shared.result, count, T(0), Plus(),
                     [&](int64_t i) { return losses[i]; });
    }
    block.each([&](int thread) {
      if (thread == 0) *total_weight = total;
      if (reduction != Reduction::None) {
        if (thread == 0) out.store(0, sum / total);
      } else {
        for (int64_t i = thread; i < count; i += kThreads) out.store(i, losses[i]);
      }
    });
  }
};

template <class T>
void reduce(const T* losses, const Targets& targets, const Array& out, const Array& total_weight,
            int64_t count, Reduction reduction) {
  for_each_block(1, ReduceBody<T>{losses, targets, out, total_weight.as<T>(), count, reduction});
}

// The gradient of the loss of one position.
template <class T>
struct PositionGrad {
  Memory grad_out;
  const T* total_weight;
  Reduction reduction;
  TAEDA_HD T operator()(int64_t position) const {
    const T g = grad_out.load<T>(reduction == Reduction::None ? position : 0);
    return reduction == Reduction::Mean ? g / *total_weight : g;
  }
};

template <class T>
struct NllBody {
  T* losses;
  Memory scores;
  Targets targets;
  int64_t positions;
  TAEDA_HD void operator()(int64_t i) const {
    const int64_t target = targets.at(i);
    if (target < 0) {
      losses[i] = 0;
      return;
    }
    const Divided place(i, positions);
    const int64_t at = (place.quotient * targets.classes + target) * positions + place.rest;
    losses[i] = -targets.weight_of<T>(target) * scores.load<T>(at);
  }
};

template <class T>
struct NllBackwardBody {
  Memory grad_in;
  Targets targets;
  PositionGrad<T> grad;
  int64_t positions;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided place(item, positions), row(place.quotient, targets.classes);
    const int64_t i = row.quotient * positions + place.rest, class_index = row.rest;
    const int64_t target = targets.at(i);
    const T value = class_index == target ? -targets.weight_of<T>(target) * grad(i) : T(0);
    grad_in.store(item, value);
  }
};

void nll_loss(const NllLossCall& call) {
  const Targets targets("nll_loss", call.options, call.scores.shape[1]);
  const int64_t positions = call.scores.shape[2], count = call.scores.shape[0] * positions;
  dispatch_float(call.scores.dtype, [&]<class T>() {
    const DeviceScratch<T> losses(count);
    for_each(count, NllBody<T>{losses.data(), call.scores, targets, positions});
    reduce(losses.data(), targets, call.out, call.total_weight, count, call.options.reduction);
  });
}

void nll_loss_backward(const NllLossBackwardCall& call) {
  const Targets targets("nll_loss_backward", call.options, call.grad_in.shape[1]);
  dispatch_float(call.grad_in.dtype, [&]<class T>() {
    const PositionGrad<T> grad{call.grad_out, call.total_weight.as<const T>(),
                               call.options.reduction};
    for_each(call.grad_in.numel(),
             NllBackwardBody<T>{call.grad_in, targets, grad, call.grad_in.shape[2]});
  });
}

template <class T>
struct CrossEntropyBody {
  using Shared = FoldShared<T>;
  T *losses, *maxima, *log_sums;
  Memory logits;
  Rows<1> rows;
  Targets targets;
  T smoothing;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t i) const {
    int64_t start[1];
    rows.starts(i, start);
    const int64_t classes = rows.length;
    const auto x = [&](int64_t c) { return logits.load<T>(start[0] + c * rows.steps[0]); };
    const T largest =
        fold_all(block, shared.memory, shared.result, classes, lowest<T>(), Largest(), x);
    const T log_sum = log(fold_all(block, shared.memory, shared.result, classes, T(0), Plus(),
                                   [&](int64_t c) { return exp(x(c) - largest); }));
    T uniform = 0;  // the loss against a uniform target, times the number of classes
    if (smoothing != 0) {
      uniform =
          fold_all(block, shared.memory, shared.result, classes, T(0), Plus(), [&](int64_t c) {
            return targets.template weight_of<T>(c) * (log_sum - (x(c) - largest));
          });
    }
    block.each([&](int thread) {
      if (thread != 0) return;
      maxima[i] = largest;
      log_sums[i] = log_sum;
      const int64_t target = targets.at(i);
      if (target < 0) {
        losses[i] = 0;
        return;
      }
      T loss = targets.template weight_of<T>(target) * (log_sum - (x(target) - largest));
      if (smoothing != 0) loss = (1 - smoothing) * loss + smoothing / T(classes) * uniform;
      losses[i] = loss;
    });
  }
};

template <class T>
struct CrossEntropyBackwardBody {
  using Shared = FoldShared<T>;
  Memory grad_in, logits;
  Rows<2> rows;
  Targets targets;
  PositionGrad<T> grad;
  const T *maxima, *log_sums;
  T smoothing;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t i) const {
    int64_t at[2];
    rows.starts(i, at);
    const int64_t classes = rows.length, target = targets.at(i);
    T total = T(classes);  // of the weights
    if (smoothing != 0 && targets.weight) {
      total = fold_all(block, shared.memory, shared.result, classes, T(0), Plus(),
                       [&](int64_t c) { return targets.template weight_of<T>(c); });
    }
    block.each([&](int thread) {
      T hard = 0, soft = 0;
      if (target >= 0) {
        const T g = grad(i);
        hard = (1 - smoothing) * g * targets.template weight_of<T>(target);
        soft = smoothing / T(classes) * g;
      }
      const T scale = hard + soft * total;
      for (int64_t c = thread; c < classes; c += kThreads) {
        T value = 0;
        if (target >= 0) {
          const T x = logits.load<T>(at[1] + c * rows.steps[1]);
          value = scale * exp((x - maxima[i]) - log_sums[i]);
          if (smoothing != 0) value -= soft * targets.template weight_of<T>(c);
          if (c == target) value -= hard;
        }
        grad_in.store(at[0] + c * rows.steps[0], value);
      }
    });
  }
};

void cross_entropy(const CrossEntropyCall& call) {
  const Targets targets("cross_entropy", call.options, call.logits.shape[1]);
  const Rows rows(1, call.logits);
  dispatch_float(call.logits.dtype, [&]<class T>() {
    const DeviceScratch<T> losses(rows.count());
    T* maxima = call.row_state.as<T>();
    for_each_block(rows.count(),
                   CrossEntropyBody<T>{losses.data(), maxima, maxima + rows.count(), call.logits,
                                       rows, targets, static_cast<T>(call.label_smoothing)});
    reduce(losses.data(), targets, call.out, call.total_weight, rows.count(),
           call.options.reduction);
  });
}

void cross_entropy_backward(const CrossEntropyBackwardCall& call) {
  const Targets targets("cross_entropy_backward", call.options, call.logits.shape[1]);
  const Rows rows(1, call.grad_in, call.logits);
  dispatch_float(call.logits.dtype, [&]<class T>() {
    const PositionGrad<T> grad{call.grad_out, call.total_weight.as<const T>(),
                               call.options.reduction};
    const T* maxima = call.row_state.as<const T>();
    for_each_block(rows.count(), CrossEntropyBackwardBody<T>{
                                     call.grad_in, call.logits, rows, targets, grad, maxima,
                                     maxima + rows.count(), static_cast<T>(call.label_smoothing)});
  });
}

}  // namespace

LossKernels loss_kernels() {
  return {.nll_loss = nll_loss,
          .nll_loss_backward = nll_loss_backward,
          .cross_entropy = cross_entropy,
          .cross_entropy_backward = cross_entropy_backward};
}

}  // namespace taeda::cuda
