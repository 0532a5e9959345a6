#include "convolution/correlate.h"

#include "convolution/direct.h"
#include "convolution/parts.h"
#include "convolution/sums.h"
#include "convolution/winograd.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// Whether a window of one element slides over memory as over a line.
template <class T>
bool is_line(const Correlation<T>& c) {
  const int64_t* strides = c.out_strides;
  const Sizes3& size = c.outputs;
  for (int a = 0; a < 3; ++a) {
    if (c.source.shape[static_cast<size_t>(2 + a)] != size[a]) return false;
  }
  return c.taps.size() == 1 && BoxLayout::is_source(c.taps, c.step, size, c.source) &&
         (size[2] == 1 || strides[4] == 1) && (size[1] == 1 || strides[3] == size[2]) &&
         (size[0] == 1 || strides[2] == size[1] * size[2]);
}

// The images that Winograd's products leave are computed by sums, so that each output meets what
// its window does and no more.
void correlate_windows(const Correlation<float>& c) {
  const Sizes shape = c.source.shape;
  Correlation<float> rest = c;
  rest.images = 1;
  const int64_t one[5] = {1, shape[1], shape[2], shape[3], shape[4]};
  rest.source.shape = one;
  for (const int64_t image : correlate_by_winograd(c)) {
    rest.source.data =
        static_cast<char*>(c.source.data) + image * c.source.strides[0] * size_of(c.source.dtype);
    rest.out = static_cast<char*>(c.out) + image * c.out_strides[0] * size_of(c.out_dtype);
    correlate_by_sums(rest);
  }
}

}  // namespace

template <class T>
void correlate(Correlation<T> c) {
  const Sizes shape = c.source.shape, strides = c.source.strides;
  const int64_t length = shape[2] * shape[3] * shape[4];
  const int64_t line_shape[5] = {shape[0], shape[1], 1, 1, length};
  const int64_t line_strides[5] = {strides[0], strides[1], length, length, 1};
  if (is_line(c)) {
    c.outputs = {1, 1, length};
    c.out_strides[4] = 1;
    c.source.shape = line_shape;
    c.source.strides = line_strides;
  }
  if (correlate_directly(c)) return;
  if constexpr (std::is_same_v<T, float>) {
    if (winograd_serves(c)) return each_part(c, *WindowGrid::of(c.taps, 3), correlate_windows);
  }
  correlate_by_sums(c);
}

template void correlate<float>(Correlation<float>);
template void correlate<double>(Correlation<double>);

}  // namespace taeda::cpu::inline TAEDA_ISA
