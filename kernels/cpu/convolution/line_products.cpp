#include "convolution/line_products.h"

#include <algorithm>
#include <vector>

#include "machine.h"
#include "matrix/engine.h"
#include "matrix/tile.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kShortest = 16;        // panels of a line: those of shorter ones share tasks
constexpr int64_t kFewestChannels = 32;  // fewer do not pay to pack

// `zeros`: as many as a line has outputs. Added to a sum that underflowed, they give it the sign
// that other ways do.
template <class T>
Product<T> product_of(const Correlation<T>& c, int64_t image, int64_t group, const T* zeros) {
  const int64_t length = c.outputs[2], channel = group * c.out_channels;
  const Array& source = c.source;
  Product<T> product;
  product.m = c.out_channels;
  product.n = length;
  product.k = c.in_channels;
  product.a = {const_cast<T*>(c.weight) + group * c.weight_group_stride + c.weight_taps[0],
               dtype_of<T>, c.weight_row_stride, c.weight_channel_stride};
  product.b = {
      source.as<T>() + image * source.strides[0] + group * c.in_channels * source.strides[1],
      dtype_of<T>, source.strides[1], 1};
  product.finish.out = {c.out, c.out_dtype, c.out_strides[1], 1};
  product.finish.out.data = product.finish.out.at(channel, image * c.out_strides[0]);
  if (c.bias.data)
    product.finish.addend = {c.bias.at(channel, 0), c.bias.dtype, c.bias.row_stride, 0};
  else
    product.finish.addend = {const_cast<T*>(zeros), dtype_of<T>, 0, 1};
  product.finish.activation = c.activation;
  product.finish.params = c.params;
  return product;
}

// Channels lie pages apart: there a processor of Intel takes longer to read them tile by tile than
// to pack them as the engine does. Others lose nothing by the engine where few channels are summed,
// and save the packing of weights where these meet but few outputs. Short lines leave lanes idle.
template <class T>
bool pays(const Correlation<T>& c) {
  constexpr int64_t few_channels = 128, few_outputs = 800, few_lanes = 256, short_line = 100;
  const int64_t length = c.outputs[2];
  if (is_intel()) return length >= kShortest * kPanelColumns<T>;
  if (length < short_line) {
    const int64_t lanes = ceil_div(length, Vec<T>::size) * Vec<T>::size;
    return c.images * lanes <= few_lanes;
  }
  return c.in_channels <= few_channels ||
         (c.in_channels <= 2 * few_channels && c.in_channels <= c.out_channels) ||
         c.images * length <= std::min(few_outputs, 4 * c.out_channels);
}

}  // namespace

template <class T>
bool is_line_product(const Correlation<T>& c) {
  return c.source.dtype == dtype_of<T> && c.in_channels >= kFewestChannels && pays(c);
}

template <class T>
bool correlate_lines(const Correlation<T>& c) {
  if (!is_line_product(c)) return false;
  const int64_t items = c.images * c.groups;
  const int64_t work = c.out_channels * c.in_channels * c.outputs[2];
  const std::vector<T> zeros(static_cast<size_t>(c.bias.data ? 0 : c.outputs[2]));
  const auto run = [&](int64_t first, int64_t end) {
    for (int64_t i = first; i < end; ++i) {
      multiply(product_of(c, i / c.groups, i % c.groups, zeros.data()));
    }
  };
  each_product(items, work, run);
  return true;
}

template bool is_line_product<float>(const Correlation<float>&);
template bool is_line_product<double>(const Correlation<double>&);
template bool correlate_lines<float>(const Correlation<float>&);
template bool correlate_lines<double>(const Correlation<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
