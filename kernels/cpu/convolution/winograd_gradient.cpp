// The gradient of a weight of 3x3 by Winograd's products: for each point the tiles of the input
// times those of the gradient, summed over all tiles before they are transformed back.
#include <atomic>

#include "convolution/row_dots.h"
#include "convolution/winograd.h"
#include "convolution/winograd_tiles.h"
#include "matrix/tile.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kBlockChannels = 64;              // of the input, whose sums are kept at a time
constexpr int64_t kChunkValues = int64_t{1} << 21;  // transformed ones: a share of the L3
constexpr int64_t kTaskTiles = 112;                 // that a parallel task transforms
constexpr int64_t kDepth = 128;                     // tiles of a sum whose factors stay in the L1
constexpr int64_t kTaskChannels = 16;               // that a parallel task transforms back

// Channels of one tile side by side, tiles along k.
template <class T, int>
struct TileColumns {
  const T* data;
  int64_t depth, stride;

  static constexpr int segments() { return 1; }
  void enter(int64_t) {}
  T operator()(int row, int64_t k) const { return data[k * stride + row]; }
};

template <class T>
class WinogradGradient {
 public:
  explicit WinogradGradient(const WeightGradient<T>& gradient)
      : p_(gradient),
        tiling_(p_.images, p_.outputs),
        input_(p_.input, p_.in_channels, tiling_, p_.taps[0].at[1], p_.taps[0].at[2]),
        gradient_(p_.grad_out, p_.out_channels, tiling_, 0, 0),
        panels_(ceil_div(p_.out_channels, kColumns)) {
    const int64_t blocks = ceil_div(p_.in_channels, kBlockChannels);
    block_ = ceil_div(ceil_div(p_.in_channels, blocks), kLanes) * kLanes;
    const int64_t values = kPoints * tiling_.columns * (block_ + panels_ * kColumns);
    chunk_ = std::clamp<int64_t>(kChunkValues / values, 1, tiling_.strips());
  }

  bool run() {
    const int64_t tiles = chunk_ * tiling_.columns;
    // A line of the cache between two rows, lest they meet in few sets of it.
    TileMatrices<T> inputs(nullptr, tiles, block_, block_, kLanes);
    TileMatrices<T> gradients(nullptr, tiles, p_.out_channels, kColumns, 0);
    TileMatrices<T> sums(nullptr, block_, p_.out_channels, kColumns, 0);
    const Scratch<T> memory(inputs.size() + gradients.size() + sums.size());
    inputs.data = memory.data();
    gradients.data = inputs.data + inputs.size();
    sums.data = gradients.data + gradients.size();
    for (int64_t channel = 0; channel < p_.in_channels; channel += block_) {
      const int64_t channels = std::min(block_, p_.in_channels - channel);
      for (int64_t first = 0; first < tiling_.strips(); first += chunk_) {
        const int64_t end = std::min(first + chunk_, tiling_.strips());
        transform(channel, channels, first, end, inputs, gradients);
        multiply(channels, (end - first) * tiling_.columns, inputs, gradients, sums, first > 0);
      }
      store(channel, channels, sums);
      if (!finite_.load(std::memory_order_relaxed)) return false;
    }
    if (p_.bias) sum_gradients();
    return true;
  }

 private:
  static constexpr int kLanes = Vec<T>::size, kColumns = kPanelColumns<T>;
  static constexpr int kPoints = Winograd<T>::kPoints, kWindow = 9;

