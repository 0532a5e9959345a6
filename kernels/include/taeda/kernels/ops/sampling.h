// Images read beyond their borders and at the places of a grid, with the gradients. All arrays of a
// call are contiguous and of one dtype, but for padding a float one; half precision computes in
// float32. Places, P of a sample, have D = 2 or 3
// coordinates, x first, which go from -1 to 1 over the D last dimensions of the images. Cubic
// sampling is of two dimensions only.
#pragma once

#include "taeda/kernels/array.h"
#include "taeda/kernels/ops/declaration.h"

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

// What lies beyond the borders: the points mirrored, the outermost point, the points all over
// again, one value.
enum class PadMode : int8_t { Reflect, Replicate, Circular, Constant };

// The point of a dimension of `size` points that stands at place i, which may lie up to that many
// outside; -1: none.
TAEDA_HD constexpr int64_t padded_place(PadMode mode, int64_t i, int64_t size) {
  if (0 <= i && i < size) return i;
  if (mode == PadMode::Constant) return -1;
  if (mode == PadMode::Replicate) return i < 0 ? 0 : size - 1;
  if (mode == PadMode::Circular) return i < 0 ? i + size : i - size;
  return i < 0 ? -i : 2 * (size - 1) - i;
}

inline constexpr int kPaddedDims = 3;

// (P, A, B, C) as (P, a, b, c); of any dtype. `first`: the places of the first element of `out`
// along the last three dimensions.
struct PadCall {
  Array out, in;
  PadMode mode;
  int64_t first[kPaddedDims];
  const void* value;  // one element, in the memory of the CPU
};
// Adds to each point what stands for it. Float dtypes; of a mode that repeats points.
struct PadBackwardCall {
  Array grad_in, grad_out;
  PadMode mode;
  int64_t first[kPaddedDims];
};

struct SamplingKernels {
  void (*pad)(const PadCall& call);
  void (*pad_backward)(const PadBackwardCall& call);
  void (*grid_sample)(const GridSampleCall& call);
  void (*grid_scatter)(const GridScatterCall& call);
  void (*grid_slope)(const GridSlopeCall& call);
};

}  // namespace taeda
