#include "convolution/sums.h"

#include <cstring>
#include <optional>
#include <tuple>

#include "convolution/box_filler.h"
#include "convolution/channel_lanes.h"
#include "convolution/few_outputs.h"
#include "convolution/finish_sums.h"
#include "convolution/images.h"
#include "convolution/panel_filler.h"
#include "convolution/panels.h"
#include "convolution/tasks.h"
#include "convolution/weights.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kTaskWork = int64_t{1} << 18;

template <class T, int Vectors>
class Correlator {
 public:
  Correlator(const Correlation<T>& correlation, bool by_images)
      : p_(correlation),
        by_images_(by_images),
        weights_(p_, (by_images ? 5 : 24) * kTileRows, by_images),
        taps_(static_cast<int64_t>(p_.taps.size())),
        as_source_(!by_images && reads_source<T>(p_)),
        blocks_(p_, by_images ? Region{0, std::min<int64_t>(Cut::kLanes, p_.images), {}, p_.outputs}
                              : block_of_task(p_, Cut::kLanes)),
        box_(as_source_
                 ? BoxLayout::of_source(p_.taps, p_.source)
                 : BoxLayout(p_.taps, p_.step, blocks_.block().images, blocks_.block().size)),
        finisher_(p_, by_images) {
    if (by_images_) {
      images_.emplace(p_);
    } else {
      Cut cut;
      const int64_t positions = blocks_.block().positions();
      cut.cut(blocks_.block(), box_, p_.out_strides, false);
      const int64_t lanes = static_cast<int64_t>(cut.panels().size()) * Cut::kLanes;
      // Copying costs each value about as much as a few rows of sums.
      packed_ = (lanes - positions) * p_.out_channels > kPackingRows * positions;
      // Long rows of windows far apart are turned once, straight into panels.
      packed_ |= p_.step[2] > 2 && row_taps(p_.taps) >= Cut::kWidth / 2;
    }
    if (packed_ && PanelFiller<T, Vectors>::serves(p_)) in_order_.emplace(p_, Cut::kWidth);
    // What is packed serves all rows, unless there would be too few tasks.
    const bool all_rows = in_order_ && in_order_->count() * p_.groups >= kFewestTasks;
    row_tasks_ = all_rows ? 1 : weights_.row_blocks();
    for (int64_t t = 0; t < taps_; ++t) {
      steps_.push_back({packed_ ? t * Cut::kLanes : box_.offsets()[static_cast<size_t>(t)], t});
    }
  }

  // False where the weights forbid to pass over what lies beyond the borders.
  bool run() {
    if (by_images_ && !weights_.are_finite()) return false;
    const int64_t parts = in_order_ ? in_order_->count() * p_.groups : blocks_.count();
    const int64_t positions = in_order_ ? in_order_->positions() : blocks_.block().positions();
    const int64_t tasks = parts * row_tasks_;
    const int64_t rows = ceil_div(p_.out_channels, row_tasks_);
    const int64_t work = positions * rows * p_.in_channels * taps_;
    parallel_for(tasks, std::max<int64_t>(1, kTaskWork / work), [&](int64_t first, int64_t end) {
      Workspace work;
      if (!as_source_ && !in_order_) {
        work.box.emplace(box_channels() * channel_stride() + kBoxSlack<T>);
      }
      work.panels.emplace(0);
      for (int64_t index = first; index < end; ++index) run_task(index, work);
    });
    return true;
  }

 private:
  using Cut = Panels<T, Vectors>;
  using Panel = typename Cut::Panel;
  static constexpr int64_t kBoxValues = 16 * 1024;

  // What a range of tasks works with.
  struct Workspace {
    Cut cut;
    std::optional<Scratch<T>> box, panels, sums;
    int64_t panels_size = 0, sums_size = 0;
  };

  int64_t channel_stride() const {
    return by_images_ ? images_->channel_stride() : box_.channel_stride();
  }

  // What is packed next stays in the second-level cache.
  int64_t box_channels() const {
    if (!packed_) return weights_.block_channels();
    return std::clamp<int64_t>(kBoxValues / channel_stride(), 1, weights_.block_channels());
  }

