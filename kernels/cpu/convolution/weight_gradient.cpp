#include "convolution/weight_gradient.h"

#include <algorithm>
#include <cstring>

#include "matrix/pack.h"
#include "matrix/tile.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kWantedTasks = 8;
constexpr int64_t kPartialLimit = int64_t{1} << 22;  // elements of all partial sums
constexpr int64_t kDotChannels = 2;  // up to so many output channels the lanes run along positions

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The images are cut into blocks, a number that follows from the shapes; each has partial sums of
// its own, which are added in order.
template <class T>
class Accumulator {
 public:
  explicit Accumulator(const WeightGradient<T>& gradient)
      : p_(gradient),
        layout_(p_.taps, p_.row_step, p_.column_step, p_.columns),
        taps_(static_cast<int64_t>(p_.taps.size())),
        depth_(p_.in_channels * taps_),
        dot_(p_.out_channels <= kDotChannels) {
    width_ = dot_ ? p_.out_channels * Vec<T>::size
                  : ceil_div(p_.out_channels, kPanelColumns<T>) * kPanelColumns<T>;
    partial_ = depth_ * width_;
    blocks_ = std::clamp<int64_t>(kPartialLimit / (p_.groups * partial_), 1,
                                  std::min(p_.images, kWantedTasks));
    pieces_ = std::min(p_.in_channels, ceil_div(kWantedTasks, blocks_ * p_.groups));
    chunk_rows_ = std::clamp<int64_t>(kDepthBlock / p_.columns, 1, p_.rows);
  }

  void run() {
    const Scratch<T> partials(blocks_ * p_.groups * partial_);
    const auto partial = [&](int64_t block, int64_t group) {
      return partials.data() + (group * blocks_ + block) * partial_;
    };
    const int64_t work = p_.images * p_.rows * p_.columns * p_.groups * p_.out_channels * depth_;
    const int64_t tasks = blocks_ * p_.groups * pieces_;
    const int64_t grain = std::max<int64_t>(1, (int64_t{1} << 18) / (work / tasks + 1));
    parallel_for(tasks, grain, [&](int64_t first, int64_t end) {
      for (int64_t index = first; index < end; ++index) {
        const int64_t piece = index % pieces_, group = index / pieces_ / blocks_;
        const int64_t block = index / pieces_ % blocks_;
        const int64_t channel = p_.in_channels * piece / pieces_;
        const int64_t channel_end = p_.in_channels * (piece + 1) / pieces_;
        T* sums = partial(block, group) + channel * taps_ * width_;
        run_task(block, group, channel, channel_end - channel, sums);
      }
    });
    parallel_for(p_.groups, std::max<int64_t>(1, (1 << 15) / partial_),
                 [&](int64_t first, int64_t end) {
                   for (int64_t group = first; group < end; ++group) {
                     T* sums = partial(0, group);
                     for (int64_t block = 1; block < blocks_; ++block) {
                       const T* more = partial(block, group);
                       for (int64_t i = 0; i < partial_; ++i) sums[i] += more[i];
                     }
                     store(sums, p_.out + group * p_.out_channels * depth_);
                   }
                 });
  }

 private:
  void run_task(int64_t block, int64_t group, int64_t channel, int64_t channels, T* sums) const {
    const int64_t first = p_.images * block / blocks_, end = p_.images * (block + 1) / blocks_;
    const Scratch<T> planes(channels * layout_.size(chunk_rows_));
    const Scratch<T> gradients(chunk_rows_ * p_.columns * std::max(width_, p_.out_channels));
    std::fill_n(sums, channels * taps_ * width_, T(0));
    std::vector<int64_t> offsets(static_cast<size_t>(channels * taps_));
    for (int64_t image = first; image < end; ++image) {
      for (int64_t row = 0; row < p_.rows; row += chunk_rows_) {
        const int64_t rows = std::min(chunk_rows_, p_.rows - row), plane = layout_.size(rows);
        layout_.fill(p_.input, image, group * p_.in_channels + channel, channels, row, rows,
                     planes.data());
        for (int64_t i = 0; i < channels * taps_; ++i) {
          offsets[i] = i / taps_ * plane + layout_.offsets()[i % taps_];
        }
        if (dot_) {
          copy_gradients(image, group, row, rows, gradients.data());
          add_dots(planes.data(), offsets, rows, gradients.data(), sums);
        } else {
          pack_gradients(image, group, row, rows, gradients.data());
          add_tiles(planes.data(), offsets, rows, gradients.data(), sums);
        }
      }
    }
  }

  const void* gradient_at(int64_t image, int64_t channel, int64_t row) const {
    const Array& g = p_.grad_out;
    return static_cast<const char*>(g.data) +
           (image * g.strides[0] + channel * g.strides[1] + row * g.strides[2]) * size_of(g.dtype);
  }

  // Panels of output channels: to[(panel * positions + position) * kPanelColumns + channel].
  void pack_gradients(int64_t image, int64_t group, int64_t row, int64_t rows, T* to) const {
    constexpr int panel = kPanelColumns<T>;
    const Array& g = p_.grad_out;
    const bool one_run = g.strides[2] == p_.columns * g.strides[3];
    const int64_t length = one_run ? rows * p_.columns : p_.columns;
    for (int64_t m = 0; m < p_.out_channels; m += panel) {
      const int count = static_cast<int>(std::min<int64_t>(panel, p_.out_channels - m));
      for (int64_t r = 0; r < (one_run ? 1 : rows); ++r, to += length * panel) {
        const Lines lines{gradient_at(image, group * p_.out_channels + m, row + r), g.dtype,
                          g.strides[1], g.strides[3]};
        pack_padded(lines, 0, count, 0, length, to, panel);
      }
    }
  }

