#include "convolution/winograd.h"

#include <algorithm>
#include <set>
#include <vector>

#include "convolution/parts.h"
#include "convolution/winograd_outputs.h"
#include "convolution/winograd_tiles.h"
#include "convolution/winograd_weights.h"
#include "matrix/tile.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kChunkValues = int64_t{1} << 20;  // of transformed source: a share of the L3
constexpr int64_t kTaskTiles = 112;                 // that a parallel task transforms
constexpr int64_t kBlockTiles = 28;                 // whose sums stay in the L2: two tile heights
constexpr int64_t kFewTiles = 14;                   // the same where there are few blocks
constexpr int64_t kWantedTasks = 8;
constexpr int64_t kPieceChannels = 16;                // whose weights a task transforms
constexpr int64_t kSharedWeights = int64_t{1} << 20;  // transformed: a share of the L3
constexpr int64_t kBlockValues = 160 * 1024;          // transformed source: a share of the L2

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

// Parts differ in where their places lie only.
template <class T>
struct WinogradPart {
  Tiling tiling;
  TiledInput<T> source;
  WinogradOutputs<T> outputs;

  WinogradPart(const Correlation<T>& p, const WindowGrid& grid, const Winograd<T>& products)
      : tiling(p.images, p.outputs, products),
        source(p.source, p.in_channels, Tiling(tiling, (grid.size[0] - 1) * grid.dilation[0]),
               WindowGrid(p.taps).low, products),
        outputs(p, tiling, products) {}

  // Strips whose sums are kept at a time.
  int64_t block_strips(int64_t tiles = kBlockTiles) const {
    return std::max<int64_t>(1, tiles / tiling.columns);
  }
};

template <class T>
class WinogradRun {
 public:
  explicit WinogradRun(const std::vector<Correlation<T>>& parts)
      : p_(parts[0]),
        grid_(p_.taps),
        products_(*winograd_of<T>(grid_, p_.step)),
        more_slices_((grid_.size[0] - 1) * grid_.dilation[0]),
        weights_(p_, grid_, products_) {
    parts_.reserve(parts.size());
    for (const Correlation<T>& part : parts) parts_.emplace_back(part, grid_, products_);
  }

  std::vector<int64_t> run() {
    const int64_t panels = ceil_div(p_.out_channels, kColumns);
    Blocks blocks = blocks_of(kBlockTiles);
    if (blocks.count < kWantedTasks) blocks = blocks_of(kFewTiles);
    const bool fits = panels * panel_values() <= kSharedWeights &&
                      products_.points() * blocks.tiles * p_.in_channels <= kBlockValues;
    if (fits && more_slices_ == 0 && blocks.count >= kWantedTasks) {
      run_by_blocks(panels, blocks);
    } else {
      for (const WinogradPart<T>& part : parts_) run_by_panels(part);
    }
    std::set<int64_t> images;
    for (const WinogradPart<T>& part : parts_) images.merge(part.outputs.not_finite());
    return {images.begin(), images.end()};
  }

 private:
  static constexpr int kLanes = Vec<T>::size, kColumns = kPanelColumns<T>;

  // How parts are cut: in all, of one part at most.
  struct Blocks {
    int64_t wanted, count = 0, of_part = 0;
    int64_t tiles = 0;  // of a block at most
  };

  Blocks blocks_of(int64_t wanted) const {
    Blocks blocks{wanted};
    for (const WinogradPart<T>& part : parts_) {
      const int64_t strips = part.block_strips(wanted);
      const int64_t count = ceil_div(part.tiling.strips(), strips);
      blocks.count += count;
      blocks.of_part = std::max(blocks.of_part, count);
      blocks.tiles = std::max(blocks.tiles, strips * part.tiling.columns);
    }
    return blocks;
  }

  // Of the weights: for each point rows of a panel.
  int64_t point_stride() const { return grid_.size[0] * p_.in_channels * kColumns + kLanes; }
  int64_t panel_values() const { return products_.points() * point_stride(); }

