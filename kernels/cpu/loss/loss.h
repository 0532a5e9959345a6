// What both losses share: targets, what becomes of the losses of all positions, their gradients.
#pragma once

#include "../families.h"
#include "../row_math.h"
#include "taeda/kernels/error.h"

namespace taeda::cpu::inline TAEDA_ISA {

void run_cross_entropy(const CrossEntropyCall& call);
void run_cross_entropy_backward(const CrossEntropyBackwardCall& call);

struct Targets {
  const int64_t* target;
  int64_t ignore_index;

  bool ignored(int64_t position) const { return target[position] == ignore_index; }
};

// Checked before anything is written or read through a target.
inline Targets checked(const char* name, const LossOptions& options, int64_t classes) {
  const int64_t* target = options.target.as<const int64_t>();
  const int64_t count = options.target.numel();
  for (int64_t i = 0; i < count; ++i) {
    if ((target[i] < 0 || target[i] >= classes) && target[i] != options.ignore_index) {
      fail<IndexError>(name, ": target ", target[i], " at position ", i,
                       " is out of range: there are ", classes, " classes, 0 to ", classes - 1);
    }
  }
  return {target, options.ignore_index};
}

// Turns the losses of all positions into the output and notes the weight that a mean divides by.
template <class T>
void reduce_losses(const Targets& targets, const T* weight, const T* losses, int64_t count,
                   Reduction reduction, const Array& out, const Array& total_weight) {
  const Convert store = converter(out.dtype, dtype_of<T>);
  T total = 1;
  if (reduction == Reduction::Mean) {
    if (weight) {
      const auto weight_of = [&](int64_t i) {
        return targets.ignored(i) ? T(0) : weight[targets.target[i]];
      };
      const auto vector_of = [&](int64_t i) {
        T lanes[Vec<T>::size];
        for (int j = 0; j < Vec<T>::size; ++j) lanes[j] = weight_of(i + j);
        return Vec<T>::load(lanes);
      };
      total = count == 0 ? T(0) : fold_all<Plus, T>(count, vector_of, weight_of);
    } else {
      int64_t counted = 0;
      for (int64_t i = 0; i < count; ++i) counted += !targets.ignored(i);
      total = static_cast<T>(counted);
    }
  }
  *total_weight.as<T>() = total;
  if (reduction == Reduction::None) return store(out.data, 1, losses, 1, count);
  const T sum = (count == 0 ? T(0) : fold_row<SumFold>(losses, count)) / total;
  store(out.data, 1, &sum, 1, 1);
}

// The gradient of the loss of one position.
template <class T>
class PositionGrad {
 public:
  PositionGrad(const Array& grad_out, const Array& total_weight, Reduction reduction)
      : grad_(grad_out),
        each_(reduction == Reduction::None),
        divisor_(reduction == Reduction::Mean ? *total_weight.as<const T>() : T(1)) {}
  T operator()(int64_t position) const { return grad_.data()[each_ ? position : 0] / divisor_; }

 private:
  AsWide<T> grad_;
  bool each_;
  T divisor_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