  void transform(int64_t channel, int64_t channels, int64_t first, int64_t end,
                 const TileMatrices<T>& inputs, const TileMatrices<T>& gradients) const {
    const int64_t of_inputs = ceil_div(channels, kLanes);
    const int64_t groups = of_inputs + gradient_.groups();
    const int64_t piece = std::max<int64_t>(1, kTaskTiles / tiling_.columns);
    parallel_for(ceil_div(end - first, piece) * groups, 1, [&](int64_t begin, int64_t stop) {
      const Scratch<T> box(std::max(input_.box_size(), gradient_.box_size()));
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t group = i % groups, strip = first + i / groups * piece;
        const int64_t last = std::min(strip + piece, end), base = channel / kLanes;
        if (group < of_inputs)
          input_.transform(base + group, strip, last, first, box.data(), inputs, base);
        else
          gradient_.transform(group - of_inputs, strip, last, first, box.data(), gradients);
      }
    });
  }

  void multiply(int64_t channels, int64_t tiles, const TileMatrices<T>& inputs,
                const TileMatrices<T>& gradients, const TileMatrices<T>& sums, bool add) const {
    parallel_for(kPoints * panels_, 1, [&](int64_t begin, int64_t stop) {
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t point = i / panels_, column = i % panels_ * kColumns;
        const bool narrow = p_.out_channels - column <= kLanes;
        for (int64_t tile = 0; tile < tiles; tile += kDepth) {
          const int64_t depth = std::min(kDepth, tiles - tile);
          const T* b = gradients.at(point, tile, column);
          for (int64_t row = 0; row < channels;) {
            const int height = next_height(channels - row);
            const T* a = inputs.at(point, tile, row);
            T* to = sums.at(point, row, column);
            const bool accumulate = add || tile > 0;
            with_height(height, [&]<int Rows>() {
              const TileColumns<T, Rows> rows{a, depth, inputs.row_stride};
              if (narrow)
                taeda::cpu::tile<T, Rows, 1, false>(rows, b, kColumns, to, kColumns, accumulate, 0);
              else
                taeda::cpu::tile<T, Rows, 2, false>(rows, b, kColumns, to, kColumns, accumulate, 0);
            });
            row += height;
          }
        }
      }
    });
  }

  // Transforms sums back and stores them by output channels.
  void store(int64_t channel, int64_t channels, const TileMatrices<T>& sums) {
    const int64_t pieces = ceil_div(channels, kTaskChannels), depth = p_.in_channels * kWindow;
    parallel_for(gradient_.groups() * pieces, 4, [&](int64_t begin, int64_t stop) {
      const Scratch<T> lines(kTaskChannels * kWindow * kLanes);
      Vec<T> zeros(0);  // zero times a number that is not finite is not a number
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t column = i / pieces * kLanes, first = i % pieces * kTaskChannels;
        const int64_t count = std::min(kTaskChannels, channels - first);
        for (int64_t c = 0; c < count; ++c) {
          zeros = window(sums.at(0, first + c, column), sums.point_stride, zeros,
                         lines.data() + c * kWindow * kLanes);
        }
        turn_rows(lines.data(), kLanes, count * kWindow,
                  std::min<int64_t>(kLanes, p_.out_channels - column),
                  p_.out + column * depth + (channel + first) * kWindow, depth);
      }
      if (any(isnan(zeros))) finite_.store(false, std::memory_order_relaxed);
    });
  }

  [[gnu::noinline]] static Vec<T> window(const T* from, int64_t point_stride, Vec<T> zeros, T* to) {
    Winograd<T>::weight_gradient(
        [&](int i, int j) { return Vec<T>::load(from + (i * 6 + j) * point_stride); },
        [&](int tap, Vec<T> value) {
          zeros = fma(value, Vec<T>(0), zeros);
          value.store(to + tap * kLanes);
        });
    return zeros;
  }

  // The gradient of the bias: of each channel lanes along rows, image by image.
  void sum_gradients() const {
    const Array& g = p_.grad_out;
    const int64_t height = p_.outputs[1], width = p_.outputs[2];
    const bool as_lines = g.dtype == dtype_of<T> && g.strides[4] == 1;
    const bool one_line = g.strides[3] == width * g.strides[4];
    const int64_t length = one_line ? height * width : width;
    const Convert convert = converter(dtype_of<T>, g.dtype);
    const int64_t grain = std::max<int64_t>(1, (1 << 15) / (p_.images * height * width));
    parallel_for(p_.out_channels, grain, [&](int64_t begin, int64_t end) {
      const Scratch<T> copied(as_lines ? 0 : length);
      const int64_t whole = length / kLanes * kLanes;
      const FirstLanes<T> tail(static_cast<int>(length - whole));
      for (int64_t m = begin; m < end; ++m) {
        Vec<T> sum(0);
        for (int64_t n = 0; n < p_.images; ++n) {
          Vec<T> of_image(0);
          for (int64_t y = 0; y < height * width / length; ++y) {
            const int64_t at = n * g.strides[0] + m * g.strides[1] + y * g.strides[3];
            const void* line = static_cast<const char*>(g.data) + at * size_of(g.dtype);
            if (!as_lines) convert(copied.data(), 1, line, g.strides[4], length);
            const T* from = as_lines ? static_cast<const T*>(line) : copied.data();
            for (int64_t x = 0; x < whole; x += kLanes) of_image += Vec<T>::load(from + x);
            of_image += tail.load(from + whole);
          }
          sum += of_image;
        }
        T lanes[kLanes];
        sum.store(lanes);
        p_.bias[m] = lane_total<T>(lanes);
      }
    });
  }

  const WeightGradient<T>& p_;
  Tiling tiling_;
  TiledSource<T, Winograd<T>::kEdge> input_;
  TiledSource<T, Winograd<T>::kOutputs> gradient_;
  int64_t panels_, block_ = 0, chunk_ = 0;  // of output channels; input channels; strips
  std::atomic<bool> finite_{true};
};

}  // namespace

template <class T>
bool weight_gradient_by_winograd(const WeightGradient<T>& gradient) {
  return WinogradGradient<T>(gradient).run();
}

template bool weight_gradient_by_winograd<float>(const WeightGradient<float>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
