// How the outputs of a correlation by sums are cut into tasks.
#pragma once

#include <utility>

#include "convolution/sliding_window.h"

namespace taeda::cpu::inline TAEDA_ISA {

// To copy a value of the source into a panel takes about as long as so many rows of sums.
inline constexpr int64_t kPackingRows = 8;
// Fewer leave threads without work.
inline constexpr int64_t kFewestTasks = 4;

// Outputs of a channel that a task takes: as many as keep its sums in the second-level cache.
inline int64_t positions_of_task(int64_t out_channels) {
  constexpr int64_t sums = int64_t{1} << 15, fewest = 256, most = 1024;
  return std::clamp(sums / out_channels, fewest, most);
}

// The part of `size` that a task takes so that all take about the same, at most `target`.
constexpr int64_t share(int64_t size, int64_t target, int64_t multiple) {
  if (size <= target) return size;
  const int64_t even = ceil_div(size, ceil_div(size, std::max<int64_t>(1, target)));
  return std::min(size, ceil_div(even, multiple) * multiple);
}

// A block of the outputs of each image; `lanes` of a row are computed at a time. A few images are
// cut into so many that all threads have some.
inline Region block_of_task(const SlidingWindow& window, int64_t lanes) {
  constexpr int64_t fewest = 64;
  const Sizes3& outputs = window.outputs;
  const int64_t all = window.images * window.groups * outputs[0] * outputs[1] * outputs[2];
  const int64_t target = std::min(positions_of_task(window.out_channels),
                                  std::max(fewest, ceil_div(all, kFewestTasks)));
  Region task{0, 1, {}, {}};
  task.size[2] = share(outputs[2], target, lanes);
  task.size[1] = share(outputs[1], target / task.size[2], 1);
  task.size[0] = share(outputs[0], target / (task.size[1] * task.size[2]), 1);
  // Images too small to fill a few panels share a task.
  if (task.size == outputs) {
    task.images = std::clamp<int64_t>(target / 2 / task.positions(), 1, window.images);
  }
  return task;
}

// What each of the tasks takes that are blocks of outputs.
class BlockTasks {
 public:
  BlockTasks(const SlidingWindow& window, const Region& block) : window_(window), block_(block) {
    for (int a = 0; a < 3; ++a) blocks_[a] = ceil_div(window.outputs[a], block.size[a]);
  }

  const Region& block() const { return block_; }
  int64_t count() const {
    return ceil_div(window_.images, block_.images) * window_.groups * blocks_[0] * blocks_[1] *
           blocks_[2];
  }
  // The outputs of a task and their group.
  std::pair<Region, int64_t> operator[](int64_t index) const {
    Region region{};
    for (int a = 2; a >= 0; --a) {
      region.first[a] = index % blocks_[a] * block_.size[a];
      region.size[a] = std::min(block_.size[a], window_.outputs[a] - region.first[a]);
      index /= blocks_[a];
    }
    region.image = index / window_.groups * block_.images;
    region.images = std::min(block_.images, window_.images - region.image);
    return {region, index % window_.groups};
  }

 private:
  const SlidingWindow& window_;
  Region block_;
  Sizes3 blocks_;  // along each axis
};

// A range of the outputs of all images in their order: whole vectors, so that only the last one has
// lanes to spare.
class TasksInOrder {
 public:
  TasksInOrder(const SlidingWindow& window, int64_t width)
      : width_(width),
        outputs_(Region{0, window.images, {}, window.outputs}.positions()),
        vectors_(ceil_div(outputs_, width)) {
    constexpr int64_t multiple = 4;  // divides evenly among threads
    const int64_t tasks = ceil_div(outputs_, positions_of_task(window.out_channels));
    count_ = std::min(vectors_, ceil_div(tasks, multiple) * multiple);
  }

  int64_t count() const { return count_; }
  // Outputs of a task in the mean.
  int64_t positions() const { return ceil_div(outputs_, count_); }
  // The first output of a task, and how many it has.
  std::pair<int64_t, int64_t> range(int64_t task) const {
    const int64_t first = vectors_ * task / count_ * width_;
    const int64_t end = std::min(vectors_ * (task + 1) / count_ * width_, outputs_);
    return {first, end - first};
  }

 private:
  int64_t width_, outputs_, vectors_, count_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
