#include "convolution/correlate.h"

#include <algorithm>
#include <cstring>

#include "matrix/tile.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kRowBlock = 24 * kTileRows;
constexpr int64_t kTaskPositions = 256;  // outputs a channel of one task
constexpr int64_t kDirectChannels = 2;   // up to so many output channels nothing is packed

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

template <class T>
class Correlator {
 public:
  explicit Correlator(const Correlation<T>& correlation)
      : p_(correlation),
        layout_(p_.taps, p_.row_step, p_.column_step, p_.columns),
        depth_(p_.in_channels * static_cast<int64_t>(p_.taps.size())) {
    const int64_t row_tasks = ceil_div(p_.rows, std::max<int64_t>(1, kTaskPositions / p_.columns));
    task_rows_ = ceil_div(p_.rows, row_tasks);
    // Images too small to fill a few panels share a task.
    if (row_tasks == 1) {
      task_images_ = std::max<int64_t>(1, kTaskPositions / 2 / (p_.rows * p_.columns));
    }
    direct_ = p_.out_channels <= kDirectChannels;
    in_place_ = p_.out_dtype == dtype_of<T> && p_.out_strides[3] == 1 &&
                (task_rows_ == 1 || p_.out_strides[2] == p_.columns) && task_images_ == 1;
  }

  void run() {
    const Scratch<T> packed(direct_ ? 0 : p_.groups * p_.out_channels * depth_);
    if (!direct_) pack_weights(packed.data());
    const int64_t row_tasks = ceil_div(p_.rows, task_rows_);
    const int64_t image_tasks = ceil_div(p_.images, task_images_);
    const int64_t work = task_images_ * task_rows_ * p_.columns * p_.out_channels * depth_;
    const int64_t tasks = image_tasks * p_.groups * row_tasks;
    parallel_for(tasks, std::max<int64_t>(1, (int64_t{1} << 18) / work),
                 [&](int64_t first, int64_t end) {
                   for (int64_t index = first; index < end; ++index) {
                     Task task;
                     task.group = index / row_tasks % p_.groups;
                     task.row = index % row_tasks * task_rows_;
                     task.rows = std::min(task_rows_, p_.rows - task.row);
                     task.image = index / row_tasks / p_.groups * task_images_;
                     task.images = std::min(task_images_, p_.images - task.image);
                     run_task(task, packed.data() + task.group * p_.out_channels * depth_);
                   }
                 });
  }

 private:
  struct Task {
    int64_t image, images, group, row, rows;
  };

  void pack_weights(T* packed) const {
    const int64_t blocks = ceil_div(p_.out_channels, kRowBlock);
    parallel_for(p_.groups * blocks, std::max<int64_t>(1, (1 << 16) / (depth_ * kRowBlock)),
                 [&](int64_t first, int64_t end) {
                   for (int64_t index = first; index < end; ++index) {
                     const int64_t group = index / blocks, row = index % blocks * kRowBlock;
                     const int64_t size = p_.out_channels * depth_;
                     const Lines lines{p_.weight + group * size, dtype_of<T>, depth_, 1};
                     for (int64_t k = 0; k < depth_; k += kDepthBlock) {
                       const int64_t depth = std::min(kDepthBlock, depth_ - k);
                       pack_row_tiles(lines, row, std::min(kRowBlock, p_.out_channels - row), k,
                                      depth,
                                      packed + group * size + k * p_.out_channels + row * depth);
                     }
                   }
                 });
  }

