// Images sampled at the places of a grid, with the gradients. All arrays are contiguous and of one
// float dtype; half precision computes in float32. Places, P of a sample, have D = 2 or 3
// coordinates, x first, which go from -1 to 1 over the D last dimensions of the images. Cubic
// sampling is of two dimensions only.
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

enum class SampleMode : int8_t { Linear, Nearest, Cubic };
// What lies outside of an image.
enum class SamplePadding : int8_t { Zeros, Border, Reflection };

inline constexpr int kMostSampledDims = 3;

struct Sampling {
  SampleMode mode;
  SamplePadding padding;
  bool align_corners;  // -1 and 1 are the outermost points, not the outer edges
  // How often the sampled function is derived along x, y and z before its values are taken.
  int8_t orders[kMostSampledDims];
};

struct GridSampleCall {
  Array out;   // (N, C, P)
  Array in;    // (N, C, ...)
  Array grid;  // (N, P, D)
  Sampling sampling;
};
// The transpose of it: each value is added to the points that its place reads, by their weights.
struct GridScatterCall {
  Array out;     // (N, C, ...)
  Array values;  // (N, C, P)
  Array grid;    // (N, P, D)
  Sampling sampling;
};
// The sum over the channels of a value times the derivative along x, y and z of what is sampled.
struct GridSlopeCall {
  Array out;     // (N, P, D)
  Array values;  // (N, C, P)
  Array in;      // (N, C, ...)
  Array grid;    // (N, P, D)
  Sampling sampling;
};

struct SamplingKernels {
  void (*grid_sample)(const GridSampleCall& call);
  void (*grid_scatter)(const GridScatterCall& call);
  void (*grid_slope)(const GridSlopeCall& call);
};

}  // namespace taeda
