#include "convolution/direct.h"

#include <optional>

#include "convolution/band_plane.h"
#include "convolution/bordered.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kTaskWork = int64_t{1} << 17;
constexpr int kMostRows = 7;  // of outputs at a time

template <class T>
class DirectCorrelator {
 public:
  explicit DirectCorrelator(const Correlation<T>& correlation)
      : p_(correlation),
        taps_(static_cast<int64_t>(p_.taps.size())),
        columns_(row_taps(p_.taps)),
        source_(p_.source, p_.taps, p_.step, p_.outputs[2]),
        lines_(p_.taps, p_.step, p_.outputs),
        weights_(p_),
        skips_(p_.step[2] == 2) {
    for (int64_t i = 0; i < columns_; ++i) at_.push_back(p_.taps[static_cast<size_t>(i)].at[2]);
    cut_bands(kBandRows);
    if (BandPlane<T>::serves(p_, bands_, columns_))
      plane_.emplace(p_, source_, at_, line_step_);
    else if (p_.step[1] != 1)
      cut_bands(1);  // by such steps no line meets neighbouring rows of a tile
  }

  void run() const {
    const int64_t work =
        p_.outputs[0] * p_.outputs[1] * p_.outputs[2] * p_.out_channels * p_.in_channels * taps_;
    parallel_for(p_.images * p_.groups, std::max<int64_t>(1, kTaskWork / work),
                 [&](int64_t first, int64_t end) {
                   Workspace space;
                   space.lines.resize(static_cast<size_t>(p_.in_channels * lines_.count()));
                   space.biases.resize(static_cast<size_t>(p_.out_channels));
                   for (int64_t i = first; i < end; ++i) {
                     run_image(i / p_.groups, i % p_.groups, space);
                   }
                 });
  }

 private:
  struct Workspace {
    std::vector<const T*> lines;  // (channel, depth, height)
    std::vector<T> biases;
  };

  // Sums keep the order of the taps: where these run upwards, so do the outputs of a tile.
  void cut_bands(int64_t most) {
    bands_.clear();
    const auto at = [&](int64_t row) { return p_.taps[static_cast<size_t>(row * columns_)].at; };
    const int64_t rows = taps_ / columns_;
    upwards_ = rows > 1 && at(1)[0] == at(0)[0] && at(1)[1] < at(0)[1];
    const int64_t next = upwards_ ? -1 : 1;
    line_step_ = upwards_ ? -p_.step[1] : p_.step[1];
    for (int64_t row = 0; row < rows;) {
      int64_t count = 1;
      while (count < most && row + count < rows && at(row + count)[0] == at(row)[0] &&
             at(row + count)[1] == at(row)[1] + count * next) {
        ++count;
      }
      bands_.push_back({row * columns_, count, lines_.of(at(row))});
      row += count;
    }
  }

  void run_image(int64_t image, int64_t group, Workspace& space) const {
    if (p_.bias.data) {
      converter(dtype_of<T>, p_.bias.dtype)(space.biases.data(), 1,
                                            p_.bias.at(group * p_.out_channels, 0),
                                            p_.bias.row_stride, p_.out_channels);
    }
    for (int64_t c = 0; c < p_.in_channels; ++c) {
      lines_.find(source_, source_.plane(image, group * p_.in_channels + c),
                  space.lines.data() + c * lines_.count());
    }
    T* out = static_cast<T*>(p_.out) + image * p_.out_strides[0] +
             group * p_.out_channels * p_.out_strides[1];
    for (int64_t z = 0; z < p_.outputs[0]; ++z) {
      const T* const* lines = space.lines.data() + lines_.slice(z);
      for (int64_t m = 0; m < p_.out_channels; ++m) {
        plane(lines, weights_.of(group * p_.out_channels + m), space.biases[static_cast<size_t>(m)],
              out + m * p_.out_strides[1] + z * p_.out_strides[2]);
      }
    }
  }

  void plane(const T* const* lines, const T* weights, T bias, T* out) const {
    const int64_t height = p_.outputs[1];
    if (plane_) {
      plane_->sum(bands_, lines, lines_.count(), weights, bias, out);
      if (p_.activation) activate(out, height);
      return;
    }
    const int64_t rows = height >= kMostRows ? kMostRows : height >= 3 ? 3 : 1;
    for (int64_t y = 0; y < height; y += rows) {
      const int64_t first = std::min(y, height - rows);  // the last tile may overlap another
      const int64_t begin = upwards_ ? first + rows - 1 : first;
      const T* const* from = lines + begin * p_.step[1];
      T* to = out + first * p_.out_strides[3];
      if (rows == kMostRows)
        tiles<kMostRows>(from, weights, bias, out + begin * p_.out_strides[3]);
      else if (rows == 3)
        tiles<3>(from, weights, bias, out + begin * p_.out_strides[3]);
      else
        tiles<1>(from, weights, bias, to);
      if (p_.activation) activate(to, rows);
    }
  }

