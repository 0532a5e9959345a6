#include <algorithm>
#include <cmath>
#include <vector>

#include "convert.h"
#include "families.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kBlock = 16 * 1024;  // elements of a parallel block; a block lies in one tensor

// One vector of everything that a step reads and writes.
template <class T, int States>
struct Lanes {
  Vec<T> p, g;
  Vec<T> state[States > 0 ? States : 1];
};

template <class T, int States, class Step>
void step_run(T* p, const T* g, T* const* state, int64_t count, const Step& step) {
  Lanes<T, States> lanes;
  int64_t i = 0;
  for (; i + Vec<T>::size <= count; i += Vec<T>::size) {
    lanes.p = Vec<T>::load(p + i);
    lanes.g = Vec<T>::load(g + i);
    for (int s = 0; s < States; ++s) lanes.state[s] = Vec<T>::load(state[s] + i);
    step(lanes);
    lanes.p.store(p + i);
    for (int s = 0; s < States; ++s) lanes.state[s].store(state[s] + i);
  }
  if (i == count) return;
  const int64_t rest = count - i;
  lanes.p = Vec<T>::load_part(p + i, rest);
  lanes.g = Vec<T>::load_part(g + i, rest);
  for (int s = 0; s < States; ++s) lanes.state[s] = Vec<T>::load_part(state[s] + i, rest);
  step(lanes);
  lanes.p.store_part(p + i, rest);
  for (int s = 0; s < States; ++s) lanes.state[s].store_part(state[s] + i, rest);
}

// Elements begin ... end - 1 of one tensor. Half precision goes through float, a piece at a time.
template <class T, int States, class Step>
void step_range(const OptimizerTensor& tensor, DType dtype, int64_t begin, int64_t end,
                const Step& step) {
  const auto at = [&](const void* data, int64_t i) {
    return const_cast<char*>(static_cast<const char*>(data)) + i * size_of(dtype);
  };
  T* state[3] = {};
  if (dtype == dtype_of<T>) {
    for (int s = 0; s < States; ++s) state[s] = reinterpret_cast<T*>(at(tensor.state[s], begin));
    return step_run<T, States>(reinterpret_cast<T*>(at(tensor.parameter, begin)),
                               reinterpret_cast<const T*>(at(tensor.gradient, begin)), state,
                               end - begin, step);
  }
  constexpr int64_t kPiece = 1024;
  alignas(64) T buffers[2 + States][kPiece];
  const Convert load = converter(dtype_of<T>, dtype), store = converter(dtype, dtype_of<T>);
  for (int64_t i = begin; i < end; i += kPiece) {
    const int64_t count = std::min(kPiece, end - i);
    load(buffers[0], 1, at(tensor.parameter, i), 1, count);
    load(buffers[1], 1, at(tensor.gradient, i), 1, count);
    for (int s = 0; s < States; ++s) {
      state[s] = buffers[2 + s];
      load(state[s], 1, at(tensor.state[s], i), 1, count);
    }
    step_run<T, States>(buffers[0], buffers[1], state, count, step);
    store(at(tensor.parameter, i), 1, buffers[0], 1, count);
    for (int s = 0; s < States; ++s) store(at(tensor.state[s], i), 1, state[s], 1, count);
  }
}

// One pass over all tensors; the blocks of all of them form one parallel loop.
template <class T, int States, class Call, class Step>
void step_all(const Call& call, const Step& step) {
  int64_t total = 0;
  for (const OptimizerTensor& tensor : call.tensors) total += tensor.count;
  if (total <= 2 * kBlock) {
    for (const OptimizerTensor& tensor : call.tensors) {
      step_range<T, States>(tensor, call.dtype, 0, tensor.count, step);
    }
    return;
  }
  std::vector<int64_t> first_block{0};
  for (const OptimizerTensor& tensor : call.tensors) {
    first_block.push_back(first_block.back() + (tensor.count + kBlock - 1) / kBlock);
  }
  parallel_blocks(first_block.back(), [&](int64_t block) {
    const auto next = std::upper_bound(first_block.begin(), first_block.end(), block);
    const size_t index = static_cast<size_t>(next - first_block.begin()) - 1;
    const OptimizerTensor& tensor = call.tensors[index];
    const int64_t begin = (block - first_block[index]) * kBlock;
    step_range<T, States>(tensor, call.dtype, begin, std::min(begin + kBlock, tensor.count), step);
  });
}