  void run_task(const Task& task, const T* weight) const {
    const int64_t plane = layout_.size(task.rows);
    const int64_t image_size = p_.in_channels * plane;
    // Whole vectors are read: some reach beyond the last value.
    const Scratch<T> planes(task.images * image_size + kPanelColumns<T> * 4);
    for (int64_t i = 0; i < task.images; ++i) {
      layout_.fill(p_.source, task.image + i, task.group * p_.in_channels, p_.in_channels, task.row,
                   task.rows, planes.data() + i * image_size);
    }
    std::fill_n(planes.data() + task.images * image_size, kPanelColumns<T> * 4, T(0));

    const int64_t positions = task.images * task.rows * p_.columns;
    const Scratch<T> scratch(in_place_ ? 0 : p_.out_channels * positions);
    Finish<T> finish;
    finish.addend = p_.bias;
    if (p_.bias.data) finish.addend.data = p_.bias.at(task.group * p_.out_channels, 0);
    finish.activation = p_.activation;
    finish.params = p_.params;
    finish.out = {scratch.data(), dtype_of<T>, positions, 1};
    if (in_place_) {
      finish.out = {static_cast<T*>(p_.out) + out_offset(task, 0, 0, 0), p_.out_dtype,
                    p_.out_strides[1], 1};
    }
    if (direct_)
      run_direct(task, planes.data(), plane, finish);
    else
      run_tiles(task, planes.data(), plane, weight, finish);
    if (!in_place_) scatter(task, scratch.data(), positions);
  }

  int64_t out_offset(const Task& task, int64_t image, int64_t channel, int64_t row) const {
    return (task.image + image) * p_.out_strides[0] +
           (task.group * p_.out_channels + channel) * p_.out_strides[1] +
           (task.row + row) * p_.out_strides[2];
  }

  void scatter(const Task& task, const T* sums, int64_t positions) const {
    const Convert convert = converter(p_.out_dtype, dtype_of<T>);
    for (int64_t channel = 0; channel < p_.out_channels; ++channel) {
      const T* from = sums + channel * positions;
      for (int64_t i = 0; i < task.images; ++i) {
        for (int64_t row = 0; row < task.rows; ++row, from += p_.columns) {
          convert(static_cast<char*>(p_.out) +
                      out_offset(task, i, channel, row) * size_of(p_.out_dtype),
                  p_.out_strides[3], from, 1, p_.columns);
        }
      }
    }
  }

  // A stretch of outputs whose values lie side by side in the plane.
  struct Run {
    int64_t offset;
    int count;
  };

  int runs_of(const Task& task, int64_t plane, int64_t position, int count, Run* runs) const {
    int used = 0;
    while (count > 0) {
      const int64_t column = position % p_.columns, line = position / p_.columns;
      const int64_t row = line % task.rows, image = line / task.rows;
      const int length = static_cast<int>(std::min<int64_t>(count, p_.columns - column));
      runs[used++] = {image * p_.in_channels * plane + row * layout_.output_row_stride() + column,
                      length};
      position += length;
      count -= length;
    }
    return used;
  }

  // to[k * kPanelColumns + j]: what tap k meets at output j. Whole vectors are copied; what is too
  // much is overwritten by the next run.
  void pack_panel(const T* planes, int64_t plane, const Run* runs, int run_count, int64_t k0,
                  int64_t depth, T* to) const {
    constexpr int width = Vec<T>::size;
    const int64_t* offsets = layout_.offsets().data();
    const int64_t taps = static_cast<int64_t>(p_.taps.size());
    int64_t tap = k0 % taps;
    const T* channel = planes + k0 / taps * plane;
    for (int64_t k = 0; k < depth; ++k, to += kPanelColumns<T>) {
      const T* from = channel + offsets[tap];
      if (run_count == 1) {
        Vec<T>::load(from + runs[0].offset).store(to);
        Vec<T>::load(from + runs[0].offset + width).store(to + width);
      } else {
        T* next = to;
        for (int r = 0; r < run_count; ++r) {
          for (int j = 0; j < runs[r].count; j += width) {
            Vec<T>::load(from + runs[r].offset + j).store(next + j);
          }
          next += runs[r].count;
        }
      }
      if (++tap == taps) {
        tap = 0;
        channel += plane;
      }
    }
  }

