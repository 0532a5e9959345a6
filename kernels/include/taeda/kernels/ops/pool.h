// Pooling over windows of planes, with the gradients. All arrays are contiguous; a plane is H x W,
// and (P, H, W) holds P of them. Float dtypes; half precision computes in float32.
#pragma once

#include "taeda/kernels/array.h"

namespace taeda {

// The windows of an output position: it covers input rows oh * stride - padding + i * dilation.
struct PoolWindow {
  int64_t kernel[2];  // rows, columns
  int64_t stride[2];
  int64_t padding[2];
  int64_t dilation[2];
};

// The largest element of each window, or a NaN of it, and its position row * W + column in the
// plane; -inf and -1 for a window whose steps all fall into the padding.
struct MaxPoolCall {
  Array out;    // (P, OH, OW)
  Array index;  // int64; null data: not wanted
  Array in;     // (P, H, W)
  PoolWindow window;
};
// A device looks for the positions in their windows; the CPU takes them from anywhere in the plane.
struct MaxPoolBackwardCall {
  Array grad_in;
  Array grad_out;
  Array index;
  PoolWindow window;
};

// The mean of each window. The divisor is `divisor_override`, or where that is 0 the number of
// elements in the window: those of the padding counted or not. Dilation is 1.
struct AvgPoolCall {
  Array out;
  Array in;
  PoolWindow window;
  bool count_include_pad;
  int64_t divisor_override;
};
struct AvgPoolBackwardCall {
  Array grad_in;
  Array grad_out;
  PoolWindow window;
  bool count_include_pad;
  int64_t divisor_override;
};

// The mean of rows floor(oh * H / OH) to ceil((oh + 1) * H / OH) - 1 and columns likewise.
struct AdaptiveAvgPoolCall {
  Array out;
  Array in;
};
struct AdaptiveAvgPoolBackwardCall {
  Array grad_in;
  Array grad_out;
};

// Each element along an axis is a weighted sum of neighbours: out[p, o, c] is the sum of
// weights[o, t] * in[p, begin + t, c] over t in order, where windows[o] = (begin, end).
struct ResampleCall {
  Array out;      // (P, O, C)
  Array in;       // (P, I, C)
  Array windows;  // (O, 2), int64; they lie in the input
  Array weights;  // (O, T) of the type that is computed in; no window is longer than T
};

struct PoolKernels {
  void (*max_pool)(const MaxPoolCall& call);
  void (*max_pool_backward)(const MaxPoolBackwardCall& call);
  void (*avg_pool)(const AvgPoolCall& call);
  void (*avg_pool_backward)(const AvgPoolBackwardCall& call);
  void (*adaptive_avg_pool)(const AdaptiveAvgPoolCall& call);
  void (*adaptive_avg_pool_backward)(const AdaptiveAvgPoolBackwardCall& call);
  void (*resample)(const ResampleCall& call);
};

}  // namespace taeda