template <class T>
void sgd_as(const SgdCall& call) {
  const Vec<T> lr(-call.lr), decay(call.weight_decay), momentum(call.momentum);
  const Vec<T> taken(1 - call.dampening);
  const bool decays = call.weight_decay != 0;
  const auto gradient = [=, maximize = call.maximize](Vec<T> p, Vec<T> g) {
    if (maximize) g = -g;
    return decays ? fma(decay, p, g) : g;
  };
  if (call.momentum == 0) {
    return step_all<T, 0>(call, [=](Lanes<T, 0>& x) { x.p = fma(lr, gradient(x.p, x.g), x.p); });
  }
  const auto step = [&]<bool First>() {
    step_all<T, 1>(call, [=, nesterov = call.nesterov](Lanes<T, 1>& x) {
      const Vec<T> g = gradient(x.p, x.g);
      x.state[0] = First ? g : fma(taken, g, x.state[0] * momentum);
      x.p = fma(lr, nesterov ? fma(momentum, x.state[0], g) : x.state[0], x.p);
    });
  };
  if (call.first_step)
    step.template operator()<true>();
  else
    step.template operator()<false>();
}

// The factors of a step, computed in double as PyTorch computes them in Python.
template <class T>
struct AdamFactors {
  explicit AdamFactors(const AdamCall& call)
      : step_size(-(call.lr / (1 - std::pow(call.beta1, static_cast<double>(call.step))))),
        root_correction(std::sqrt(1 - std::pow(call.beta2, static_cast<double>(call.step)))),
        eps(call.eps),
        beta2(call.beta2),
        weight1(1 - call.beta1),
        weight2(1 - call.beta2),
        decay(call.decoupled_weight_decay ? 1 - call.lr * call.weight_decay : call.weight_decay),
        small_weight1(1 - call.beta1 < 0.5) {}

  Vec<T> step_size, root_correction, eps, beta2, weight1, weight2, decay;
  bool small_weight1;

  // lerp, exact at both ends.
  Vec<T> first_moment(Vec<T> m, Vec<T> g) const {
    const Vec<T> distance = g - m;
    return small_weight1 ? fma(weight1, distance, m) : fma(weight1 - Vec<T>(1), distance, g);
  }
};

template <class T>
void adam_as(const AdamCall& call) {
  const AdamFactors<T> factors(call);
  const auto step = [&]<bool AmsGrad>() {
    constexpr int kStates = AmsGrad ? 3 : 2;
    const bool decays = call.weight_decay != 0;
    const bool decoupled = decays && call.decoupled_weight_decay;
    const bool coupled = decays && !call.decoupled_weight_decay;
    step_all<T, kStates>(call, [=, f = factors, maximize = call.maximize](Lanes<T, kStates>& x) {
      Vec<T> g = maximize ? -x.g : x.g;
      if (decoupled) x.p = x.p * f.decay;
      if (coupled) g = fma(f.decay, x.p, g);
      x.state[0] = f.first_moment(x.state[0], g);
      x.state[1] = fma(f.weight2 * g, g, x.state[1] * f.beta2);
      Vec<T> v = x.state[1];
      if constexpr (AmsGrad) v = x.state[2] = maximum(x.state[2], v);
      x.p += f.step_size * x.state[0] / (sqrt(v) / f.root_correction + f.eps);
    });
  };
  if (call.amsgrad)
    step.template operator()<true>();
  else
    step.template operator()<false>();
}

void sgd(const SgdCall& call) {
  if (call.dtype == DType::Float64)
    sgd_as<double>(call);
  else
    sgd_as<float>(call);
}
void adam(const AdamCall& call) {
  if (call.dtype == DType::Float64)
    adam_as<double>(call);
  else
    adam_as<float>(call);
}

}  // namespace

OptimizerKernels optimizer_kernels() { return {.sgd = sgd, .adam = adam}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
