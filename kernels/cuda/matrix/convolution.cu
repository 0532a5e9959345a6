// Convolution and its gradients, each element of the result by itself.
#include "convolution.h"

#include "../device/element.h"
#include "../device/fold.h"
#include "../families.h"

namespace taeda::cuda {
namespace {

// An array of five dimensions: (n, c, d, h, w).
struct Planes {
  Memory memory;
  int64_t shape[5], strides[5];
  explicit Planes(const Array& array) : memory(array) {
    std::copy_n(array.shape.begin(), 5, shape);
    std::copy_n(array.strides.begin(), 5, strides);
  }
  int64_t count() const { return shape[0] * shape[1] * size(); }
  TAEDA_HD int64_t size() const { return shape[2] * shape[3] * shape[4]; }
  TAEDA_HD int64_t offset(int64_t n, int64_t c, const int64_t* place) const {
    return n * strides[0] + c * strides[1] + place[0] * strides[2] + place[1] * strides[3] +
           place[2] * strides[4];
  }
  template <class T>
  TAEDA_HD T load(int64_t n, int64_t c, const int64_t* place) const {
    return memory.load<T>(offset(n, c, place));
  }
  TAEDA_HD void position(int64_t item, int64_t (&index)[5]) const {
    for (int d = 4; d >= 0; --d) {
      index[d] = item % shape[d];
      item /= shape[d];
    }
  }
};

struct Bias {
  Memory memory;
  int64_t stride = 0;
  explicit Bias(const Array& array) : memory(array) {
    if (array.data) stride = array.strides[0];
  }
  template <class T>
  TAEDA_HD T at(int64_t channel) const {
    return memory ? memory.load<T>(channel * stride) : T(0);
  }
};

// A place in the last three dimensions from its number, row-major.
TAEDA_HD inline void place_of(const Planes& planes, int64_t number, int64_t (&tap)[3]) {
  tap[2] = number % planes.shape[4];
  tap[1] = number / planes.shape[4] % planes.shape[3];
  tap[0] = number / planes.shape[4] / planes.shape[3];
}

// Where a step of the kernel at an output position reads; false in the padding.
TAEDA_HD inline bool source(const ConvolutionGeometry& g, const Planes& input,
                            const int64_t* position, const int64_t (&tap)[3], int64_t (&at)[3]) {
  bool inside = true;
  for (int axis = 0; axis < 3; ++axis) {
    at[axis] = position[axis] * g.stride[axis] - g.padding[axis] + tap[axis] * g.dilation[axis];
    inside &= at[axis] >= 0 && at[axis] < input.shape[2 + axis];
  }
  return inside;
}
// The output position whose step `tap` reads `at`; false where there is none.
TAEDA_HD inline bool target(const ConvolutionGeometry& g, const Planes& out, const int64_t* at,
                            const int64_t (&tap)[3], int64_t (&position)[3]) {
  bool exists = true;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t shifted = at[axis] + g.padding[axis] - tap[axis] * g.dilation[axis];
    position[axis] = shifted / g.stride[axis];
    exists &= shifted >= 0 && shifted % g.stride[axis] == 0 && position[axis] < out.shape[2 + axis];
  }
  return exists;
}

template <class T>
struct ForwardBody {
  Planes out, input, weight;
  Bias bias;
  ConvolutionGeometry geometry;

  TAEDA_HD void operator()(int64_t item) const {
    int64_t at[5], tap[3], from[3];
    out.position(item, at);
    const int64_t in_channels = weight.shape[1];
    const int64_t first = at[1] / (out.shape[1] / geometry.groups) * in_channels;
    T sum = 0;
    for (int64_t c = 0; c < in_channels; ++c) {
      for (int64_t number = 0; number < weight.size(); ++number) {
        place_of(weight, number, tap);
        if (!source(geometry, input, at + 2, tap, from)) continue;
        sum = fma(input.load<T>(at[0], first + c, from), weight.load<T>(at[1], c, tap), sum);
      }
    }
    if (bias.memory) sum += bias.at<T>(at[1]);
    out.memory.store(out.offset(at[0], at[1], at + 2), sum);
  }
};

template <class T>
struct InputGradientBody {
  Planes grad_input, grad_out, weight;
  Bias bias;
  ConvolutionGeometry geometry;