  PointWeights<T> panel_weights(T* data, int64_t channel) const {
    const bool wide = p_.out_channels - channel > kLanes;
    return {data, point_stride(), wide ? kColumns : kLanes};
  }

  // Few weights are transformed once. A block of tiles then stays in one core's cache from its
  // source to its outputs.
  void run_by_blocks(int64_t panels, const Blocks& blocks) const {
    const Scratch<T> weights(panels * panel_values());
    const int64_t pieces = ceil_div(p_.in_channels, kPieceChannels);
    parallel_for(panels * pieces, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t panel = i / pieces, first = i % pieces * kPieceChannels;
        weights_.transform(
            panel * kColumns, first, std::min(first + kPieceChannels, p_.in_channels),
            panel_weights(weights.data() + panel * panel_values(), panel * kColumns));
      }
    });
    // Blocks of one place beside each other: the outputs of parts share lines of the cache.
    const int64_t parts = static_cast<int64_t>(parts_.size());
    int64_t of_box = 0, of_lines = 0;
    for (const WinogradPart<T>& part : parts_) {
      of_box = std::max(of_box, part.source.box_size());
      of_lines = std::max(of_lines, part.outputs.lines_size());
    }
    parallel_for(blocks.of_part * parts, 1, [&](int64_t begin, int64_t end) {
      const int points = products_.points();
      const Scratch<T> box(of_box);
      const Scratch<T> values(
          TileMatrices<T>(nullptr, points, blocks.tiles, p_.in_channels).size());
      const Scratch<T> sums(points * (blocks.tiles * kColumns + kLanes));
      const Scratch<T> lines(of_lines);
      for (int64_t i = begin; i < end; ++i) {
        const WinogradPart<T>& part = parts_[static_cast<size_t>(i % parts)];
        const int64_t block = part.block_strips(blocks.wanted), strip = i / parts * block;
        const int64_t last = std::min(strip + block, part.tiling.strips());
        if (strip >= last) continue;
        const TileMatrices<T> tiles(values.data(), points, (last - strip) * part.tiling.columns,
                                    p_.in_channels);
        for (int64_t group = 0; group < part.source.groups(); ++group) {
          part.source.transform(group, strip, last, strip, box.data(), tiles);
        }
        for (int64_t panel = 0; panel < panels; ++panel) {
          multiply_block(part, tiles, 0, strip, last, panel * kColumns,
                         panel_weights(weights.data() + panel * panel_values(), panel * kColumns),
                         sums.data(), lines.data());
        }
      }
    });
  }

  // A chunk of tiles at a time meets panel after panel of weights.
  void run_by_panels(const WinogradPart<T>& part) const {
    const Tiling& tiling = part.tiling;
    // Outputs of a chunk meet more slices than they have: those of two images do not follow each
    // other.
    const int64_t ahead = more_slices_ * tiling.rows, of_image = tiling.slices * tiling.rows;
    const int64_t run = ahead > 0 ? of_image : tiling.strips();
    const int points = products_.points();
    const int64_t strip_values =
        TileMatrices<T>(nullptr, points, tiling.columns, p_.in_channels).size();
    const int64_t wanted =
        std::max(kChunkValues / strip_values - ahead, std::max<int64_t>(1, ahead));
    const int64_t block = part.block_strips();
    const int64_t whole = wanted / block * block;
    const int64_t chunk = run <= wanted ? run : whole > 0 ? whole : wanted;
    TileMatrices<T> tiles(nullptr, points, (chunk + ahead) * tiling.columns, p_.in_channels);
    const Scratch<T> memory(tiles.size());
    tiles.data = memory.data();
    for (int64_t begin = 0; begin < tiling.strips(); begin += run) {
      const int64_t before = ahead > 0 ? begin / of_image * ahead : 0;
      for (int64_t first = begin; first < begin + run; first += chunk) {
        const int64_t end = std::min(first + chunk, begin + run);
        transform_source(part, first + before, end + before + ahead, tiles);
        multiply(part, first, end, tiles);
      }
    }
  }

  void transform_source(const WinogradPart<T>& part, int64_t first, int64_t end,
                        const TileMatrices<T>& to) const {
    const int64_t groups = part.source.groups();
    const int64_t piece = std::max<int64_t>(1, kTaskTiles / part.tiling.columns);
    parallel_for(ceil_div(end - first, piece) * groups, 1, [&](int64_t begin, int64_t stop) {
      const Scratch<T> box(part.source.box_size());
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t strip = first + i / groups * piece;
        part.source.transform(i % groups, strip, std::min(strip + piece, end), first, box.data(),
                              to);
      }
    });
  }

  void multiply(const WinogradPart<T>& part, int64_t first, int64_t end,
                const TileMatrices<T>& tiles) const {
    const Tiling& tiling = part.tiling;
    const int64_t panels = ceil_div(p_.out_channels, kColumns);
    const int64_t block = part.block_strips(), blocks = ceil_div(end - first, block);
    const int64_t enough = ceil_div((end - first) * tiling.columns, kTaskTiles);
    const int64_t pieces =
        std::min(blocks, std::clamp<int64_t>(ceil_div(kWantedTasks, panels), 1, enough));
    // Panel after panel of a piece: its tiles are mostly those that the thread transformed.
    parallel_for(panels * pieces, 1, [&](int64_t begin, int64_t stop) {
      const int points = products_.points();
      const Scratch<T> weights(panel_values());
      const Scratch<T> sums(points * (block * tiling.columns * kColumns + kLanes));
      const Scratch<T> lines(part.outputs.lines_size());
      for (int64_t i = begin; i < stop; ++i) {
        const int64_t piece = i / panels, channel = i % panels * kColumns;
        const PointWeights<T> w = panel_weights(weights.data(), channel);
        weights_.transform(channel, 0, p_.in_channels, w);
        const int64_t begin_strip = first + piece * blocks / pieces * block;
        const int64_t stop_strip = std::min(first + (piece + 1) * blocks / pieces * block, end);
        for (int64_t strip = begin_strip; strip < stop_strip; strip += block) {
          multiply_block(part, tiles, (strip - first) * tiling.columns, strip,
                         std::min(strip + block, stop_strip), channel, w, sums.data(),
                         lines.data());
        }
      }
    });
  }

  // The outputs of strips [strip, last), whose first tile is `tile`, and of a panel of channels.
  void multiply_block(const WinogradPart<T>& part, const TileMatrices<T>& tiles, int64_t tile,
                      int64_t strip, int64_t last, int64_t channel, const PointWeights<T>& w,
                      T* data, T* lines) const {
    const int64_t strips = last - strip, count = strips * part.tiling.columns;
    const TileMatrices<T> sums(data, products_.points(), count, w.columns);
    multiply_tiles(part, tiles, tile, count, w, sums);
    for (int64_t n = 0; n < strips * w.columns / kLanes; ++n) {
      part.outputs.store_strip(strip + n % strips, sums, n % strips * part.tiling.columns, channel,
                               n / strips * kLanes, lines);
    }
  }

  void multiply_tiles(const WinogradPart<T>& part, const TileMatrices<T>& tiles, int64_t tile,
                      int64_t count, const PointWeights<T>& w, const TileMatrices<T>& sums) const {
    const int64_t slice =
        grid_.dilation[0] * part.tiling.rows * part.tiling.columns * tiles.row_stride;
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

  const Correlation<T>& p_;  // the first part
  WindowGrid grid_;
  Winograd<T> products_;
  int64_t more_slices_;  // of the source than of the outputs
  WinogradWeights<T> weights_;
  std::vector<WinogradPart<T>> parts_;
};

}  // namespace

template <class T>
std::vector<int64_t> correlate_by_winograd(const std::vector<Correlation<T>>& parts) {
  return WinogradRun<T>(parts).run();
}

template std::vector<int64_t> correlate_by_winograd<float>(const std::vector<Correlation<float>>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
