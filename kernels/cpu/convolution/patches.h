// The gradient of the input of windows that lie side by side: each input is met by one weight.
#pragma once

#include "convolution/call.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {

// A window without overlap becomes channels: one correlation gives for each position what its patch
// of the gradient holds, which is then moved there.
template <class T>
class PatchGradient {
 public:
  static bool serves(const ConvolutionInputGradientCall& call, const Weight<T>& weight) {
    const ConvolutionGeometry& g = call.geometry;
    int64_t stride = 1;  // of the weight, where its channels and taps are contiguous
    for (int a = 2; a >= 0; --a) {
      const int64_t size = call.weight.shape[static_cast<size_t>(2 + a)];
      if (g.stride[a] != size || g.padding[a] != 0 || g.dilation[a] != 1) return false;
      if (size > 1 && weight.stride(2 + a) != stride) return false;
      stride *= size;
    }
    const int64_t in_channels = call.weight.shape[0] / g.groups;
    return (call.weight.shape[1] == 1 || weight.stride(1) == stride) &&
           in_channels >= kFewestChannels && call.weight.shape[4] >= kShortestRow &&
           call.grad_input.dtype == dtype_of<T> && call.grad_input.strides[4] == 1;
  }

  PatchGradient(const ConvolutionInputGradientCall& call, const Weight<T>& weight)
      : call_(call),
        window_(spatial(call.weight.shape)),
        taps_(window_[0] * window_[1] * window_[2]) {
    const int64_t channels = call.weight.shape[1] * taps_;
    c_.groups = call.geometry.groups;
    c_.taps = {{{0, 0, 0}}};
    c_.in_channels = call.weight.shape[0] / c_.groups;
    c_.out_channels = channels;
    c_.weight = weight.data();
    c_.weight_group_stride = c_.in_channels * weight.stride(0);
    c_.weight_row_stride = 1;
    c_.weight_channel_stride = weight.stride(0);
    c_.weight_taps = {0};
    c_.outputs = spatial(call.grad_out.shape);
    c_.out_dtype = dtype_of<T>;
    c_.out_strides[4] = 1;
    for (int a = 2; a >= 0; --a) c_.out_strides[1 + a] = c_.out_strides[2 + a] * c_.outputs[a];
    c_.out_strides[0] = c_.groups * channels * c_.out_strides[1];
    if (!call.bias.data) return;
    biases_.resize(static_cast<size_t>(c_.groups * channels));
    const Matrix bias = bias_of(call.bias);
    for (int64_t i = 0; i < std::ssize(biases_); ++i) {
      converter(dtype_of<T>, bias.dtype)(&biases_[static_cast<size_t>(i)], 1, bias.at(i / taps_, 0),
                                         1, 1);
    }
    c_.bias = {biases_.data(), dtype_of<T>, 1, 0};
  }

  void run() {
    const Array& out = call_.grad_input;
    for (int a = 0; a < 3; ++a) {
      if (out.shape[static_cast<size_t>(2 + a)] == window_[a] * c_.outputs[a]) continue;
      fill_with_bias(out, bias_of(call_.bias));  // what no window meets
      break;
    }
    const int64_t all = out.shape[0];
    const int64_t together = std::clamp<int64_t>(kMovedValues / c_.out_strides[0], 1, all);
    const Scratch<T> patches(together * c_.out_strides[0]);
    for (int64_t image = 0; image < all; image += together) {
      run_images(image, std::min(together, all - image), patches.data());
    }
  }

 private:
  static constexpr int64_t kShortestRow = 4, kFewestChannels = 32;  // that pay to move
  static constexpr int64_t kMovedValues = int64_t{1} << 20;         // that lie in between at a time

  void run_images(int64_t image, int64_t images, T* patches) {
    const Array& gradient = call_.grad_out;
    int64_t shape[5];
    std::copy_n(gradient.shape.begin(), 5, shape);
    shape[0] = images;
    c_.images = images;
    c_.source = gradient;
    c_.source.shape = shape;
    c_.source.data = const_cast<void*>(element(gradient, image, 0));
    c_.out = patches;
    correlate(c_);
    const int64_t channels = call_.grad_input.shape[1], work = taps_ * c_.out_strides[1];
    parallel_for(images * channels, std::max<int64_t>(1, (1 << 15) / work),
                 [&](int64_t first, int64_t end) {
                   for (int64_t i = first; i < end; ++i) {
                     move(patches + i * work, image + i / channels, i % channels);
                   }
                 });
  }

  // The patches of a channel, from (taps, positions).
  void move(const T* patches, int64_t image, int64_t channel) const {
    const Array& out = call_.grad_input;
    const int64_t* strides = out.strides.data();
    T* to = out.as<T>() + image * strides[0] + channel * strides[1];
    for (int64_t row = 0; row < window_[0] * window_[1]; ++row) {
      const T* from = patches + row * window_[2] * c_.out_strides[1];
      T* slice = to + row / window_[1] * strides[2] + row % window_[1] * strides[3];
      for (int64_t z = 0; z < c_.outputs[0]; ++z, slice += window_[0] * strides[2]) {
        for (int64_t y = 0; y < c_.outputs[1]; ++y, from += c_.outputs[2]) {
          turn_rows(from, c_.out_strides[1], window_[2], c_.outputs[2],
                    slice + y * window_[1] * strides[3], window_[2]);
        }
      }
    }
  }

  const ConvolutionInputGradientCall& call_;
  Sizes3 window_;
  int64_t taps_;
  Correlation<T> c_;  // whose output channels are those of the input with all taps
  std::vector<T> biases_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
