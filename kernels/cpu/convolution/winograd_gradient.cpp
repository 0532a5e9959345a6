// The gradient of a weight by Winograd's products: for each point the tiles of the input
// times those of the gradient, summed over all tiles before they are transformed back.
#include <atomic>

#include "convolution/parts.h"
#include "convolution/row_dots.h"
#include "convolution/winograd.h"
#include "convolution/winograd_tiles.h"
#include "matrix/tile.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kBlockChannels = 64;              // of the input, whose sums are kept at a time
constexpr int64_t kChunkValues = int64_t{1} << 20;  // transformed ones: a share of the L3
constexpr int64_t kCoreValues = int64_t{1} << 17;   // of one core: a share of the L2
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
        grid_(p_.taps),
        products_(*winograd_of<T>(grid_, p_.step)),
        tiling_(p_.images, p_.outputs, products_),
        ahead_((grid_.size[0] - 1) * grid_.dilation[0] * tiling_.rows),
        input_(p_.input, p_.in_channels, Tiling(tiling_, (grid_.size[0] - 1) * grid_.dilation[0]),
               grid_.low, products_),
        gradient_(p_.grad_out, p_.out_channels, tiling_, products_),
        panels_(ceil_div(p_.out_channels, kColumns)) {
    const int64_t blocks = ceil_div(p_.in_channels, kBlockChannels);
    block_ = ceil_div(ceil_div(p_.in_channels, blocks), kLanes) * kLanes;
    const int64_t values = products_.points() * tiling_.columns * (block_ + panels_ * kColumns);
    // The input's slices of two images do not follow each other where a window has several.
    run_ = ahead_ > 0 ? tiling_.slices * tiling_.rows : tiling_.strips();
    const int64_t wanted = (in_parallel() ? kCoreValues : kChunkValues) / values;
    chunk_ = std::min(std::max(wanted, std::max<int64_t>(1, ahead_)), run_);
  }

  bool run() {
    const int64_t tiles = chunk_ * tiling_.columns;
    // A line of the cache between two rows, lest they meet in few sets of it.
    const int points = products_.points();
    TileMatrices<T> inputs(nullptr, points, tiles + ahead_ * tiling_.columns, block_, block_,
                           kLanes);
    TileMatrices<T> gradients(nullptr, points, tiles, p_.out_channels, kColumns, 0);
    TileMatrices<T> sums(nullptr, points, grid_.size[0] * block_, p_.out_channels, kColumns, 0);
    const Scratch<T> memory(inputs.size() + gradients.size() + sums.size());
    inputs.data = memory.data();
    gradients.data = inputs.data + inputs.size();
    sums.data = gradients.data + gradients.size();
    for (int64_t channel = 0; channel < p_.in_channels; channel += block_) {
      const int64_t channels = std::min(block_, p_.in_channels - channel);
      for (int64_t begin = 0; begin < tiling_.strips(); begin += run_) {
        for (int64_t first = begin; first < begin + run_; first += chunk_) {
          const int64_t end = std::min(first + chunk_, begin + run_);
          transform(channel, channels, begin / run_, first, end, inputs, gradients);
          multiply(channels, (end - first) * tiling_.columns, inputs, gradients, sums, first > 0);
        }
      }
      store(channel, channels, sums);
      if (!finite_.load(std::memory_order_relaxed)) return false;
    }
    if (p_.bias) sum_gradients();
    return true;
  }

 private:
  static constexpr int kLanes = Vec<T>::size, kColumns = kPanelColumns<T>;

  void transform(int64_t channel, int64_t channels, int64_t run, int64_t first, int64_t end,
                 const TileMatrices<T>& inputs, const TileMatrices<T>& gradients) const {
    const int64_t base = channel / kLanes, from = first + run * ahead_;
    each_piece(from, end + run * ahead_ + ahead_, ceil_div(channels, kLanes), input_.box_size(),
               [&](int64_t group, int64_t strip, int64_t last, T* box) {
                 input_.transform(base + group, strip, last, from, box, inputs, base);
               });
    each_piece(first, end, gradient_.groups(), gradient_.box_size(),
               [&](int64_t group, int64_t strip, int64_t last, T* box) {
                 gradient_.transform(group, strip, last, first, box, gradients);
               });
  }

  // Calls visit(group, first strip, last, box) for pieces of strips [first, end).
  template <class Visit>
  void each_piece(int64_t first, int64_t end, int64_t groups, int64_t box_size, Visit visit) const {
    const int64_t piece = std::max<int64_t>(1, kTaskTiles / tiling_.columns);
    parallel_for(ceil_div(end - first, piece) * groups, 1, [&](int64_t begin, int64_t stop) {
      const Scratch<T> box(box_size);
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t strip = first + i / groups * piece;
        visit(i % groups, strip, std::min(strip + piece, end), box.data());
      }
    });
  }

  void multiply(int64_t channels, int64_t tiles, const TileMatrices<T>& inputs,
                const TileMatrices<T>& gradients, const TileMatrices<T>& sums, bool add) const {
    parallel_for(products_.points() * panels_, 1, [&](int64_t begin, int64_t stop) {
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t point = i / panels_, column = i % panels_ * kColumns;
        const bool narrow = p_.out_channels - column <= kLanes;
        for (int64_t tile = 0; tile < tiles; tile += kDepth) {
          const int64_t depth = std::min(kDepth, tiles - tile);
          const T* b = gradients.at(point, tile, column);
          for (int64_t slice = 0; slice < grid_.size[0]; ++slice) {
            const int64_t met = tile + slice * grid_.dilation[0] * tiling_.rows * tiling_.columns;
            for (int64_t row = 0; row < channels;) {
              const int height = next_height(channels - row);
              T* to = sums.at(point, slice * block_ + row, column);
              multiply_tile(height, narrow, inputs.at(point, met, row), depth, inputs.row_stride, b,
                            to, add || tile > 0);
              row += height;
            }
          }
        }
      }
    });
  }

  static void multiply_tile(int height, bool narrow, const T* a, int64_t depth, int64_t stride,
                            const T* b, T* to, bool accumulate) {
    with_height(height, [&]<int Rows>() {
      const TileColumns<T, Rows> rows{a, depth, stride};
      if (narrow)
        taeda::cpu::tile<T, Rows, 1, false>(rows, b, kColumns, to, kColumns, accumulate, 0);
      else
        taeda::cpu::tile<T, Rows, 2, false>(rows, b, kColumns, to, kColumns, accumulate, 0);
    });
  }

  // Transforms sums back and stores them by output channels.
  void store(int64_t channel, int64_t channels, const TileMatrices<T>& sums) {
    const int64_t slices = grid_.size[0], taps = products_.taps(), window = slices * taps;
    const int64_t depth = p_.in_channels * window;
    const int64_t pieces = ceil_div(channels, kTaskChannels);
    parallel_for(gradient_.groups() * pieces, 4, [&](int64_t begin, int64_t stop) {
      const Scratch<T> lines(kTaskChannels * window * kLanes);
      Vec<T> zeros(0);  // zero times a number that is not finite is not a number
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t column = i / pieces * kLanes, first = i % pieces * kTaskChannels;
        const int64_t count = std::min(kTaskChannels, channels - first);
        for (int64_t k = 0; k < count * slices; ++k) {
          const int64_t row = k % slices * block_ + first + k / slices;
          T* to = lines.data() + k * taps * kLanes;
          products_.weight_gradient(
              {sums.at(0, row, column), products_.columns->points * sums.point_stride,
               sums.point_stride},
              {to, products_.columns->taps * kLanes, kLanes});
        }
        const int64_t values = count * window * kLanes;
        for (int64_t k = 0; k < values; k += kLanes) {
          zeros = fma(Vec<T>::load(lines.data() + k), Vec<T>(0), zeros);
        }
        turn_rows(lines.data(), kLanes, count * window,
                  std::min<int64_t>(kLanes, p_.out_channels - column),
                  p_.out + column * depth + (channel + first) * window, depth);
      }
      if (any(isnan(zeros))) finite_.store(false, std::memory_order_relaxed);
    });
  }

  // The gradient of the bias: of each channel lanes along planes, plane by plane.
  void sum_gradients() const {
    const Array& g = p_.grad_out;
    const int64_t slices = p_.outputs[0], height = p_.outputs[1], width = p_.outputs[2];
    const int64_t length = height * width, whole = length / kLanes * kLanes;
    const FirstLanes<T> tail(static_cast<int>(length - whole));
    const bool direct = g.dtype == dtype_of<T> && g.strides[4] == 1 && g.strides[3] == width;
    const Convert convert = converter(dtype_of<T>, g.dtype);
    const int64_t grain = std::max<int64_t>(1, (1 << 15) / (p_.images * slices * length));
    parallel_for(p_.out_channels, grain, [&](int64_t begin, int64_t end) {
      const Scratch<T> copied(direct ? 0 : length);
      for (int64_t m = begin; m < end; ++m) {
        Vec<T> sum(0);
        for (int64_t i = 0; i < p_.images * slices; ++i) {
          const int64_t at =
              i / slices * g.strides[0] + m * g.strides[1] + i % slices * g.strides[2];
          const char* plane = static_cast<const char*>(g.data) + at * size_of(g.dtype);
          const T* from = direct ? reinterpret_cast<const T*>(plane) : copied.data();
          for (int64_t y = 0; !direct && y < height; ++y) {
            convert(copied.data() + y * width, 1, plane + y * g.strides[3] * size_of(g.dtype),
                    g.strides[4], width);
          }
          Vec<T> of_plane(0);
          for (int64_t x = 0; x < whole; x += kLanes) of_plane += Vec<T>::load(from + x);
          sum += of_plane + tail.load(from + whole);
        }
        T lanes[kLanes];
        sum.store(lanes);
        p_.bias[m] = lane_total<T>(lanes);
      }
    });
  }

  const WeightGradient<T>& p_;
  WindowGrid grid_;
  Winograd<T> products_;
  Tiling tiling_;
  int64_t ahead_;  // strips of the input that the last outputs meet beyond their own
  TiledInput<T> input_;
  TiledGradient<T> gradient_;
  int64_t panels_, block_ = 0;   // of output channels; input channels
  int64_t run_ = 0, chunk_ = 0;  // strips whose inputs follow each other; those of them at a time
  std::atomic<bool> finite_{true};
};

}  // namespace

template <class T>
bool weight_gradient_by_winograd(const WeightGradient<T>& gradient) {
  return WinogradGradient<T>(gradient).run();
}

template bool weight_gradient_by_winograd<float>(const WeightGradient<float>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
