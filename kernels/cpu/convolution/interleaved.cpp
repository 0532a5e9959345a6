#include "convolution/interleaved.h"

#include "convolution/bordered.h"
#include "convolution/direct.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kTaskWork = int64_t{1} << 16;
constexpr int kMostRows = 4;  // of outputs at a time

template <class T>
class InterleavedCorrelator {
 public:
  InterleavedCorrelator(const Correlation<T>& even, const Correlation<T>& odd)
      : p_(even),
        columns_(even.outputs[2] + odd.outputs[2]),
        sides_{Side(even, even.outputs[2]), Side(odd, even.outputs[2])},
        lines_(even.taps, even.step, even.outputs) {
    for (Side& side : sides_) {
      const int64_t taps = std::ssize(side.p.taps);
      for (int64_t t = 0; t < taps; ++t) {
        const Sizes3& at = side.p.taps[static_cast<size_t>(t)].at;
        side.terms.push_back({lines_.of(at), at[2], side.source.lanes(t)});
      }
    }
  }

  void run() const {
    const int64_t taps = std::ssize(p_.taps) + std::ssize(sides_[1].p.taps);
    const int64_t outputs = p_.outputs[0] * p_.outputs[1] * p_.outputs[2];
    const int64_t work = outputs * p_.out_channels * p_.in_channels * taps;
    parallel_for(
        p_.images * p_.groups, std::max<int64_t>(1, kTaskWork / work),
        [&](int64_t first, int64_t end) {
          std::vector<const T*> lines(static_cast<size_t>(p_.in_channels * lines_.count()));
          for (int64_t i = first; i < end; ++i) {
            run_image(i / p_.groups, i % p_.groups, lines);
          }
        });
  }

 private:
  // What a tap meets, from the line that the window meets first on.
  struct Term {
    int64_t line, at;
    const LaneRange<T>* lanes;  // of each vector
  };
  // One of the two: the taps of its window are met in their order.
  struct Side {
    Side(const Correlation<T>& correlation, int64_t columns)
        : p(correlation), source(p.source, p.taps, p.step, columns), weights(p) {}

    const Correlation<T>& p;
    BorderedRows<T> source;
    std::vector<Term> terms;
    ChannelWeights<T> weights;
  };

  void run_image(int64_t image, int64_t group, std::vector<const T*>& lines) const {
    const BorderedRows<T>& source = sides_[0].source;
    for (int64_t c = 0; c < p_.in_channels; ++c) {
      lines_.find(source, source.plane(image, group * p_.in_channels + c),
                  lines.data() + c * lines_.count());
    }
    for (int64_t m = 0; m < p_.out_channels; ++m) {
      const int64_t channel = group * p_.out_channels + m;
      T bias = T(0);
      if (p_.bias.data) {
        converter(dtype_of<T>, p_.bias.dtype)(&bias, 1, p_.bias.at(channel, 0), 1, 1);
      }
      T* out = static_cast<T*>(p_.out) + image * p_.out_strides[0] + channel * p_.out_strides[1];
      for (int64_t z = 0; z < p_.outputs[0]; ++z, out += p_.out_strides[2]) {
        plane(lines.data() + lines_.slice(z), channel, bias, out);
      }
    }
  }

  void plane(const T* const* lines, int64_t channel, T bias, T* out) const {
    const int64_t height = p_.outputs[1];
    for (int64_t j = 0; j < sides_[0].source.vectors(); ++j) {
      if (height < kMostRows) {
        for (int64_t y = 0; y < height; ++y) tile<1>(lines, channel, bias, y, j, out);
        continue;
      }
      // The last tile may overlap another.
      for (int64_t y = 0; y < height; y += kMostRows) {
        tile<kMostRows>(lines, channel, bias, std::min(y, height - kMostRows), j, out);
      }
    }
  }

  // Vector j of rows [y, y + Rows) of both.
  template <int Rows>
  void tile(const T* const* lines, int64_t channel, T bias, int64_t y, int64_t j, T* out) const {
    constexpr int width = Vec<T>::size;
    Vec<T> sums[2][Rows];
#pragma GCC unroll 2
    for (int s = 0; s < 2; ++s) {
#pragma GCC unroll 4
      for (int i = 0; i < Rows; ++i) sums[s][i] = Vec<T>(0);
      const Side& side = sides_[s];
      const T* weight = side.weights.of(channel);
      const T* const* from = lines + y * p_.step[1];
      for (int64_t c = 0; c < p_.in_channels; ++c, from += lines_.count()) {
        for (const Term& term : side.terms) {
          const Vec<T> factor(*weight++);
          const LaneRange<T> lanes = term.lanes[j];
          const int64_t at = term.at + j * width;
#pragma GCC unroll 4
          for (int i = 0; i < Rows; ++i) {
            const Vec<T> met = lanes.load(from[term.line + i * p_.step[1]] + at);
            sums[s][i] = fma(factor, met, sums[s][i]);
          }
        }
      }
    }
    const int64_t left = columns_ - 2 * j * width;
    out += y * p_.out_strides[3] + 2 * j * width;
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i, out += p_.out_strides[3]) {
      const Vec<T> even = sums[0][i] + Vec<T>(0) + Vec<T>(bias);
      const Vec<T> odd = sums[1][i] + Vec<T>(0) + Vec<T>(bias);
      store_interleaved(even, odd, out, std::min<int64_t>(left, 2 * width));
    }
  }

  const Correlation<T>& p_;  // the even one, whose rows are those of both
  int64_t columns_;
  Side sides_[2];
  WindowLines lines_;
};

template <class T>
bool serves(const Correlation<T>& c) {
  return c.out_strides[4] == 2 && !c.activation && c.out_dtype == dtype_of<T> && has_few_sums(c) &&
         BorderedRows<T>::serves(c.source, c.step, 1);
}

}  // namespace

template <class T>
bool correlate_interleaved(const Correlation<T>& even, const Correlation<T>& odd) {
  if (!serves(even) || !serves(odd)) return false;
  InterleavedCorrelator<T>(even, odd).run();
  return true;
}

template bool correlate_interleaved<float>(const Correlation<float>&, const Correlation<float>&);
template bool correlate_interleaved<double>(const Correlation<double>&, const Correlation<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