  void activate(T* out, int64_t rows) const {
    p_.activation({.out = out,
                   .in = {out},
                   .count = p_.outputs[2],
                   .params = p_.params,
                   .rows = rows,
                   .out_step = p_.out_strides[3],
                   .in_steps = {p_.out_strides[3]}});
  }

  // `lines` of the source that the first output's first tap meets, `out` the first output's row.
  template <int Rows>
  void tiles(const T* const* lines, const T* weights, T bias, T* out) const {
    const int64_t stride = upwards_ ? -p_.out_strides[3] : p_.out_strides[3];
    for (int64_t j = 0; j < source_.vectors(); ++j)
      tile<Rows>(lines, weights, bias, j, out, stride);
  }

  // Vector j of `Rows` rows of outputs.
  template <int Rows>
  [[gnu::noinline]] void tile(const T* const* lines, const T* weights, T bias, int64_t j, T* out,
                              int64_t stride) const {
    constexpr int width = Vec<T>::size;
    Vec<T> sums[Rows];
#pragma GCC unroll 7
    for (int i = 0; i < Rows; ++i) sums[i] = Vec<T>(0);
    for (int64_t c = 0; c < p_.in_channels; ++c) {
      for (const Band& band : bands_) {
        const T* const* from = lines + band.line;
        const T* weight = weights + band.tap;
        if (band.rows == 3)
          sweep<Rows, 3>(from, weight, j, sums);
        else if (band.rows == 2)
          sweep<Rows, 2>(from, weight, j, sums);
        else
          sweep<Rows, 1>(from, weight, j, sums);
      }
      lines += lines_.count();
      weights += taps_;
    }
    const FirstLanes<T> lanes = source_.outputs(j);
    out += j * width;
#pragma GCC unroll 7
    for (int i = 0; i < Rows; ++i) {
      lanes.store(out + i * stride, sums[i] + Vec<T>(0) + Vec<T>(bias));
    }
  }

  template <int Rows, int Taps>
  [[gnu::always_inline]] void sweep(const T* const* lines, const T* weight, int64_t j,
                                    Vec<T>* sums) const {
    const int64_t columns = columns_, step = p_.step[2], start = j * Vec<T>::size * step;
    const int64_t ranges = source_.vectors() * step;  // of a tap
    const LaneRange<T>* lanes = source_.lanes(0) + j * step;
    const int64_t* at = at_.data();
    const bool skips = skips_;
#pragma GCC unroll 9
    for (int q = 0; q < Rows + Taps - 1; ++q) {
      const T* line = lines[q * line_step_] + start;
      for (int64_t x = 0; x < columns; ++x) {
        const Vec<T> met = BorderedRows<T>::load(lanes + x * ranges, line + at[x], skips);
#pragma GCC unroll 3
        for (int i = 0; i < Taps; ++i) {
          if (q < i || q - i >= Rows) continue;
          sums[q - i] = fma(Vec<T>(weight[i * columns + x]), met, sums[q - i]);
        }
      }
    }
  }

  const Correlation<T>& p_;
  int64_t taps_, columns_;
  BorderedRows<T> source_;
  WindowLines lines_;
  std::vector<int64_t> at_;  // of each column of the window
  std::vector<Band> bands_;
  ChannelWeights<T> weights_;
  bool skips_;  // every second element of the source
  bool upwards_ = false;
  int64_t line_step_ = 1;              // of the source, from one output of a tile to the next
  std::optional<BandPlane<T>> plane_;  // where it serves
};

}  // namespace

template <class T>
bool correlate_directly(const Correlation<T>& c) {
  if (!has_few_sums(c) || c.out_dtype != dtype_of<T>) return false;
  if (!BorderedRows<T>::serves(c.source, c.step, 2)) return false;
  if (c.outputs[2] > 1 && c.out_strides[4] != 1) return false;
  DirectCorrelator<T>(c).run();
  return true;
}

template bool correlate_directly<float>(const Correlation<float>&);
template bool correlate_directly<double>(const Correlation<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