  [[gnu::noinline]] void run_task(int64_t index, Workspace& work) const {
    const int64_t first_block = row_tasks_ == 1 ? 0 : index % row_tasks_;
    const int64_t end_block = row_tasks_ == 1 ? weights_.row_blocks() : first_block + 1;
    Region region{0, p_.images, {}, p_.outputs};
    const int64_t group = cut_task(index / row_tasks_, region, work.cut);
    const bool only = weights_.block_channels() == p_.in_channels;  // a tile is finished at once
    const int64_t rows = weights_.end_row(end_block - 1) - weights_.first_row(first_block);
    const int64_t panels = static_cast<int64_t>(work.cut.panels().size());
    const int64_t size = (only ? kTileRows : rows * panels) * Cut::kLanes + Cut::kLanes;
    if (size > work.sums_size) work.sums.emplace(work.sums_size = size);
    const int64_t depth = weights_.block_channels() * taps_;
    const int64_t packed_size = packed_ ? (panels * depth + 1) * Cut::kLanes : 0;
    if (packed_size > work.panels_size) work.panels.emplace(work.panels_size = packed_size);
    for (int64_t channel = 0; channel < p_.in_channels; channel += weights_.block_channels()) {
      const int64_t channels = std::min(weights_.block_channels(), p_.in_channels - channel);
      const int64_t first = group * p_.in_channels + channel;
      const T* box = packed_ ? nullptr : load(region, first, channels, work);
      if (packed_) pack(region, first, channels, work);
      T* sums = work.sums->data();
      for (int64_t block = first_block; block < end_block; ++block) {
        sums = run_block(block, group, channel, channels, region, box, work, sums);
      }
    }
  }

  // Returns the group of a task; where tasks are blocks, the region is one.
  int64_t cut_task(int64_t index, Region& region, Cut& cut) const {
    if (in_order_) {
      const auto [first, count] = in_order_->range(index % in_order_->count());
      cut.cut_in_order(first, count, p_.outputs, p_.out_strides);
      return index / in_order_->count();
    }
    int64_t group;
    std::tie(region, group) = blocks_[index];
    if (by_images_)
      cut.cut_by_images(region, p_.out_strides);
    else
      cut.cut(region, box_, p_.out_strides, packed_);
    return group;
  }

  // The box of some channels.
  const T* load(const Region& region, int64_t channel, int64_t channels, Workspace& work) const {
    const Array& source = p_.source;
    if (by_images_) {
      images_->fill(region, channel, channels, work.box->data());
      return work.box->data();
    }
    if (!as_source_) {
      T* box = work.box->data();
      BoxFiller<T>(box_, source, region).fill(channel, channels, box);
      std::fill_n(box + box_.size(channels), kBoxSlack<T>, T(0));
      return box;
    }
    const int64_t start = start_in_source(source, region, channel);
    const T* from = static_cast<const T*>(source.data) + start;
    const int64_t last = box_.place(region.images - 1, region.size[0] - 1, region.size[1] - 1) +
                         region.size[2] +
                         *std::max_element(box_.offsets().begin(), box_.offsets().end()) +
                         (channels - 1) * box_.channel_stride() - 1;
    const int64_t readable = source.numel() - start;
    if (last + kBoxSlack<T> <= readable) return from;
    // Whole vectors would reach beyond the end of the array.
    T* box = work.box.emplace(last + kBoxSlack<T>).data();
    const int64_t count = std::min(readable, last + 1);
    std::memcpy(box, from, static_cast<size_t>(count) * sizeof(T));
    std::fill_n(box + count, last + kBoxSlack<T> - count, T(0));
    return box;
  }

  // Input channels [channel, channel + channels) of all panels. A tile of weights meets all panels
  // before the next one, so that outputs are written along their channels.
  // Returns where the sums of the next rows begin.
  T* run_block(int64_t row_block, int64_t group, int64_t channel, int64_t channels,
               const Region& region, const T* box, const Workspace& work, T* sums) const {
    const int64_t depth = channels * taps_, end = weights_.end_row(row_block);
    const bool last = channel + channels == p_.in_channels, only = channels == p_.in_channels;
    const int64_t out = out_offset(region, group);
    Window<T> window{steps_.data(), taps_, taps_, channels,
                     packed_ ? taps_ * Cut::kLanes : channel_stride()};
    const T* a = weights_.at(group, row_block, channel);
    for (int64_t row = weights_.first_row(row_block); row < end;) {
      const int height = weights_.height(end - row);
      const int64_t at = out + row * p_.out_strides[1];
      const T* packed = work.panels->data();
      size_t position = 0;
      for (const Panel& panel : work.cut.panels()) {
        const T* from[Vectors];
        for (int j = 0; j < Vectors; ++j) {
          from[j] = packed_ ? packed + j * Vec<T>::size : box + panel.source[j];
        }
        if (by_images_) {
          const std::vector<Step>& steps = images_->steps(position++);
          window.steps = steps.data();
          window.count = static_cast<int64_t>(steps.size());
        }
        const int lanes = run_tile(height, panel.vectors, a, window, from, sums, channel > 0);
        if (last) {
          finisher_.finish(group * p_.out_channels + row, at, height, lanes, work.cut.begin(panel),
                           work.cut.end(panel), sums);
        }
        if (!only) sums += height * Cut::kLanes;
        packed += depth * Cut::kLanes;
      }
      a += height * depth;
      row += height;
    }
    return sums;
  }

