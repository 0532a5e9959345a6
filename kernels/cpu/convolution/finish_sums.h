// Completes the sums of a tile and stores them.
#pragma once

#include <vector>

#include "convolution/correlate.h"
#include "convolution/panels.h"
#include "taeda/kernels/simd/every_second.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
class SumFinisher {
 public:
  // by_images: the lanes of a panel are images, and its only stretch has several vectors.
  SumFinisher(const Correlation<T>& correlation, bool by_images)
      : p_(correlation), lane_step_(p_.out_strides[by_images ? 0 : 4]) {
    direct_ = !by_images && p_.out_dtype == dtype_of<T> && (lane_step_ == 1 || lane_step_ == 2) &&
              !p_.activation;
    if (!p_.bias.data) return;
    bias_.resize(static_cast<size_t>(p_.groups * p_.out_channels));
    converter(dtype_of<T>, p_.bias.dtype)(bias_.data(), 1, p_.bias.data, p_.bias.row_stride,
                                          p_.groups * p_.out_channels);
  }

  // `height` rows of `lanes` sums, of output channels from `row` on, from element `at` of the
  // output on. The sums are used up.
  void finish(int64_t row, int64_t at, int height, int lanes, const Stretch<T>* first,
              const Stretch<T>* end, T* sums) const {
    constexpr int width = Vec<T>::size;
    const int64_t stride = p_.out_strides[1];
    const T* biases = bias_.empty() ? nullptr : bias_.data() + row;
    T* out = static_cast<T*>(p_.out) + at;
    for (int i = 0; i < height; ++i, sums += lanes, out += stride, at += stride) {
      // Zero is added first: a sum that underflowed has the sign that further zeros would give it.
      const Vec<T> bias(biases ? biases[i] : T(0));
      if (!direct_) {
        for (int j = 0; j < lanes; j += width) {
          (Vec<T>::load(sums + j) + Vec<T>(0) + bias).store(sums + j);
        }
        store_converted(at, first, end, lanes, sums);
        continue;
      }
      for (const Stretch<T>* s = first; s != end; ++s) {
        const Vec<T> values = Vec<T>::load(sums + s->lane) + Vec<T>(0) + bias;
        if (lane_step_ == 2)
          store_every_second(values, out + s->out, s->count);
        else if (s->count == width)
          values.store(out + s->out);
        else
          s->lanes.store(out + s->out, values);
      }
    }
  }

 private:
  void store_converted(int64_t at, const Stretch<T>* first, const Stretch<T>* end, int lanes,
                       T* sums) const {
    if (p_.activation) {
      p_.activation({.out = sums, .in = {sums}, .count = lanes, .params = p_.params});
    }
    const Convert convert = converter(p_.out_dtype, dtype_of<T>);
    for (const Stretch<T>* s = first; s != end; ++s) {
      convert(static_cast<char*>(p_.out) + (at + s->out) * size_of(p_.out_dtype), lane_step_,
              sums + s->lane, 1, s->count);
    }
  }

  const Correlation<T>& p_;
  int64_t lane_step_;  // from what one lane of a panel stores to what the next one does
  bool direct_;
  std::vector<T> bias_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
