#include "convolution/winograd.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "convolution/parts.h"
#include "convolution/winograd_tiles.h"
#include "convolution/winograd_weights.h"
#include "matrix/tile.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/every_second.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kChunkValues = int64_t{1} << 20;  // of transformed source: a share of the L3
constexpr int64_t kTaskTiles = 112;                 // that a parallel task transforms
constexpr int64_t kBlockTiles = 28;                 // whose sums stay in the L2: two tile heights
constexpr int64_t kWantedTasks = 8;

// Rows of tiles as the micro-kernel reads them; a segment is a slice of the window.
template <class T, int>
struct TileRows {
  const T* data;
  int64_t depth, stride, segment_stride, segment_count;
  const T* segment_data = nullptr;

  int64_t segments() const { return segment_count; }
  void enter(int64_t segment) { segment_data = data + segment * segment_stride; }
  T operator()(int row, int64_t k) const { return segment_data[row * stride + k]; }
};

template <class T>
class WinogradRun {
 public:
  explicit WinogradRun(const Correlation<T>& correlation)
      : p_(correlation),
        grid_(p_.taps),
        products_(*winograd_of<T>(grid_, p_.step)),
        tiling_(p_.images, p_.outputs, products_),
        more_slices_((grid_.size[0] - 1) * grid_.dilation[0]),
        source_(p_.source, p_.in_channels, Tiling(tiling_, more_slices_), grid_.low, products_),
        weights_(p_, grid_, products_),
        bias_(static_cast<size_t>(ceil_div(p_.out_channels, kColumns) * kColumns)),
        sum_again_(std::make_unique<std::atomic<bool>[]>(static_cast<size_t>(p_.images))) {
    if (p_.bias.data) {
      converter(dtype_of<T>, p_.bias.dtype)(bias_.data(), 1, p_.bias.data, p_.bias.row_stride,
                                            p_.out_channels);
    }
  }

  std::vector<int64_t> run() {
    // Outputs of a chunk meet more slices than they have: those of two images do not follow each
    // other.
    const int64_t ahead = more_slices_ * tiling_.rows, of_image = tiling_.slices * tiling_.rows;
    const int64_t run = ahead > 0 ? of_image : tiling_.strips();
    const int points = products_.points();
    const int64_t strip_values =
        TileMatrices<T>(nullptr, points, tiling_.columns, p_.in_channels).size();
    const int64_t wanted =
        std::max(kChunkValues / strip_values - ahead, std::max<int64_t>(1, ahead));
    const int64_t whole = wanted / block_strips() * block_strips();
    const int64_t chunk = run <= wanted ? run : whole > 0 ? whole : wanted;
    TileMatrices<T> tiles(nullptr, points, (chunk + ahead) * tiling_.columns, p_.in_channels);
    const Scratch<T> memory(tiles.size());
    tiles.data = memory.data();
    for (int64_t begin = 0; begin < tiling_.strips(); begin += run) {
      const int64_t before = ahead > 0 ? begin / of_image * ahead : 0;
      for (int64_t first = begin; first < begin + run; first += chunk) {
        const int64_t end = std::min(first + chunk, begin + run);
        transform_source(first + before, end + before + ahead, tiles);
        multiply(first, end, tiles);
      }
    }
    std::vector<int64_t> left;
    for (int64_t i = 0; i < p_.images; ++i) {
      if (sum_again_[static_cast<size_t>(i)].load(std::memory_order_relaxed)) left.push_back(i);
    }
    return left;
  }

 private:
  static constexpr int kLanes = Vec<T>::size, kColumns = kPanelColumns<T>;

  // Strips whose sums are kept at a time.
  int64_t block_strips() const { return std::max<int64_t>(1, kBlockTiles / tiling_.columns); }

