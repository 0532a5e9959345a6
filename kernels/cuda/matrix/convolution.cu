// Convolution and its gradients as matrix products, whose factors are gathered from the images on
// their way to the tiles. `outer` counts groups.
#include "convolution.h"

#include "../families.h"
#include "../runtime/allocator.h"
#include "images.h"

namespace taeda::cuda {
namespace {

struct Bias {
  Memory memory;
  int64_t stride = 0;
  explicit Bias(const Array& array) : memory(array) {
    if (array.data) stride = array.strides[0];
  }
  template <class T>
  TAEDA_HD T add(int64_t channel, T sum) const {
    return memory ? sum + memory.load<T>(channel * stride) : sum;
  }
};

// What the three products share. x is the input, w the weight, y the output, or their gradients.
template <class Element>
struct Convolved {
  using T = std::conditional_t<is_half<Element>, float, Element>;
  Planes x, w, y;
  ConvolutionGeometry geometry;
  int64_t ins, outs, taps;  // channels of a group, elements of a kernel

  Convolved(const Array& input, const Array& weight, const Array& output,
            const ConvolutionGeometry& g)
      : x(input), w(weight), y(output), geometry(g) {
    ins = w.shape[1];
    outs = w.shape[0] / g.groups;
    taps = w.size();
  }
  TAEDA_HD Element weight(int64_t out, int64_t in, const int64_t (&tap)[3]) const {
    return element_at<Element>(w.memory, w.offset(out, in, tap));
  }
};

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

// The type of the factors: half precision where both have the same.
template <class Function>
void dispatch_factors(const Array& a, const Array& b, DType sum, Function&& function) {
  if (sum != DType::Float64 && a.dtype == DType::Float16 && b.dtype == a.dtype)
    function.template operator()<TileShape<Half, 64, 128>>();
  else if (sum != DType::Float64 && a.dtype == DType::BFloat16 && b.dtype == a.dtype)
    function.template operator()<TileShape<BFloat16, 64, 128>>();
  else if (sum == DType::Float64)
    function.template operator()<TileShape<double, 64, 64>>();
  else
    function.template operator()<TileShape<float, 64, 128>>();
}

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

void input_gradient(const ConvolutionInputGradientCall& call) {
  if (call.grad_input.numel() == 0) return;
  dispatch_factors(call.grad_out, call.weight, call.grad_input.dtype, [&]<class Shape>() {
    run_tiles<Shape>(
        call.geometry.groups,
        InputGradientProblem<typename Shape::Element>{
            {call.grad_input, call.weight, call.grad_out, call.geometry}, Bias(call.bias)});
  });
}

void weight_gradient(const ConvolutionWeightGradientCall& call) {
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

}  // namespace

ConvolutionKernels convolution_kernels() {
  return {.forward = forward, .input_gradient = input_gradient, .weight_gradient = weight_gradient};
}

}  // namespace taeda::cuda