  // The panels of some channels: panels[panel][k][lane].
  [[gnu::noinline]] void pack(const Region& region, int64_t channel, int64_t channels,
                              Workspace& work) const {
    T* to = work.panels->data();
    if (in_order_) {
      PanelFiller<T, Vectors>(p_, work.cut).fill(channel, channels, to);
      return;
    }
    const int64_t together = as_source_ ? channels : box_channels();
    for (int64_t c = 0; c < channels; c += together) {
      const int64_t count = std::min(together, channels - c);
      const T* box = load(region, channel + c, count, work);
      for (int64_t i = 0; i < count; ++i, box += box_.channel_stride(), to += taps_ * Cut::kLanes) {
        work.cut.pack(box, box_.offsets(), channels * taps_, to);
      }
    }
  }

  // Lanes of a row of the sums.
  int run_tile(int height, int vectors, const T* a, const Window<T>& window, const T* const* from,
               T* sums, bool accumulate) const {
    const auto run = [&]<int Rows>() {
      if constexpr (Vectors == 2) {
        if (packed_) return run_packed<Rows>(vectors, a, window, from[0], sums, accumulate);
      }
      if (vectors == 1)
        window_tile<T, Rows, 1>(a, window, from, sums, accumulate);
      else
        window_tile<T, Rows, Vectors>(a, window, from, sums, accumulate);
    };
    if constexpr (Vectors == 2) {
      with_height(height, run);
    } else {
      if (height == 1) run.template operator()<1>();
      if (height == 2) run.template operator()<2>();
      if constexpr (kWideRows == 4) {
        if (height == 3) run.template operator()<3>();
        if (height == 4) run.template operator()<4>();
      }
    }
    return (vectors == 1 ? 1 : Vectors) * Vec<T>::size;
  }

  // Neither side is read through a table.
  template <int Rows>
  static void run_packed(int vectors, const T* a, const Window<T>& window, const T* from, T* sums,
                         bool accumulate) {
    const PackedRows<T, Rows> rows{{a, window.channels * window.taps}};
    if (vectors == 1)
      tile<T, Rows, 1, false>(rows, from, Cut::kLanes, sums, Vec<T>::size, accumulate, 0);
    else
      tile<T, Rows, 2, false>(rows, from, Cut::kLanes, sums, Cut::kLanes, accumulate, 0);
  }

  int64_t out_offset(const Region& region, int64_t group) const {
    int64_t offset = region.image * p_.out_strides[0] + group * p_.out_channels * p_.out_strides[1];
    for (int a = 0; a < 3; ++a) offset += region.first[a] * p_.out_strides[2 + a];
    return offset;
  }

  const Correlation<T>& p_;
  bool by_images_;
  PackedWeights<T> weights_;
  int64_t taps_, row_tasks_;
  bool as_source_, packed_ = false;
  BlockTasks blocks_;
  BoxLayout box_;
  std::optional<TasksInOrder> in_order_;  // where panels are filled straight from the source
  std::optional<SideBySide<T>> images_;
  std::vector<Step> steps_;
  SumFinisher<T> finisher_;
};

}  // namespace

template <class T>
void correlate_by_sums(const Correlation<T>& c) {
  if (c.out_channels <= kWideRows)
    Correlator<T, 4>(c, false).run();
  else if (!(SideBySide<T>::serves(c) && Correlator<T, 2>(c, true).run()) &&
           !correlate_by_channels(c) && !correlate_few_outputs(c))
    Correlator<T, 2>(c, false).run();
}

template void correlate_by_sums<float>(const Correlation<float>&);
template void correlate_by_sums<double>(const Correlation<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
