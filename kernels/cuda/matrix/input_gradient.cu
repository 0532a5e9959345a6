// The gradient of a convolution's input, which is a transposed convolution. `outer` counts groups.
#include "convolution.h"
#include "images.h"

namespace taeda::cuda {
namespace {

// Rows are channels of the input, columns its positions in all images; k runs over channels of the
// output and taps.
template <class Element>
struct InputGradientProblem : Convolved<Element> {
  using T = typename Convolved<Element>::T;
  using Place = int64_t;  // the group
  static constexpr bool left_along_k = true, right_along_k = false;
  Bias bias;

  TAEDA_HD int64_t rows() const { return this->ins; }
  TAEDA_HD int64_t columns() const { return this->x.shape[0] * this->x.size(); }
  TAEDA_HD Place place(int64_t outer) const { return outer; }
  TAEDA_HD int64_t first(Place) const { return 0; }
  TAEDA_HD int64_t end(Place) const { return this->outs * this->taps; }

  template <int W>
  TAEDA_HD void left(Place group, int64_t row, int64_t k, Element* to) const {
    TAEDA_UNROLL
    for (int i = 0; i < W; ++i) {
      int64_t tap[3];
      const bool inside = row < rows() && k + i < end(group);
      const int64_t out = place_of(this->w.shape, k + i, tap);
      to[i] = inside ? this->weight(group * this->outs + out, row, tap) : Element(0);
    }
  }
  template <int W>
  TAEDA_HD void right(Place group, int64_t column, int64_t k, Element* to) const {
    int64_t tap[3];
    const int64_t channel = group * this->outs + place_of(this->w.shape, k, tap);
    TAEDA_UNROLL
    for (int i = 0; i < W; ++i) {
      int64_t at[3], from[3];
      to[i] = Element(0);
      if (k >= end(group) || column + i >= columns()) continue;
      const int64_t n = place_of(this->x.shape, column + i, at);
      if (!target(this->geometry, this->y, at, tap, from)) continue;
      to[i] = element_at<Element>(this->y.memory, this->y.offset(n, channel, from));
    }
  }
  TAEDA_HD void finish(Place group, int64_t row, int64_t column, T sum) const {
    int64_t at[3];
    const int64_t n = place_of(this->x.shape, column, at);
    const int64_t channel = group * this->ins + row;
    this->x.memory.store(this->x.offset(n, channel, at), bias.add(channel, sum));
  }
};

}  // namespace

void convolution_input_gradient(const ConvolutionInputGradientCall& call) {
  if (call.grad_input.numel() == 0) return;
  dispatch_factors(call.grad_out, call.weight, call.grad_input.dtype, [&]<class Shape>() {
    run_tiles<Shape>(
        call.geometry.groups,
        InputGradientProblem<typename Shape::Element>{
            {call.grad_input, call.weight, call.grad_out, call.geometry}, Bias(call.bias)});
  });
}

}  // namespace taeda::cuda
