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
constexpr int64_t kChunkValues = int64_t{1} << 21;  // transformed ones: a share of the L3
constexpr int64_t kCoreValues = int64_t{1} << 17;   // of one core: a share of the L2
constexpr int64_t kCoreTiles = 64;                  // fewer would load and store sums too often
constexpr int64_t kTaskTiles = 112;                 // that a parallel task transforms
constexpr int64_t kDepth = 128;                     // tiles of a sum whose factors stay in the L1
constexpr int64_t kTaskChannels = 16;               // that are transformed back at a time
constexpr int64_t kWantedTasks = 8;
constexpr int64_t kFewestShares = 4;
constexpr int64_t kShareTiles = 112;                // fewer are not worth transforming sums back
constexpr int64_t kFewestTiles = 28;                // of the fewest shares
constexpr int64_t kShareValues = int64_t{1} << 22;  // weights of all shares

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
        input_(p_.source, p_.in_channels, Tiling(tiling_, (grid_.size[0] - 1) * grid_.dilation[0]),
               grid_.low, products_),
        gradient_(p_.grad_out, p_.out_channels, tiling_, products_),
        panels_(ceil_div(p_.out_channels, kColumns)) {
    const int64_t blocks = ceil_div(p_.in_channels, kBlockChannels);
    block_ = ceil_div(ceil_div(p_.in_channels, blocks), kLanes) * kLanes;
    if (p_.is_alone) shares_ = shares();
    const int64_t values = products_.points() * tiling_.columns * (block_ + panels_ * kColumns);
    // The input's slices of two images do not follow each other where a window has several.
    run_ = ahead_ > 0 ? tiling_.slices * tiling_.rows : tiling_.strips();
    of_core_ = shares_ > 1 || !p_.is_alone;
    const int64_t wanted = of_core_ ? std::max(kCoreValues / values, kCoreTiles / tiling_.columns)
                                    : kChunkValues / values;
    chunk_ = std::min(std::max(wanted, std::max<int64_t>(1, ahead_)), run_);
  }

  // The tiles are cut into shares, whose number follows from the shapes; each has a gradient of its
  // own, so that what a thread transforms it multiplies. These are added in order.
  bool run() {
    const int64_t values = p_.out_channels * depth();
    const Scratch<T> more((shares_ - 1) * values);
    parallel_blocks(shares_, [&](int64_t share) {
      run_share(share, share > 0 ? more.data() + (share - 1) * values : p_.out);
    });
    if (shares_ > 1) add_shares(values, more.data());
    if (p_.bias) sum_gradients();
    return finite_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr int kLanes = Vec<T>::size, kColumns = kPanelColumns<T>;

  // Tiles of the input and of a panel of the gradient, sums of a panel.
  struct Matrices {
    TileMatrices<T> inputs, gradients, sums;
  };
  struct Chunk {
    int64_t channel, channels, first, end, before;  // the input's strips lie `before` further
    bool begins, ends;                              // the sums of these channels
  };

  // None where there are panels enough to deal, and too few tiles for as many shares.
  int64_t shares() const {
    const int64_t tiles = tiling_.strips() * tiling_.columns;
    const int64_t most = std::min(
        {tiling_.strips(), tiles / kFewestTiles, kShareValues / (p_.out_channels * depth())});
    const int64_t count =
        std::min(std::clamp(tiles / kShareTiles, kFewestShares, kWantedTasks), most);
    return panels_ >= kWantedTasks && count < kWantedTasks ? 1 : std::max<int64_t>(1, count);
  }

  int64_t depth() const { return p_.in_channels * grid_.size[0] * products_.taps(); }

  // What a panel meets is one thread's, from its gradients to the last use of its sums.
  void run_share(int64_t share, T* out) {
    const int64_t begin = tiling_.strips() * share / shares_;
    const int64_t end = tiling_.strips() * (share + 1) / shares_;
    const int64_t strips = std::min(chunk_, end - begin);
    const int points = products_.points();
    // A line of the cache between two rows, lest they meet in few sets of it.
    TileMatrices<T> inputs(nullptr, points, (strips + ahead_) * tiling_.columns, block_, block_,
                           kLanes);
    const TileMatrices<T> gradients(nullptr, points, strips * tiling_.columns, kColumns);
    const TileMatrices<T> sums(nullptr, points, grid_.size[0] * block_, kColumns);
    const int64_t kept = of_core_ ? 1 : panels_;  // panels' gradients: one thread's are met at once
    const Scratch<T> memory(inputs.size() + kept * gradients.size() + panels_ * sums.size());
    inputs.data = memory.data();
    T* const all_gradients = inputs.data + inputs.size();
    T* const all_sums = all_gradients + kept * gradients.size();
    for (int64_t channel = 0; channel < p_.in_channels; channel += block_) {
      const int64_t channels = std::min(block_, p_.in_channels - channel);
      for (int64_t first = begin, last = 0; first < end; first = last) {
        const int64_t run = first / run_;
        last = std::min({first + strips, (run + 1) * run_, end});
        const Chunk chunk{channel,      channels,       first,      last,
                          run * ahead_, first == begin, last == end};
        transform_inputs(chunk, inputs);
        parallel_for(panels_, 1, [&](int64_t panel, int64_t stop) {
          Matrices m{inputs, gradients, sums};
          for (; panel < stop; ++panel) {
            m.gradients.data = all_gradients + panel % kept * gradients.size();
            m.sums.data = all_sums + panel * sums.size();
            // One chunk's gradients meet all channels as they are.
            const bool are_there = kept == panels_ && channel > 0 && chunk.begins && chunk.ends;
            if (!are_there) transform_gradients(chunk, panel, m.gradients);
            multiply(chunk, panel, m);
            if (chunk.ends) store(chunk, panel, m.sums, out);
          }
        });
      }
      if (!finite_.load(std::memory_order_relaxed)) return;
    }
  }

  void transform_inputs(const Chunk& chunk, const TileMatrices<T>& to) const {
    const int64_t first = chunk.first + chunk.before, end = chunk.end + chunk.before + ahead_;
    const int64_t groups = ceil_div(chunk.channels, kLanes), base = chunk.channel / kLanes;
    const int64_t piece = std::max<int64_t>(1, kTaskTiles / tiling_.columns);
    parallel_for(ceil_div(end - first, piece) * groups, 1, [&](int64_t begin, int64_t stop) {
      const Scratch<T> box(input_.box_size());
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t strip = first + i / groups * piece;
        input_.transform(base + i % groups, strip, std::min(strip + piece, end), first, box.data(),
                         to, base);
      }
    });
  }

  void transform_gradients(const Chunk& chunk, int64_t panel, const TileMatrices<T>& to) const {
    constexpr int64_t of_panel = kColumns / kLanes;
    const int64_t base = panel * of_panel;
    const Scratch<T> box(gradient_.box_size());
    for (int64_t group = base; group < std::min(base + of_panel, gradient_.groups()); ++group) {
      gradient_.transform(group, chunk.first, chunk.end, chunk.first, box.data(), to, base);
    }
  }

  void multiply(const Chunk& chunk, int64_t panel, const Matrices& m) const {
    const bool narrow = p_.out_channels - panel * kColumns <= kLanes;
    const int64_t tiles = (chunk.end - chunk.first) * tiling_.columns;
    const int64_t slice_tiles = grid_.dilation[0] * tiling_.rows * tiling_.columns;
    for (int64_t point = 0; point < products_.points(); ++point) {
      for (int64_t tile = 0; tile < tiles; tile += kDepth) {
        const int64_t depth = std::min(kDepth, tiles - tile);
        const T* b = m.gradients.at(point, tile);
        for (int64_t slice = 0; slice < grid_.size[0]; ++slice) {
          for (int64_t row = 0; row < chunk.channels;) {
            const int height = next_height(chunk.channels - row);
            multiply_tile(height, narrow, m.inputs.at(point, tile + slice * slice_tiles, row),
                          depth, m.inputs.row_stride, b, m.sums.at(point, slice * block_ + row),
                          !chunk.begins || tile > 0);
            row += height;
          }
        }
      }
    }
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

  // Transforms the sums of a panel back and stores them by output channels.
  void store(const Chunk& chunk, int64_t panel, const TileMatrices<T>& sums, T* out) {
    const int64_t slices = grid_.size[0], taps = products_.taps(), window = slices * taps;
    const Scratch<T> lines(kTaskChannels * window * kLanes);
    Vec<T> zeros(0);  // zero times a number that is not finite is not a number
    const int64_t end = std::min<int64_t>(kColumns, p_.out_channels - panel * kColumns);
    for (int64_t column = 0; column < end; column += kLanes) {
      for (int64_t first = 0; first < chunk.channels; first += kTaskChannels) {
        const int64_t count = std::min(kTaskChannels, chunk.channels - first);
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
        turn_rows(lines.data(), kLanes, count * window, std::min<int64_t>(kLanes, end - column),
                  out + (panel * kColumns + column) * depth() + (chunk.channel + first) * window,
                  depth());
      }
    }
    if (any(isnan(zeros))) finite_.store(false, std::memory_order_relaxed);
  }

  void add_shares(int64_t values, const T* more) {
    constexpr int64_t piece = 1 << 12;
    parallel_for(ceil_div(values, piece), 4, [&](int64_t begin, int64_t stop) {
      Vec<T> zeros(0);
      const int64_t end = std::min(stop * piece, values);
      for (int64_t i = begin * piece; i < end; i += kLanes) {
        const FirstLanes<T> lanes(static_cast<int>(std::min<int64_t>(kLanes, end - i)));
        Vec<T> sum = lanes.load(p_.out + i);
        for (int64_t share = 1; share < shares_; ++share) {
          sum += lanes.load(more + (share - 1) * values + i);
        }
        zeros = fma(sum, Vec<T>(0), zeros);
        lanes.store(p_.out + i, sum);
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
  int64_t shares_ = 1;           // of the strips
  bool of_core_ = false;         // whether one thread computes a share
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
