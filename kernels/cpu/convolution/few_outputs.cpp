#include "convolution/few_outputs.h"

#include "convolution/box_filler.h"
#include "convolution/line_products.h"
#include "convolution/weights.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// to[channel][tap][output] of some channels of all groups of an image.
template <class T>
void lay_out(const Correlation<T>& c, const BoxLayout& box, int64_t image, int64_t channel,
             int64_t channels, T* to) {
  const Region region{image, 1, {}, c.outputs};
  const BoxFiller<T> filler(box, c.source, region);
  const Scratch<T> memory(box.size(1) + kBoxSlack<T>);
  const auto bytes = static_cast<size_t>(c.outputs[2]) * sizeof(T);
  for (int64_t i = 0; i < channels; ++i) {
    filler.fill(channel + i, 1, memory.data());
    for (const int64_t offset : box.offsets()) {
      for (int64_t z = 0; z < c.outputs[0]; ++z) {
        for (int64_t y = 0; y < c.outputs[1]; ++y, to += c.outputs[2]) {
          copy_bytes(to, memory.data() + offset + box.place(0, z, y), bytes);
        }
      }
    }
  }
}

}  // namespace

template <class T>
bool correlate_few_outputs(const Correlation<T>& c) {
  constexpr int64_t fewest_weights = int64_t{1} << 16;  // of a group
  constexpr int64_t task_elements = int64_t{1} << 14;
  const int64_t outputs = c.outputs[0] * c.outputs[1] * c.outputs[2];
  const int64_t taps = std::ssize(c.taps), depth = c.in_channels * taps;
  // To lay out an element takes about as long as to pack a weight.
  if (2 * c.images * outputs > c.out_channels || c.out_channels * depth < fewest_weights ||
      !weights_lie_in_order(c)) {
    return false;
  }
  int64_t line_of_outputs = 1;
  for (int a = 2; a >= 0; --a) {
    if (c.outputs[a] > 1 && c.out_strides[2 + a] != line_of_outputs) return false;
    line_of_outputs *= c.outputs[a];
  }
  const int64_t channels = c.groups * c.in_channels;
  Correlation<T> line = c;
  line.in_channels = depth;
  line.taps = {Tap{}};
  line.step = {1, 1, 1};
  line.outputs = {1, 1, outputs};
  line.out_strides[4] = 1;
  line.weight_channel_stride = 1;
  line.weight_taps = {0};
  const int64_t shape[5] = {c.images, c.groups * depth, 1, 1, outputs};
  const int64_t strides[5] = {c.groups * depth * outputs, outputs, outputs, outputs, 1};
  line.source = {nullptr, dtype_of<T>, shape, strides};
  if (!is_line_product(line)) return false;

  const Scratch<T> matrix(c.images * channels * taps * outputs);
  line.source.data = matrix.data();
  const BoxLayout box(c.taps, c.step, 1, c.outputs);
  parallel_for(c.images * channels, std::max<int64_t>(1, task_elements / (taps * outputs)),
               [&](int64_t first, int64_t end) {
                 while (first < end) {
                   const int64_t count = std::min(end - first, channels - first % channels);
                   lay_out(c, box, first / channels, first % channels, count,
                           matrix.data() + first * taps * outputs);
                   first += count;
                 }
               });
  return correlate_lines(line);
}

template bool correlate_few_outputs<float>(const Correlation<float>&);
template bool correlate_few_outputs<double>(const Correlation<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
