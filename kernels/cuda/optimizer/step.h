// What all optimisers share: a launch steps as many tensors as its arguments have room for.
#pragma once

#include "../device/element.h"
#include "../runtime/launch.h"
#include "taeda/kernels/ops/optimizer.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda::cuda {

inline constexpr int kGroup = 32;  // tensors of a launch
inline constexpr int kStates = 3;

using Tensors = std::span<const OptimizerTensor>;

// An element of a parameter on its way through a step.
template <class T>
struct Element {
  T p, g;
  T state[kStates];
};

// A step is a struct with operator()(Element<T>&) and `states`, the number of states it uses.
template <class T, class Step>
struct GroupBody {
  OptimizerTensor tensors[kGroup];
  int64_t first[kGroup + 1];  // of each tensor, counted over the elements of all
  int count;
  DType dtype;
  Step step;

  TAEDA_HD void operator()(int64_t item) const {
    int t = 0;
    while (item >= first[t + 1]) ++t;
    const OptimizerTensor& tensor = tensors[t];
    const int64_t i = item - first[t];
    Element<T> x;
    x.p = load<T>(tensor.parameter, dtype, i);
    x.g = tensor.gradient ? load<T>(tensor.gradient, dtype, i) : T(0);
    for (int s = 0; s < step.states; ++s) x.state[s] = load<T>(tensor.state[s], dtype, i);
    step(x);
    store(tensor.parameter, dtype, i, x.p);
    for (int s = 0; s < step.states; ++s) store(tensor.state[s], dtype, i, x.state[s]);
  }
};

template <class T, class Step>
void step_all(DType dtype, Tensors tensors, const Step& step) {
  for (size_t begin = 0; begin < tensors.size(); begin += kGroup) {
    GroupBody<T, Step> body{};
    body.dtype = dtype;
    body.step = step;
    for (const OptimizerTensor& tensor :
         tensors.subspan(begin, std::min<size_t>(kGroup, tensors.size() - begin))) {
      body.tensors[body.count] = tensor;
      body.first[body.count + 1] = body.first[body.count] + tensor.count;
      ++body.count;
    }
    for_each(body.first[body.count], body);
  }
}

// What calls begin with: g <- (maximize ? -g : g) + weight_decay p.
template <class T>
struct StepGradient {
  T decay;
  bool decays, maximize;
  StepGradient() = default;
  template <class Call>
  explicit StepGradient(const Call& call)
      : decay(static_cast<T>(call.weight_decay)),
        decays(call.weight_decay != 0),
        maximize(call.maximize) {}
  TAEDA_HD T operator()(T p, T g) const {
    if (maximize) g = -g;
    return decays ? fma(decay, p, g) : g;
  }
};

// a + weight (b - a), exact at both ends.
template <class T>
TAEDA_HD inline T lerp(T weight, T a, T b) {
  return weight < T(0.5) ? fma(weight, b - a, a) : fma(weight - T(1), b - a, b);
}

void rms_prop(const RmsPropCall& call);
void adagrad(const AdagradCall& call);
void adadelta(const AdadeltaCall& call);
void adamax(const AdamaxCall& call);
void adam(const AdamCall& call);
double norm_of_all(const NormCall& call);
void scale_all(DType dtype, Tensors tensors, double factor);
void clamp_all(DType dtype, Tensors tensors, double low, double high);

}  // namespace taeda::cuda
