#include "convolution/direct.h"

#include "convolution/bordered.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kOutChannels = 2, kInChannels = 4;  // of a group, at most
constexpr int64_t kTaskWork = int64_t{1} << 17;
constexpr int kVectors = 4;  // sums at a time

template <class T>
class DirectCorrelator {
 public:
  explicit DirectCorrelator(const Correlation<T>& correlation)
      : p_(correlation),
        taps_(static_cast<int64_t>(p_.taps.size())),
        source_(p_.source, p_.taps, p_.step, p_.outputs[2]) {}

  void run() const {
    const int64_t work =
        p_.outputs[0] * p_.outputs[1] * p_.outputs[2] * p_.out_channels * p_.in_channels * taps_;
    parallel_for(p_.images * p_.groups, std::max<int64_t>(1, kTaskWork / work),
                 [&](int64_t first, int64_t end) {
                   const size_t depth = static_cast<size_t>(p_.in_channels * taps_);
                   std::vector<const T*> rows(depth);
                   std::vector<T> weights(depth * static_cast<size_t>(p_.out_channels));
                   for (int64_t i = first; i < end; ++i) {
                     plane(i / p_.groups, i % p_.groups, rows.data(), weights.data());
                   }
                 });
  }

 private:
  void plane(int64_t image, int64_t group, const T** rows, T* weights) const {
    const int64_t depth = p_.in_channels * taps_;
    for (int64_t i = 0; i < p_.out_channels * depth; ++i) {
      weights[i] = p_.weight[group * p_.weight_group_stride + i / depth * p_.weight_row_stride +
                             i % depth / taps_ * p_.weight_channel_stride +
                             p_.weight_taps[static_cast<size_t>(i % taps_)]];
    }
    T bias[kOutChannels] = {};
    if (p_.bias.data) {
      converter(dtype_of<T>, p_.bias.dtype)(bias, 1, p_.bias.at(group * p_.out_channels, 0),
                                            p_.bias.row_stride, p_.out_channels);
    }
    T* out = static_cast<T*>(p_.out) + image * p_.out_strides[0] +
             group * p_.out_channels * p_.out_strides[1];
    for (int64_t z = 0; z < p_.outputs[0]; ++z) {
      for (int64_t y = 0; y < p_.outputs[1]; ++y) {
        for (int64_t c = 0; c < p_.in_channels; ++c) {
          source_.rows(image, group * p_.in_channels + c, z, y, rows + c * taps_);
        }
        for (int64_t m = 0; m < p_.out_channels; ++m) {
          row(rows, weights + m * depth, bias[m],
              out + m * p_.out_strides[1] + z * p_.out_strides[2] + y * p_.out_strides[3]);
        }
      }
    }
  }

  void row(const T* const* rows, const T* weight, T bias, T* out) const {
    for (int64_t j = 0; j < source_.vectors(); j += kVectors) {
      const int64_t left = source_.vectors() - j;
      if (left == 1)
        sum<1>(rows, weight, bias, j, out);
      else if (left == 2)
        sum<2>(rows, weight, bias, j, out);
      else if (left == 3)
        sum<3>(rows, weight, bias, j, out);
      else
        sum<4>(rows, weight, bias, j, out);
    }
    if (p_.activation) {
      const void* in = out;
      p_.activation(out, &in, p_.outputs[2], p_.params, 0);
    }
  }

  // Vectors [first, first + Count) of a row of outputs.
  template <int Count>
  void sum(const T* const* rows, const T* weight, T bias, int64_t first, T* out) const {
    constexpr int width = Vec<T>::size;
    const int64_t start = first * width;
    Vec<T> sums[Count];
    for (Vec<T>& each : sums) each = Vec<T>(0);
    const int64_t taps = taps_, vectors = source_.vectors(), channels = p_.in_channels;
    for (int64_t c = 0; c < channels; ++c) {
      const LaneRange<T>* lanes = source_.lanes(0) + first;
      for (int64_t t = 0; t < taps; ++t, lanes += vectors) {
        const Vec<T> value(*weight++);
        const T* row = *rows++ + start;
#pragma GCC unroll 4
        for (int j = 0; j < Count; ++j) {
          sums[j] = fma(value, lanes[j].load(row + j * width), sums[j]);
        }
      }
    }
    for (Vec<T>& each : sums) each = each + Vec<T>(0) + Vec<T>(bias);
    for (int j = 0; j < Count; ++j) {
      const int64_t column = start + j * width, left = p_.outputs[2] - column;
      if (left >= width)
        sums[j].store(out + column);
      else
        FirstLanes<T>(static_cast<int>(left)).store(out + column, sums[j]);
    }
  }

  const Correlation<T>& p_;
  int64_t taps_;
  BorderedRows<T> source_;
};

}  // namespace

template <class T>
bool correlate_directly(const Correlation<T>& c) {
  if (c.out_channels > kOutChannels || c.in_channels > kInChannels ||
      !BorderedRows<T>::serves(c.source, c.step) || c.out_dtype != dtype_of<T> ||
      c.out_strides[4] != 1) {
    return false;
  }
  DirectCorrelator<T>(c).run();
  return true;
}

template bool correlate_directly<float>(const Correlation<float>&);
template bool correlate_directly<double>(const Correlation<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
