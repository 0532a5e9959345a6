// The gradient of a convolution's weight.
#include "../runtime/allocator.h"
#include "convolution.h"
#include "images.h"

namespace taeda::cuda {
namespace {

// Rows are channels of the output, columns channels of the input and taps; k runs over the
// positions of all images, in chunks whose sums are kept apart: `outer` counts chunks in groups.
template <class Element>
struct WeightGradientProblem : Convolved<Element> {
  using T = typename Convolved<Element>::T;
  struct Place {
    int64_t group, chunk;
  };
  static constexpr bool left_along_k = true, right_along_k = true;
  int64_t chunks, chunk_size;
  T* partial;  // (chunk, channel of the output, channel of the input and tap)

  TAEDA_HD int64_t rows() const { return this->outs; }
  TAEDA_HD int64_t columns() const { return this->ins * this->taps; }
  TAEDA_HD int64_t depth() const { return this->y.shape[0] * this->y.size(); }
  TAEDA_HD Place place(int64_t outer) const { return {outer / chunks, outer % chunks}; }
  TAEDA_HD int64_t first(const Place& place) const { return place.chunk * chunk_size; }
  TAEDA_HD int64_t end(const Place& place) const {
    return first(place) + chunk_size < depth() ? first(place) + chunk_size : depth();
  }

  template <int W>
  TAEDA_HD void left(const Place& place, int64_t row, int64_t k, Element* to) const {
    TAEDA_UNROLL
    for (int i = 0; i < W; ++i) {
      int64_t at[3];
      to[i] = Element(0);
      if (row >= rows() || k + i >= end(place)) continue;
      const int64_t n = place_of(this->y.shape, k + i, at);
      to[i] = element_at<Element>(this->y.memory,
                                  this->y.offset(n, place.group * this->outs + row, at));
    }
  }
  template <int W>
  TAEDA_HD void right(const Place& place, int64_t column, int64_t k, Element* to) const {
    int64_t tap[3];
    const int64_t channel = place.group * this->ins + place_of(this->w.shape, column, tap);
    TAEDA_UNROLL
    for (int i = 0; i < W; ++i) {
      int64_t at[3], from[3];
      to[i] = Element(0);
      if (column >= columns() || k + i >= end(place)) continue;
      const int64_t n = place_of(this->y.shape, k + i, at);
      if (!source(this->geometry, this->x, at, tap, from)) continue;
      to[i] = element_at<Element>(this->x.memory, this->x.offset(n, channel, from));
    }
  }
  TAEDA_HD void finish(const Place& place, int64_t row, int64_t column, T sum) const {
    const int64_t channel = place.group * this->outs + row;
    partial[(place.chunk * this->w.shape[0] + channel) * columns() + column] = sum;
  }
};

// The sums of the chunks, in ascending order.
template <class T>
struct ChunksBody {
  Planes w;
  const T* partial;
  int64_t chunks, count;  // elements of the weight
  TAEDA_HD void operator()(int64_t item) const {
    T sum = 0;
    for (int64_t chunk = 0; chunk < chunks; ++chunk) sum += partial[chunk * count + item];
    int64_t tap[3];
    int64_t rest = place_of(w.shape, item, tap);
    const int64_t in = take(rest, w.shape[1]);
    w.memory.store(w.offset(rest, in, tap), sum);
  }
};

// How many positions are summed at once follows from their number alone.
constexpr int64_t kChunk = 4096;

}  // namespace

void convolution_weight_gradient(const ConvolutionWeightGradientCall& call) {
  const int64_t count = call.grad_weight.numel();
  if (count > 0) {
    dispatch_factors(call.grad_out, call.input, call.grad_weight.dtype, [&]<class Shape>() {
      using T = typename Shape::T;
      WeightGradientProblem<typename Shape::Element> problem{
          {call.input, call.grad_weight, call.grad_out, call.geometry}, 0, kChunk, nullptr};
      problem.chunks = (problem.depth() + kChunk - 1) / kChunk;
      const DeviceScratch<T> partial(problem.chunks * count);
      problem.partial = partial.data();
      run_tiles<Shape>(call.geometry.groups * problem.chunks, problem);
      for_each(count,
               ChunksBody<T>{Planes(call.grad_weight), partial.data(), problem.chunks, count});
    });
  }
  bias_gradient(call.grad_bias, call.grad_out);
}

}  // namespace taeda::cuda
