// Convolution as a matrix product, whose factors are gathered from the images on their way to the
// tiles. `outer` counts groups.
#include "convolution.h"

#include "../families.h"
#include "images.h"

namespace taeda::cuda {
namespace {

// Rows are channels of the output, columns its positions in all images; k runs over channels of the
// input and taps, in the order of the weight.
template <class Element>
struct ForwardProblem : Convolved<Element> {
  using T = typename Convolved<Element>::T;
  using Place = int64_t;  // the group
  static constexpr bool left_along_k = true, right_along_k = false;
  Bias bias;

  TAEDA_HD int64_t rows() const { return this->outs; }
  TAEDA_HD int64_t columns() const { return this->y.shape[0] * this->y.size(); }
  TAEDA_HD Place place(int64_t outer) const { return outer; }
  TAEDA_HD int64_t first(Place) const { return 0; }
  TAEDA_HD int64_t end(Place) const { return this->ins * this->taps; }

  template <int W>
  TAEDA_HD void left(Place group, int64_t row, int64_t k, Element* to) const {
    TAEDA_UNROLL
    for (int i = 0; i < W; ++i) {
      int64_t tap[3];
      const bool inside = row < rows() && k + i < end(group);
      const int64_t in = place_of(this->w.shape, k + i, tap);
      to[i] = inside ? this->weight(group * this->outs + row, in, tap) : Element(0);
    }
  }
  template <int W>
  TAEDA_HD void right(Place group, int64_t column, int64_t k, Element* to) const {
    int64_t tap[3];
    const int64_t channel = group * this->ins + place_of(this->w.shape, k, tap);
    TAEDA_UNROLL
    for (int i = 0; i < W; ++i) {
      int64_t at[3], from[3];
      to[i] = Element(0);
      if (k >= end(group) || column + i >= columns()) continue;
      const int64_t n = place_of(this->y.shape, column + i, at);
      if (!source(this->geometry, this->x, at, tap, from)) continue;
      to[i] = element_at<Element>(this->x.memory, this->x.offset(n, channel, from));
    }
  }
  TAEDA_HD void finish(Place group, int64_t row, int64_t column, T sum) const {
    int64_t at[3];
    const int64_t n = place_of(this->y.shape, column, at);
    const int64_t channel = group * this->outs + row;
    this->y.memory.store(this->y.offset(n, channel, at), bias.add(channel, sum));
  }
};

void forward(const ConvolutionCall& call) {
  if (call.out.numel() == 0) return;
  dispatch_factors(call.input, call.weight, call.out.dtype, [&]<class Shape>() {
    run_tiles<Shape>(call.geometry.groups,
                     ForwardProblem<typename Shape::Element>{
                         {call.input, call.weight, call.out, call.geometry}, Bias(call.bias)});
  });
  if (call.activation < 0) return;
  elementwise_kernels().run({.arity = Arity::Unary,
                             .op = call.activation,
                             .compute = call.out.dtype,
                             .out = call.out,
                             .inputs = {&call.out, 1},
                             .params = call.activation_params});
}

}  // namespace

ConvolutionKernels convolution_kernels() {
  return {.forward = forward,
          .input_gradient = convolution_input_gradient,
          .weight_gradient = convolution_weight_gradient};
}

}  // namespace taeda::cuda
