// What convolution and its gradients share as matrix products: images, weights, and where in them
// the elements of the factors lie.
#pragma once

#include <algorithm>

#include "../device/divide.h"
#include "taeda/kernels/ops/convolution.h"
#include "tile.h"

namespace taeda::cuda {

// An array of five dimensions: (n, c, d, h, w).
struct Planes {
  Memory memory;
  int64_t shape[5], strides[5];
  explicit Planes(const Array& array) : memory(array) {
    std::copy_n(array.shape.begin(), 5, shape);
    std::copy_n(array.strides.begin(), 5, strides);
  }
  TAEDA_HD int64_t size() const { return shape[2] * shape[3] * shape[4]; }
  TAEDA_HD int64_t offset(int64_t n, int64_t c, const int64_t* place) const {
    return n * strides[0] + c * strides[1] + place[0] * strides[2] + place[1] * strides[3] +
           place[2] * strides[4];
  }
};

// A place in the last three dimensions from its number, row-major; gives the rest of the number.
TAEDA_HD inline int64_t place_of(const int64_t (&shape)[5], int64_t number, int64_t (&place)[3]) {
  for (int axis = 2; axis >= 0; --axis) place[axis] = take(number, shape[2 + axis]);
  return number;
}

// Where tap `tap` of a kernel at position `at` of the output reads the input; false in the padding.
TAEDA_HD inline bool source(const ConvolutionGeometry& g, const Planes& input,
                            const int64_t (&at)[3], const int64_t (&tap)[3], int64_t (&from)[3]) {
  bool inside = true;
  for (int axis = 0; axis < 3; ++axis) {
    from[axis] = at[axis] * g.stride[axis] - g.padding[axis] + tap[axis] * g.dilation[axis];
    inside &= from[axis] >= 0 && from[axis] < input.shape[2 + axis];
  }
  return inside;
}
// The position of the output whose tap `tap` reads the input at `at`; false where there is none.
TAEDA_HD inline bool target(const ConvolutionGeometry& g, const Planes& out, const int64_t (&at)[3],
                            const int64_t (&tap)[3], int64_t (&to)[3]) {
  bool exists = true;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t shifted = at[axis] + g.padding[axis] - tap[axis] * g.dilation[axis];
    to[axis] = shifted / g.stride[axis];
    exists &=
        shifted >= 0 && to[axis] * g.stride[axis] == shifted && to[axis] < out.shape[2 + axis];
  }
  return exists;
}

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

}  // namespace taeda::cuda