  void transform_source(int64_t first, int64_t end, const TileMatrices<T>& to) const {
    const int64_t groups = source_.groups();
    const int64_t piece = std::max<int64_t>(1, kTaskTiles / tiling_.columns);
    parallel_for(ceil_div(end - first, piece) * groups, 1, [&](int64_t begin, int64_t stop) {
      const Scratch<T> box(source_.box_size());
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t strip = first + i / groups * piece;
        source_.transform(i % groups, strip, std::min(strip + piece, end), first, box.data(), to);
      }
    });
  }

  void multiply(int64_t first, int64_t end, const TileMatrices<T>& tiles) const {
    const int64_t panels = ceil_div(p_.out_channels, kColumns);
    const int64_t block = block_strips(), blocks = ceil_div(end - first, block);
    const int64_t enough = ceil_div((end - first) * tiling_.columns, kTaskTiles);
    const int64_t pieces =
        std::min(blocks, std::clamp<int64_t>(ceil_div(kWantedTasks, panels), 1, enough));
    parallel_for(panels * pieces, 1, [&](int64_t begin, int64_t stop) {
      const int points = products_.points();
      const int64_t point_stride = grid_.size[0] * p_.in_channels * kColumns + kLanes;
      const Scratch<T> weights(points * point_stride);
      const Scratch<T> sums(points * (block * tiling_.columns * kColumns + kLanes));
      const Scratch<T> lines(products_.rows->outputs * p_.outputs[2] * kLanes);
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t channel = i / pieces * kColumns;
        const int64_t channels = std::min<int64_t>(kColumns, p_.out_channels - channel);
        const PointWeights<T> w{weights.data(), point_stride,
                                channels > kLanes ? kColumns : kLanes};
        weights_.transform(channel, static_cast<int>(channels), w);
        const int64_t begin_strip = first + i % pieces * blocks / pieces * block;
        const int64_t stop_strip =
            std::min(first + (i % pieces + 1) * blocks / pieces * block, end);
        for (int64_t strip = begin_strip; strip < stop_strip; strip += block) {
          const int64_t strips = std::min(block, stop_strip - strip);
          const int64_t tile = (strip - first) * tiling_.columns;
          const TileMatrices<T> s(sums.data(), points, strips * tiling_.columns, w.columns);
          multiply_block(tiles, tile, strips * tiling_.columns, w, s);
          for (int64_t n = 0; n < strips * w.columns / kLanes; ++n) {
            store_strip(strip + n % strips, n % strips * tiling_.columns, channel,
                        n / strips * kLanes, s, lines.data());
          }
        }
      }
    });
  }

  void multiply_block(const TileMatrices<T>& tiles, int64_t tile, int64_t count,
                      const PointWeights<T>& w, const TileMatrices<T>& sums) const {
    const int64_t slice = grid_.dilation[0] * tiling_.rows * tiling_.columns * tiles.row_stride;
    for (int64_t point = 0; point < products_.points(); ++point) {
      const T* weights = w.data + point * w.point_stride;
      for (int64_t row = 0; row < count;) {
        const int height = next_height(count - row);
        const T* a = tiles.at(point, tile + row);
        T* to = sums.at(point, row);
        with_height(height, [&]<int Rows>() {
          const TileRows<T, Rows> rows{a, p_.in_channels, tiles.row_stride, slice, grid_.size[0]};
          if (w.columns == kColumns)
            taeda::cpu::tile<T, Rows, 2, false>(rows, weights, kColumns, to, kColumns, false, 0);
          else
            taeda::cpu::tile<T, Rows, 1, false>(rows, weights, kLanes, to, kLanes, false, 0);
        });
        row += height;
      }
    }
  }

  // The outputs of a strip of tiles and of as many channels as a vector has lanes.
  void store_strip(int64_t strip, int64_t tile, int64_t channel, int64_t lane,
                   const TileMatrices<T>& sums, T* lines) const {
    const int64_t slice = strip / tiling_.rows, y = strip % tiling_.rows * products_.rows->outputs;
    const int64_t image = slice / tiling_.slices, z = slice % tiling_.slices;
    const int64_t of_tile = products_.columns->outputs, width = p_.outputs[2];
    const int64_t height = std::min<int64_t>(products_.rows->outputs, p_.outputs[1] - y);
    for (int64_t x = 0; x < width; x += of_tile, ++tile) {
      output_tile(sums.at(0, tile) + lane, sums.point_stride, lines + x * kLanes, width, height,
                  std::min(of_tile, width - x));
    }
    if (!add_bias(Vec<T>::load(bias_.data() + channel + lane), height * width, lines)) {
      sum_again_[static_cast<size_t>(image)].store(true, std::memory_order_relaxed);
    }
    const int64_t count = height * width * kLanes;
    if (p_.activation) {
      const void* in = lines;
      p_.activation(lines, &in, count, p_.params, 0);
    }
    const int channels =
        static_cast<int>(std::min<int64_t>(kLanes, p_.out_channels - channel - lane));
    const int64_t at = image * p_.out_strides[0] + (channel + lane) * p_.out_strides[1] +
                       z * p_.out_strides[2] + y * p_.out_strides[3];
    const bool one_line = p_.out_strides[3] == width * p_.out_strides[4];
    const int64_t length = one_line ? height * width : width;
    for (int64_t row = 0; row < height * width; row += length) {
      store_line(lines + row * kLanes, length, channels, at + row / width * p_.out_strides[3]);
    }
  }

  // Rows of `to` are `width` vectors apart; a tile at the border has fewer rows or columns.
  void output_tile(const T* from, int64_t point_stride, T* to, int64_t width, int64_t rows,
                   int64_t columns) const {
    const int64_t tile_rows = products_.rows->outputs, tile_columns = products_.columns->outputs;
    const Plane<const T> sums{from, products_.columns->points * point_stride, point_stride};
    if (rows == tile_rows && columns == tile_columns) {
      return products_.to_outputs(sums, {to, width * kLanes, kLanes});
    }
    alignas(64) T values[kMostWinogradOutputs * kMostWinogradOutputs * kLanes];
    products_.to_outputs(sums, {values, tile_columns * kLanes, kLanes});
    for (int64_t i = 0; i < rows; ++i) {
      std::copy_n(values + i * tile_columns * kLanes, columns * kLanes, to + i * width * kLanes);
    }
  }

  // False where a value is not finite.
  [[gnu::noinline]] static bool add_bias(Vec<T> bias, int64_t count, T* values) {
    constexpr int chains = 4;
    Vec<T> zeros[chains] = {};  // zero times a number that is not finite is not a number
    const auto add = [&](int64_t i, int chain) {
      const Vec<T> value = Vec<T>::load(values + i * kLanes);
      zeros[chain] = fma(value, Vec<T>(0), zeros[chain]);
      (value + bias).store(values + i * kLanes);
    };
    int64_t i = 0;
    for (; i + chains <= count; i += chains) {
      for (int c = 0; c < chains; ++c) add(i + c, c);
    }
    for (; i < count; ++i) add(i, 0);
    return !any(isnan((zeros[0] + zeros[1]) + (zeros[2] + zeros[3])));
  }

  // Stores places side by side, channel by channel, from element `at` of the output on.
  void store_line(const T* from, int64_t length, int channels, int64_t at) const {
    const int64_t step = p_.out_strides[4];
    const bool direct = p_.out_dtype == dtype_of<T> && (step == 1 || step == 2);
    const Convert convert = converter(p_.out_dtype, dtype_of<T>);
    for (int64_t x = 0; x < length; x += kLanes) {
      const int places = static_cast<int>(std::min<int64_t>(kLanes, length - x));
      Vec<T> values[kLanes];
      for (int i = 0; i < kLanes; ++i) {
        values[i] = i < places ? Vec<T>::load(from + (x + i) * kLanes) : Vec<T>(0);
      }
      transpose(values);
      const FirstLanes<T> lanes(places);
      for (int c = 0; c < channels; ++c) {
        const int64_t to = at + c * p_.out_strides[1] + x * step;
        if (direct && step == 1) {
          lanes.store(static_cast<T*>(p_.out) + to, values[c]);
        } else if (direct) {
          store_every_second(values[c], static_cast<T*>(p_.out) + to, places);
        } else {
          alignas(64) T row[kLanes];
          values[c].store(row);
          convert(static_cast<char*>(p_.out) + to * size_of(p_.out_dtype), step, row, 1, places);
        }
      }
    }
  }

  const Correlation<T>& p_;
  WindowGrid grid_;
  Winograd<T> products_;
  Tiling tiling_;
  int64_t more_slices_;  // of the source than of the outputs
  TiledInput<T> source_;
  WinogradWeights<T> weights_;
  std::vector<T> bias_;
  std::unique_ptr<std::atomic<bool>[]> sum_again_;  // by image: a result is not finite
};

}  // namespace

template <class T>
std::vector<int64_t> correlate_by_winograd(const Correlation<T>& correlation) {
  return WinogradRun<T>(correlation).run();
}

template std::vector<int64_t> correlate_by_winograd<float>(const Correlation<float>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
