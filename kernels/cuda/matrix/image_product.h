// A convolution, or the gradient of its input, which is one transposed, as a matrix product.
#pragma once

#include "images.h"

namespace taeda::cuda {

// Rows are the result's channels, columns its positions in all images; k runs over the channels of
// the images that are read and the taps, in the order of the weight. `outer` counts groups.
template <class Element, bool is_forward>
struct ImageProduct : Convolved<Element> {
  using T = typename Convolved<Element>::T;
  using Place = int64_t;  // the group
  static constexpr bool left_along_k = true, right_along_k = false;
  Bias bias;

  TAEDA_HD const Planes& to() const { return is_forward ? this->y : this->x; }
  TAEDA_HD const Planes& from() const { return is_forward ? this->x : this->y; }
  TAEDA_HD int64_t read_channels() const { return is_forward ? this->ins : this->outs; }

  TAEDA_HD int64_t rows() const { return is_forward ? this->outs : this->ins; }
  TAEDA_HD int64_t columns() const { return to().shape[0] * to().size(); }
  TAEDA_HD Place place(int64_t outer) const { return outer; }
  TAEDA_HD int64_t first(Place) const { return 0; }
  TAEDA_HD int64_t end(Place) const { return read_channels() * this->taps; }

  template <int W>
  TAEDA_HD void left(Place group, int64_t row, int64_t k, Element* into) const {
    TAEDA_UNROLL
    for (int i = 0; i < W; ++i) {
      int64_t tap[3];
      const bool inside = row < rows() && k + i < end(group);
      const int64_t read = place_of(this->w.shape, k + i, tap);
      const int64_t out = group * this->outs + (is_forward ? row : read);
      into[i] = inside ? this->weight(out, is_forward ? read : row, tap) : Element(0);
    }
  }
  template <int W>
  TAEDA_HD void right(Place group, int64_t column, int64_t k, Element* into) const {
    int64_t tap[3];
    const int64_t channel = group * read_channels() + place_of(this->w.shape, k, tap);
    TAEDA_UNROLL
    for (int i = 0; i < W; ++i) {
      into[i] = Element(0);
      if (k >= end(group) || column + i >= columns()) continue;
      int64_t at[3], there[3];
      const int64_t n = place_of(to().shape, column + i, at);
      if (!reads(at, tap, there)) continue;
      into[i] = element_at<Element>(from().memory, from().offset(n, channel, there));
    }
  }
  TAEDA_HD void finish(Place group, int64_t row, int64_t column, T sum) const {
    int64_t at[3];
    const int64_t n = place_of(to().shape, column, at);
    const int64_t channel = group * rows() + row;
    to().memory.store(to().offset(n, channel, at), bias.add(channel, sum));
  }

 private:
  TAEDA_HD bool reads(const int64_t (&at)[3], const int64_t (&tap)[3], int64_t (&there)[3]) const {
    if constexpr (is_forward)
      return source(this->geometry, this->x, at, tap, there);
    else
      return target(this->geometry, this->y, at, tap, there);
  }
};

template <bool is_forward>
void run_image_product(const Array& x, const Array& w, const Array& y, const Array& bias,
                       const ConvolutionGeometry& geometry) {
  const Array &from = is_forward ? x : y, &to = is_forward ? y : x;
  if (to.numel() == 0) return;
  dispatch_factors(from, w, to.dtype, [&]<class Shape>() {
    run_tiles<Shape>(geometry.groups, ImageProduct<typename Shape::Element, is_forward>{
                                          {x, w, y, geometry}, Bias(bias)});
  });
}

}  // namespace taeda::cuda
