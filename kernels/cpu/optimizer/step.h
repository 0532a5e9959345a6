// One pass over all tensors of a step: what reads and writes them, a vector of each at a time.
#pragma once

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "../convert.h"
#include "../rounding.h"
#include "taeda/kernels/ops/optimizer.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int64_t kStepBlock = 32 * 1024;  // elements of a parallel block of one tensor

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
  lanes.p = load_some(p + i, rest);
  lanes.g = load_some(g + i, rest);
  for (int s = 0; s < States; ++s) lanes.state[s] = load_some(state[s] + i, rest);
  step(lanes);
  store_some(lanes.p, p + i, rest);
  for (int s = 0; s < States; ++s) store_some(lanes.state[s], state[s] + i, rest);
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

// A parallel block of some tensor. Its number follows the order of the tensors.
struct StepBlock {
  const OptimizerTensor* tensor;
  int64_t begin, end, number;
};

// The blocks of all tensors by the part of their tensor that they lie in, so that the threads share
// each tensor as they do where gradients are computed and parameters used: what a thread's caches
// hold of them it changes itself.
inline std::vector<StepBlock> step_blocks(std::span<const OptimizerTensor> tensors) {
  constexpr int64_t kParts = 64;
  int64_t total = 0;
  std::array<int64_t, kParts + 1> first{};  // of the blocks of a part, one place further
  const auto each = [&](auto visit) {
    int64_t number = 0;
    for (const OptimizerTensor& tensor : tensors) {
      const int64_t blocks = ceil_div(tensor.count, kStepBlock);
      for (int64_t i = 0; i < blocks; ++i) {
        visit(tensor, i, (2 * i + 1) * kParts / (2 * blocks), number++);
      }
    }
  };
  each([&](const OptimizerTensor&, int64_t, int64_t part, int64_t) {
    ++first[part + 1];
    ++total;
  });
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<StepBlock> ordered(static_cast<size_t>(total));
  each([&](const OptimizerTensor& tensor, int64_t i, int64_t part, int64_t number) {
    const int64_t begin = i * kStepBlock;
    ordered[static_cast<size_t>(first[part]++)] = {
        &tensor, begin, std::min(begin + kStepBlock, tensor.count), number};
  });
  return ordered;
}

// Calls visit(tensor, begin, end, number) for the blocks of all tensors in one parallel loop.
template <class Visit>
void each_step_block(std::span<const OptimizerTensor> tensors, const Visit& visit) {
  const std::vector<StepBlock> blocks = step_blocks(tensors);
  parallel_blocks(static_cast<int64_t>(blocks.size()), [&](int64_t i) {
    const StepBlock& block = blocks[static_cast<size_t>(i)];
    visit(*block.tensor, block.begin, block.end, block.number);
  });
}

// Runs step(lanes) over all tensors, in doubles or else in floats.
template <class T, int States, class Step>
void step_all(DType dtype, std::span<const OptimizerTensor> tensors, const Step& step) {
  int64_t total = 0;
  for (const OptimizerTensor& tensor : tensors) total += tensor.count;
  if (total <= kStepBlock) {
    for (const OptimizerTensor& tensor : tensors) {
      step_range<T, States>(tensor, dtype, 0, tensor.count, step);
    }
    return;
  }
  each_step_block(tensors, [&](const OptimizerTensor& tensor, int64_t begin, int64_t end, int64_t) {
    step_range<T, States>(tensor, dtype, begin, end, step);
  });
}

// Calls function with the type that steps of the dtype are computed in.
template <class Function>
auto dispatch_step(DType dtype, const Function& function) {
  if (dtype == DType::Float64) return function.template operator()<double>();
  return function.template operator()<float>();
}

// g <- (maximize ? -g : g) + decay p.
template <class T>
struct StepGradient {
  explicit StepGradient(const StepCall& call)
      : decay(call.weight_decay), decays(call.weight_decay != 0), maximize(call.maximize) {}
  Vec<T> operator()(Vec<T> p, Vec<T> g) const {
    if (maximize) g = -g;
    return decays ? fma(decay, p, g) : g;
  }

  Vec<T> decay;
  bool decays, maximize;
};

// m + weight (g - m), exact at both ends.
template <class T>
struct Lerp {
  explicit Lerp(double weight) : weight(weight), is_small(weight < 0.5) {}
  Vec<T> operator()(Vec<T> m, Vec<T> g) const {
    const Vec<T> distance = g - m;
    return is_small ? fma(weight, distance, m) : fma(weight - Vec<T>(1), distance, g);
  }

  Vec<T> weight;
  bool is_small;
};

void rms_prop(const RmsPropCall& call);
void adagrad(const AdagradCall& call);
void adadelta(const AdadeltaCall& call);
void adamax(const AdamaxCall& call);
void adam(const AdamCall& call);
double norm_of_all(const NormCall& call);
void scale_all(DType dtype, std::span<const OptimizerTensor> tensors, double factor);
void clamp_all(DType dtype, std::span<const OptimizerTensor> tensors, double low, double high);

}  // namespace taeda::cpu::inline TAEDA_ISA