  void add_tiles(const T* planes, const std::vector<int64_t>& offsets, int64_t rows,
                 const T* gradients, T* sums) const {
    constexpr int panel = kPanelColumns<T>, width = Vec<T>::size;
    const int64_t depth = static_cast<int64_t>(offsets.size());
    for (int64_t m = 0; m < p_.out_channels; m += panel) {
      const bool narrow = p_.out_channels - m <= width;
      for (int64_t k = 0; k < depth;) {
        const int height = next_height(depth - k);
        with_height(height, [&]<int Rows>() {
          const WindowRows<T, Rows> a{planes, p_.columns, offsets.data() + k,
                                      layout_.output_row_stride(), rows};
          T* to = sums + k * width_ + m;
          if (narrow) {
            tile<T, Rows, 1, false>(a, gradients, panel, to, width_, true, width);
          } else {
            tile<T, Rows, 2, false>(a, gradients, panel, to, width_, true, width);
          }
        });
        k += height;
      }
      gradients += rows * p_.columns * panel;
    }
  }

  // to[(channel * rows + row) * columns + column]
  void copy_gradients(int64_t image, int64_t group, int64_t row, int64_t rows, T* to) const {
    const Convert convert = converter(dtype_of<T>, p_.grad_out.dtype);
    for (int64_t m = 0; m < p_.out_channels; ++m) {
      for (int64_t r = 0; r < rows; ++r, to += p_.columns) {
        convert(to, 1, gradient_at(image, group * p_.out_channels + m, row + r),
                p_.grad_out.strides[3], p_.columns);
      }
    }
  }

  void add_dots(const T* planes, const std::vector<int64_t>& offsets, int64_t rows,
                const T* gradients, T* sums) const {
    const int64_t depth = static_cast<int64_t>(offsets.size());
    for (int64_t m = 0; m < p_.out_channels; ++m, gradients += rows * p_.columns) {
      T* to = sums + m * Vec<T>::size;
      int64_t k = 0;
      for (; k + 4 <= depth; k += 4) {
        add_dot<4>(planes, offsets.data() + k, rows, gradients, to + k * width_);
      }
      for (; k < depth; ++k) {
        add_dot<1>(planes, offsets.data() + k, rows, gradients, to + k * width_);
      }
    }
  }

  template <int Taps>
  void add_dot(const T* planes, const int64_t* offsets, int64_t rows, const T* gradients,
               T* to) const {
    constexpr int width = Vec<T>::size;
    Vec<T> sums[Taps];
    for (int t = 0; t < Taps; ++t) sums[t] = Vec<T>::load(to + t * width_);
    const int64_t whole = p_.columns - p_.columns % width;
    const FirstLanes<T> rest(static_cast<int>(p_.columns - whole));
    for (int64_t row = 0; row < rows; ++row, gradients += p_.columns) {
      const T* line = planes + row * layout_.output_row_stride();
      for (int64_t column = 0; column < whole; column += width) {
        const Vec<T> gradient = Vec<T>::load(gradients + column);
        for (int t = 0; t < Taps; ++t) {
          sums[t] = fma(gradient, Vec<T>::load(line + offsets[t] + column), sums[t]);
        }
      }
      if (whole < p_.columns) {
        const Vec<T> gradient = rest.load(gradients + whole);
        for (int t = 0; t < Taps; ++t) {
          sums[t] = fma(gradient, rest.load(line + offsets[t] + whole), sums[t]);
        }
      }
    }
    for (int t = 0; t < Taps; ++t) sums[t].store(to + t * width_);
  }

  // From (in_channels, taps, width) to (out_channels, in_channels, taps).
  void store(const T* sums, T* to) const {
    if (!dot_) {
      const Lines lines{sums, dtype_of<T>, width_, 1};
      constexpr int panel = kPanelColumns<T>;
      for (int64_t k = 0; k < depth_; k += panel) {
        const int count = static_cast<int>(std::min<int64_t>(panel, depth_ - k));
        pack_lines(lines, k, count, 0, p_.out_channels, to + k, depth_);
      }
      return;
    }
    constexpr int width = Vec<T>::size;
    for (int64_t m = 0; m < p_.out_channels; ++m) {
      for (int64_t k = 0; k < depth_; ++k) {
        T lanes[width];
        std::memcpy(lanes, sums + k * width_ + m * width, sizeof lanes);
        for (int half = width / 2; half > 0; half /= 2) {
          for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
        }
        to[m * depth_ + k] = lanes[0];
      }
    }
  }

  const WeightGradient<T>& p_;
  PlaneLayout layout_;
  int64_t taps_, depth_, width_, partial_, blocks_, pieces_, chunk_rows_;
  bool dot_;
};

}  // namespace

template <class T>
void weight_gradient(const WeightGradient<T>& gradient) {
  Accumulator<T>(gradient).run();
}

template void weight_gradient<float>(const WeightGradient<float>&);
template void weight_gradient<double>(const WeightGradient<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
