#include "convolution/channel_lanes.h"

#include <atomic>
#include <optional>
#include <span>
#include <utility>

#include "convolution/box_filler.h"
#include "convolution/finish_sums.h"
#include "convolution/tasks.h"
#include "convolution/weights.h"
#include "machine.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int kLongestRun = kHalfRows;

template <class T>
class ChannelLanes {
 public:
  explicit ChannelLanes(const Correlation<T>& correlation)
      : p_(correlation),
        taps_(static_cast<int64_t>(p_.taps.size())),
        lanes_(lanes_of(p_)),
        panels_(p_.out_channels / lanes_),
        as_source_(reads_source<T>(p_)),
        blocks_(p_, block_of_task(p_, kLongestRun)),
        box_(as_source_ ? BoxLayout::of_source(p_.taps, p_.source)
                        : BoxLayout(p_.taps, {1, 1, 1}, blocks_.block().images,
                                    met_by(blocks_.block()).size)),
        weights_(p_.groups * p_.out_channels * p_.in_channels * taps_),
        finisher_(p_, false) {
    parallel_for(p_.groups * panels_, 1, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        T* panel = weights_.data() + i * panel_size();
        pack_weights(p_, i / panels_, i % panels_ * lanes_, static_cast<int>(lanes_), 0,
                     p_.in_channels, panel);
        if (!all_finite(panel, panel_size())) finite_.store(false, std::memory_order_relaxed);
      }
    });
  }

  // Whether fewer lanes are idle than otherwise, or less is copied or met beyond the border.
  static bool serves(const Correlation<T>& c) {
    constexpr int64_t least_depth = 128;
    constexpr int64_t shortest = kTileRows == 14 ? 4 : 12;  // else tiles have too few sums at work
    constexpr int64_t largest_box = 256 * 1024;             // values
    constexpr double least_gain = 1.05;
    const int64_t columns = c.outputs[2], lines = c.outputs[1], taps = std::ssize(c.taps);
    const int64_t values =
        c.in_channels * positions_of_task(c.out_channels) * c.step[1] * c.step[2];
    if (lanes_of(c) == 0 || columns < shortest || c.in_channels * taps < least_depth ||
        values > largest_box) {
      return false;
    }
    int64_t met = 0;
    for (int64_t y = 0; y < lines; ++y) {
      const auto [first, end] = taps_within(c, y);
      met += end - first;
    }
    const auto share = [](int64_t part, int64_t of) {
      return static_cast<double>(part) / static_cast<double>(of);
    };
    const int64_t reach = std::abs(c.taps.back().at[2] - c.taps.front().at[2]) / c.step[2];
    const double used_lanes = std::max({share(columns, ceil_div(columns, kWidth) * kWidth),
                                        share(columns, columns + reach),
                                        share(c.out_channels, c.out_channels + kPackingRows)});
    return least_gain * used_lanes * share(met, lines * taps) < 1;
  }

  void run() {
    // The panels of a task share its box, unless there would be too few tasks.
    constexpr int64_t task_work = int64_t{1} << 18;
    const int64_t shares = blocks_.count() >= kFewestTasks ? 1 : panels_;
    const int64_t work =
        blocks_.block().positions() * p_.in_channels * taps_ * p_.out_channels / shares;
    parallel_for(blocks_.count() * shares, std::max<int64_t>(1, task_work / work),
                 [&](int64_t first, int64_t end) {
                   Workspace space;
                   if (!as_source_) space.box.emplace(box_.size(p_.in_channels) + kBoxSlack<T>);
                   for (int64_t i = first; i < end; ++i) {
                     run_task(i / shares, i % shares * panels_ / shares,
                              (i % shares + 1) * panels_ / shares, space);
                   }
                 });
  }

 private:
  static constexpr int kWidth = Vec<T>::size;
  static constexpr int kMostVectors = kTileRows == 14 ? 4 : 2;
  static constexpr int64_t kMostLanes = kMostVectors * kWidth;
  static constexpr int kMostSums = 2 * kTileRows;       // vectors that stay in registers
  static constexpr int64_t kLargestPanel = 160 * 1024;  // weights

  // Outputs next to each other: where the window of the first one begins, and where that goes.
  struct Run {
    int count;
    int64_t source, out;
    int64_t first_tap, end_tap;  // those that lie within the source
  };
  struct Workspace {
    std::optional<Scratch<T>> box;
    std::vector<Run> runs;
    alignas(64) T sums[kTileRows * kMostLanes] = {};
    alignas(64) T turned[(kMostLanes + 1) * kWidth] = {};  // a vector is read from any lane on
  };

  // The taps of a row of outputs that do not lie above or below the source.
  static std::pair<int64_t, int64_t> taps_within(const Correlation<T>& c, int64_t y) {
    const int64_t columns = row_taps(c.taps), end = std::ssize(c.taps);
    if (c.taps.front().at[0] != c.taps.back().at[0]) return {0, end};
    const auto is_outside = [&](int64_t tap) {
      const int64_t at = y * c.step[1] + c.taps[static_cast<size_t>(tap)].at[1];
      return at < 0 || at >= c.source.shape[3];
    };
    std::pair<int64_t, int64_t> within{0, end};
    while (within.first < end && is_outside(within.first)) within.first += columns;
    while (within.second > within.first && is_outside(within.second - 1)) within.second -= columns;
    return within;
  }

  // Output channels of a panel: as many as divide them and leave its weights in the cache.
  static int64_t lanes_of(const Correlation<T>& c) {
    const int64_t depth = c.in_channels * std::ssize(c.taps);
    if (c.step[2] > 2) return 0;
    // Where steps of a tile are short, multipliers would wait for weights of four vectors.
    const int64_t most = has_two_wide_multipliers() ? 2 * kWidth : kMostLanes;
    for (int64_t lanes = most; lanes >= (c.step[2] == 1 ? 1 : 2) * kWidth; lanes /= 2) {
      if (c.out_channels % lanes == 0 && lanes * depth <= kLargestPanel) return lanes;
    }
    return 0;
  }

  // The places of the source that the first tap meets, and those between them.
  Region met_by(Region region) const {
    for (int a = 0; a < 3; ++a) {
      region.first[a] *= p_.step[a];
      region.size[a] = (region.size[a] - 1) * p_.step[a] + 1;
    }
    return region;
  }

  int64_t panel_size() const { return lanes_ * p_.in_channels * taps_; }

  void run_task(int64_t index, int64_t first_panel, int64_t end_panel, Workspace& space) const {
    const auto [region, group] = blocks_[index];
    const T* box;
    const int64_t channel = group * p_.in_channels;
    if (as_source_) {
      box = p_.source.template as<const T>() + start_in_source(p_.source, region, channel);
    } else {
      const Region met = met_by(region);
      BoxFiller<T>(box_, p_.source, met).fill(channel, p_.in_channels, space.box->data());
      box = space.box->data();
    }
    find_runs(region, space.runs);
    int64_t out = region.image * p_.out_strides[0];
    for (int a = 0; a < 3; ++a) out += region.first[a] * p_.out_strides[2 + a];
    for (int64_t panel = first_panel; panel < end_panel; ++panel) {
      const int64_t row = group * p_.out_channels + panel * lanes_;
      const T* weights = weights_.data() + (group * panels_ + panel) * panel_size();
      const auto run = [&]<int Vectors, int Step>() {
        run_panel<Vectors, Step>(box, weights, row, out + row * p_.out_strides[1], space);
      };
      if (lanes_ == kWidth) run.template operator()<1, 1>();
      if (lanes_ == 2 * kWidth && p_.step[2] == 1) run.template operator()<2, 1>();
      if (lanes_ == 2 * kWidth && p_.step[2] == 2) run.template operator()<2, 2>();
      if constexpr (kMostVectors == 4) {
        if (lanes_ == 4 * kWidth && p_.step[2] == 1) run.template operator()<4, 1>();
        if (lanes_ == 4 * kWidth && p_.step[2] == 2) run.template operator()<4, 2>();
      }
    }
  }

  // Those of a row are about as long as each other, none shorter than the next one.
  void find_runs(const Region& region, std::vector<Run>& runs) const {
    const int64_t* strides = p_.out_strides;
    runs.clear();
    for (int64_t i = 0; i < region.images; ++i) {
      for (int64_t z = 0; z < region.size[0]; ++z) {
        for (int64_t y = 0; y < region.size[1]; ++y) {
          std::pair<int64_t, int64_t> taps{0, taps_};
          if (finite_.load(std::memory_order_relaxed)) taps = taps_within(p_, region.first[1] + y);
          int64_t left = ceil_div(region.size[2], kLongestRun);
          for (int64_t x = 0; x < region.size[2]; --left) {
            const int64_t count = ceil_div(region.size[2] - x, left);
            runs.push_back({static_cast<int>(count),
                            box_.place(i, z * p_.step[0], y * p_.step[1]) + x * p_.step[2],
                            i * strides[0] + z * strides[2] + y * strides[3] + x * strides[4],
                            taps.first, taps.second});
            x += count;
          }
        }
      }
    }
  }

  // All runs of the channels of a panel, from channel `row` of all groups on.
  template <int Vectors, int Step>
  void run_panel(const T* box, const T* weights, int64_t row, int64_t out, Workspace& space) const {
    const std::vector<Run>& runs = space.runs;
    for (size_t i = 0; i < runs.size();) {
      // Two that fill the halves of a tile share it, and their sums are turned together.
      const bool has_next = i + 1 < runs.size();
      const int less = has_next ? runs[i].count - runs[i + 1].count : -1;
      const std::span<const Run> some(&runs[i], less == 0 || less == 1 ? 2 : 1);
      sum_runs<Vectors, Step>(box, some, weights, space.sums);
      finish<Vectors>(some, row, out, space);
      i += some.size();
    }
  }

  template <int Vectors, int Step>
  void sum_runs(const T* box, std::span<const Run> runs, const T* weights, T* sums) const {
    if (Vectors * kLongestRun * 2 > kMostSums && runs.size() == 2) {
      sum_runs<Vectors, Step>(box, runs.first(1), weights, sums);
      return sum_runs<Vectors, Step>(box, runs.last(1), weights,
                                     sums + runs[0].count * Vectors * kWidth);
    }
    // What only one of two runs meets is zero for the other.
    const Run &first = runs.front(), &last = runs.back();
    const int64_t first_tap = std::min(first.first_tap, last.first_tap);
    const int64_t* offsets = box_.offsets().data();
    const MetTaps met{offsets + first_tap, offsets + std::max(first.end_tap, last.end_tap), taps_,
                      p_.in_channels, box_.channel_stride()};
    const int rows = runs.size() == 2 ? first.count + last.count : first.count;
    const int64_t later = runs.size() == 2 ? last.source : first.source + upper_half(rows) * Step;
    constexpr int most_rows = kMostSums / Vectors;
    [&]<int... I>(std::integer_sequence<int, I...>) {
      const auto run = [&](auto count) {
        if (rows == count) {
          channel_tile<T, count, Vectors, Step>(box + first.source, box + later, met,
                                                weights + first_tap * Vectors * kWidth, sums);
        }
      };
      (run(std::integral_constant<int, I + 1>()), ...);
    }(std::make_integer_sequence<int, std::min(most_rows, kTileRows)>());
  }

  // Turned so that the outputs of a channel lie side by side.
  template <int Vectors>
  void finish(std::span<const Run> runs, int64_t row, int64_t out, Workspace& space) const {
    for (int j = 0; j < Vectors; ++j) {
      Vec<T> rows[kWidth];
#pragma GCC unroll 16
      for (int i = 0; i < kWidth; ++i) {
        rows[i] = i < kTileRows ? Vec<T>::load(space.sums + (i * Vectors + j) * kWidth) : Vec<T>(0);
      }
      transpose(rows);
#pragma GCC unroll 16
      for (int i = 0; i < kWidth; ++i) rows[i].store(space.turned + (j * kWidth + i) * kWidth);
    }
    const Run &first = runs.front(), &last = runs.back();
    const bool joined = last.out == first.out + first.count * p_.out_strides[4];
    const int together = first.count + (joined ? last.count : 0);
    const Stretch<T> stretches[] = {
        {0, together, 0, first.out, FirstLanes<T>(together)},
        {first.count, last.count, 0, last.out, FirstLanes<T>(last.count)}};
    finisher_.finish(row, out, Vectors * kWidth, kWidth, stretches,
                     stretches + (joined ? 1 : runs.size()), space.turned);
  }

  const Correlation<T>& p_;
  int64_t taps_, lanes_, panels_;
  bool as_source_;
  BlockTasks blocks_;
  BoxLayout box_;
  Scratch<T> weights_;
  std::atomic<bool> finite_{true};  // then zeros beyond the border add nothing to a sum
  SumFinisher<T> finisher_;
};

}  // namespace

template <class T>
bool correlate_by_channels(const Correlation<T>& correlation) {
  if constexpr (std::is_same_v<T, float> && Vec<T>::size > kTileRows) {
    if (!ChannelLanes<T>::serves(correlation)) return false;
    ChannelLanes<T>(correlation).run();
    return true;
  }
  return false;
}

template bool correlate_by_channels<float>(const Correlation<float>&);
template bool correlate_by_channels<double>(const Correlation<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