  void run_tiles(const Task& task, const T* planes, int64_t plane, const T* weight,
                 const Finish<T>& finish) const {
    constexpr int panel = kPanelColumns<T>;
    const int64_t positions = task.images * task.rows * p_.columns;
    const bool keep = p_.out_channels > kRowBlock;  // panels are met again by later rows
    const int64_t deepest = std::min(depth_, kDepthBlock);
    const int64_t panel_count = keep ? ceil_div(positions, panel) : 1;
    const Scratch<T> panels(panel_count * panel * deepest + panel);
    T* out = static_cast<T*>(finish.out.data);
    const int64_t stride = finish.out.row_stride;
    for (int64_t k = 0; k < depth_; k += kDepthBlock) {
      const int64_t depth = std::min(kDepthBlock, depth_ - k);
      const bool last = k + depth == depth_;
      for (int64_t block = 0; block < p_.out_channels; block += kRowBlock) {
        const int64_t block_end = std::min(block + kRowBlock, p_.out_channels);
        for (int64_t position = 0; position < positions; position += panel) {
          const int columns = static_cast<int>(std::min<int64_t>(panel, positions - position));
          T* b = panels.data() + (keep ? position * depth : 0);
          if (block == 0) {
            Run runs[panel];
            const int run_count = runs_of(task, plane, position, columns, runs);
            pack_panel(planes, plane, runs, run_count, k, depth, b);
          }
          for (int64_t row = block; row < block_end;) {
            const int height = next_height(block_end - row);
            const T* a = weight + k * p_.out_channels + row * depth;
            T* sums = out + row * stride + position;
            run_tile<T, PackedRows>(height, columns, b, int64_t{panel}, sums, stride, k > 0, a,
                                    depth);
            if (last && !finish.is_plain()) finish(row, position, height, columns, sums, stride);
            row += height;
          }
        }
      }
    }
  }

  // Few output channels (depthwise convolutions): the plane is read as it lies.
  void run_direct(const Task& task, const T* planes, int64_t plane, const Finish<T>& finish) const {
    constexpr int width = Vec<T>::size;
    T* out = static_cast<T*>(finish.out.data);
    const int64_t stride = finish.out.row_stride;
    for (int64_t channel = 0; channel < p_.out_channels; ++channel) {
      const T* weight = p_.weight + (task.group * p_.out_channels + channel) * depth_;
      for (int64_t line = 0; line < task.images * task.rows; ++line) {
        const T* from = planes + line / task.rows * p_.in_channels * plane +
                        line % task.rows * layout_.output_row_stride();
        for (int64_t column = 0; column < p_.columns;) {
          const int64_t left = p_.columns - column, position = line * p_.columns + column;
          T* sums = out + channel * stride + position;
          int columns;
          if (left > 2 * width) {
            columns = static_cast<int>(std::min<int64_t>(left, 4 * width));
            sum_direct<4>(from + column, plane, weight, sums, columns);
          } else {
            columns = static_cast<int>(left);
            if (left > width)
              sum_direct<2>(from + column, plane, weight, sums, columns);
            else
              sum_direct<1>(from + column, plane, weight, sums, columns);
          }
          if (!finish.is_plain()) finish(channel, position, 1, columns, sums, stride);
          column += columns;
        }
      }
    }
  }

  template <int Vectors>
  void sum_direct(const T* from, int64_t plane, const T* weight, T* to, int columns) const {
    constexpr int width = Vec<T>::size;
    Vec<T> sums[Vectors];
    for (Vec<T>& sum : sums) sum = Vec<T>(0);
    for (int64_t channel = 0; channel < p_.in_channels; ++channel, from += plane) {
      for (const int64_t offset : layout_.offsets()) {
        const Vec<T> value(*weight++);
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) {
          sums[v] = fma(value, Vec<T>::load(from + offset + v * width), sums[v]);
        }
      }
    }
    for (int v = 0; v < Vectors; ++v) {
      const int left = columns - v * width;
      if (left >= width)
        sums[v].store(to + v * width);
      else if (left > 0)
        FirstLanes<T>(left).store(to + v * width, sums[v]);
    }
  }

  const Correlation<T>& p_;
  PlaneLayout layout_;
  int64_t depth_;
  int64_t task_rows_ = 1, task_images_ = 1;
  bool direct_, in_place_;
};

}  // namespace

template <class T>
void correlate(const Correlation<T>& correlation) {
  if (correlation.images == 0 || correlation.out_channels == 0 || correlation.rows == 0 ||
      correlation.columns == 0) {
    return;
  }
  Correlator<T>(correlation).run();
}

template void correlate<float>(const Correlation<float>&);
template void correlate<double>(const Correlation<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