  TAEDA_HD void operator()(int64_t item) const {
    int64_t at[5], tap[3], from[3];
    grad_input.position(item, at);
    const int64_t in_channels = weight.shape[1];
    const int64_t out_channels = weight.shape[0] / geometry.groups;
    const int64_t first = at[1] / in_channels * out_channels, c = at[1] % in_channels;
    T sum = 0;
    for (int64_t o = first; o < first + out_channels; ++o) {
      for (int64_t number = 0; number < weight.size(); ++number) {
        place_of(weight, number, tap);
        if (!target(geometry, grad_out, at + 2, tap, from)) continue;
        sum = fma(grad_out.load<T>(at[0], o, from), weight.load<T>(o, c, tap), sum);
      }
    }
    if (bias.memory) sum += bias.at<T>(at[1]);
    grad_input.memory.store(grad_input.offset(at[0], at[1], at + 2), sum);
  }
};

// A block sums an element of the weight's gradient over images and positions.
template <class T>
struct WeightGradientBody {
  using Shared = FoldShared<T>;
  Planes grad_weight, grad_out, input;
  ConvolutionGeometry geometry;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    int64_t at[5];
    grad_weight.position(item, at);
    const int64_t tap[3] = {at[2], at[3], at[4]};
    const int64_t out_channels = grad_weight.shape[0] / geometry.groups;
    const int64_t channel = at[0] / out_channels * grad_weight.shape[1] + at[1];
    const int64_t size = grad_out.size();
    const T sum = fold_all(block, shared.memory, shared.result, grad_out.shape[0] * size, T(0),
                           Plus(), [&](int64_t i) {
                             int64_t position[3], from[3];
                             place_of(grad_out, i % size, position);
                             if (!source(geometry, input, position, tap, from)) return T(0);
                             return grad_out.load<T>(i / size, at[0], position) *
                                    input.load<T>(i / size, channel, from);
                           });
    block.each([&](int thread) {
      if (thread == 0) grad_weight.memory.store(grad_weight.offset(at[0], at[1], tap), sum);
    });
  }
};

template <class T>
struct BiasGradientBody {
  using Shared = FoldShared<T>;
  Memory grad_bias;
  int64_t stride;
  Planes grad_out;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t channel) const {
    const int64_t size = grad_out.size();
    const T sum = fold_all(block, shared.memory, shared.result, grad_out.shape[0] * size, T(0),
                           Plus(), [&](int64_t i) {
                             int64_t position[3];
                             place_of(grad_out, i % size, position);
                             return grad_out.load<T>(i / size, channel, position);
                           });
    block.each([&](int thread) {
      if (thread == 0) grad_bias.store(channel * stride, sum);
    });
  }
};

void forward(const ConvolutionCall& call) {
  const Planes out(call.out);
  dispatch_float(call.out.dtype, [&]<class T>() {
    for_each(out.count(), ForwardBody<T>{out, Planes(call.input), Planes(call.weight),
                                         Bias(call.bias), call.geometry});
  });
  if (call.activation < 0 || out.count() == 0) return;
  elementwise_kernels().run({.arity = Arity::Unary,
                             .op = call.activation,
                             .compute = call.out.dtype,
                             .out = call.out,
                             .inputs = {&call.out, 1},
                             .params = call.activation_params});
}

void input_gradient(const ConvolutionInputGradientCall& call) {
  const Planes out(call.grad_input);
  dispatch_float(call.grad_input.dtype, [&]<class T>() {
    for_each(out.count(), InputGradientBody<T>{out, Planes(call.grad_out), Planes(call.weight),
                                               Bias(call.bias), call.geometry});
  });
}

void weight_gradient(const ConvolutionWeightGradientCall& call) {
  const Planes out(call.grad_weight);
  dispatch_float(call.grad_weight.dtype, [&]<class T>() {
    for_each_block(out.count(), WeightGradientBody<T>{out, Planes(call.grad_out),
                                                      Planes(call.input), call.geometry});
  });
  bias_gradient(call.grad_bias, call.grad_out);
}

}  // namespace

void bias_gradient(const Array& grad_bias, const Array& grad_out) {
  if (!grad_bias.data) return;
  dispatch_float(grad_bias.dtype, [&]<class T>() {
    for_each_block(grad_bias.shape[0],
                   BiasGradientBody<T>{grad_bias, grad_bias.strides[0], Planes(grad_out)});
  });
}

ConvolutionKernels convolution_kernels() {
  return {.forward = forward, .input_gradient = input_gradient, .weight_gradient = weight_gradient};
}

}  // namespace taeda::cuda
