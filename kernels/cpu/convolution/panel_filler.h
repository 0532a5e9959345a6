// Fills panels straight from the source.
#pragma once

#include <vector>

#include "convolution/correlate.h"
#include "convolution/panels.h"
#include "taeda/kernels/simd/every_second.h"
#include "taeda/kernels/simd/lane_range.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Where neighbours meet sources at most two elements apart, a vector of a panel is put together of
// the lines of the source that its lanes meet: of each the lanes are loaded where they belong, from
// as far before the line as they lie behind the vector's begin. Where sources are further apart,
// the windows of a vector's lanes are the rows of a matrix, which is turned.
template <class T, int Vectors>
class PanelFiller {
 public:
  static bool serves(const SlidingWindow& window) {
    if (window.step[2] <= 2 && window.in_channels < kFewestTogether) return false;
    return window.source.dtype == dtype_of<T> && window.source.strides[4] == 1 &&
           (window.step[2] <= 2 || has_whole_rows(window.taps));
  }

  // `panels` are cut in the order of the outputs.
  PanelFiller(const SlidingWindow& window, const Panels<T, Vectors>& panels)
      : w_(window),
        panels_(panels),
        taps_(static_cast<int64_t>(window.taps.size())),
        columns_(row_taps(window.taps)) {
    for (const auto& panel : panels.panels()) {
      for (const Stretch<T>* s = panels.begin(panel); s != panels.end(panel); ++s) {
        if (s->lane_of_vector() == 0) vectors_.push_back(reads_.size());
        add(*s);
      }
    }
    vectors_.push_back(reads_.size());
  }

  // panels[panel][k][lane] of some channels: as many at a time as the first-level cache holds.
  void fill(int64_t channel, int64_t channels, T* to) const {
    const int64_t* shape = w_.source.shape.data();
    const int64_t plane = static_cast<int64_t>(sizeof(T)) * shape[2] * shape[3] * shape[4];
    const int64_t together = std::max(kFewestTogether, kCacheBytes / std::max<int64_t>(1, plane));
    for (int64_t first = 0; first < channels; first += together) {
      fill_panels(channel + first, std::min(together, channels - first), channels * taps_ * kLanes,
                  to + first * taps_ * kLanes);
    }
  }

 private:
  static constexpr int kWidth = Vec<T>::size;
  static constexpr int64_t kLanes = Panels<T, Vectors>::kLanes;
  static constexpr int64_t kCacheBytes = 16 * 1024, kFewestTogether = 8;

  // Part of a stretch's lanes: where the first tap of all would meet them, were there no border.
  struct Read {
    int64_t z, y, place;
    int part;  // a vector of the source, of those that are made one
  };
  // What one lane meets, likewise; windows of a row share their line.
  struct Window {
    int64_t z, y, x, line;
  };
  // The lines of the source that a vector meets, for each part.
  struct Lines {
    struct Line {
      const T* from;
      const LaneRange<T>* lanes;  // of each tap of a row
    };
    Line of[2][kWidth];
    int count[2] = {0, 0};

    Vec<T> load(int part, int64_t column, int64_t place) const {
      Vec<T> values(0);
      for (int i = 0; i < count[part]; ++i) {
        const Line& line = of[part][i];
        values = line.lanes[column].load_over(values, line.from + place);
      }
      return values;
    }
  };

  void add(const Stretch<T>& stretch) {
    const OutputPlace place(stretch.source, w_.outputs);
    const int64_t z = place.z * w_.step[0], y = place.y * w_.step[1], step = w_.step[2];
    const int64_t* strides = w_.source.strides.data();
    const int64_t line = place.image * strides[0] + z * strides[2] + y * strides[3];
    if (step > 2) {
      for (int64_t i = 0; i < stretch.count; ++i) {
        windows_.push_back({z, y, (place.x + i) * step, line});
      }
      return;
    }
    const int64_t first = step * stretch.lane_of_vector(), end = first + step * stretch.count;
    const int64_t start = place.x * step - first;  // of the vector, in its line
    for (int part = 0; part < step; ++part) {
      const int64_t begin = part * kWidth;
      if (first >= begin + kWidth || end <= begin) continue;
      reads_.push_back({z, y, line + start + begin, part});
      for (int64_t column = 0; column < columns_; ++column) {
        const int64_t from = start + begin + w_.taps[static_cast<size_t>(column)].at[2];
        lanes_.emplace_back(std::max(first - begin, -from),
                            std::min(end - begin, w_.source.shape[4] - from));
      }
    }
  }

  static bool has_whole_rows(const std::vector<Tap>& taps) {
    const size_t columns = static_cast<size_t>(row_taps(taps));
    for (size_t i = 1; i < columns; ++i) {
      if (taps[i].at[2] != taps[i - 1].at[2] + 1) return false;
    }
    return true;
  }

  bool is_inside(int64_t z, int64_t y) const {
    return z >= 0 && z < w_.source.shape[2] && y >= 0 && y < w_.source.shape[3];
  }

  // `panel_size` leads from panel to panel.
  void fill_panels(int64_t channel, int64_t channels, int64_t panel_size, T* to) const {
    const T* from = static_cast<const T*>(w_.source.data) + channel * w_.source.strides[1];
    size_t number = 0;
    for (const auto& panel : panels_.panels()) {
      for (int vector = 0; vector < panel.vectors; ++vector, ++number) {
        T* lanes = to + vector * kWidth;
        for (int64_t tap = 0; tap < taps_; tap += columns_, lanes += columns_ * kLanes) {
          if (w_.step[2] > 2)
            turn_windows(from, channels, number, tap, lanes);
          else if (w_.step[2] == 1)
            fill_vectors<1>(from, channels, number, tap, lanes);
          else
            fill_vectors<2>(from, channels, number, tap, lanes);
        }
      }
      to += panel_size;
    }
  }

  // A vector for each channel and each tap of the row that begins with `tap`.
  template <int kStep>
  void fill_vectors(const T* from, int64_t channels, size_t number, int64_t tap, T* to) const {
    const Lines lines = lines_of(from, number, w_.taps[static_cast<size_t>(tap)].at);
    const auto at = [&](int64_t column) { return w_.taps[static_cast<size_t>(column)].at[2]; };
    // Channels are met last: all of them take the same way.
    const auto each_channel = [&](int64_t column, auto store) {
      T* vector = to + column * kLanes;
      int64_t place = at(column);
      for (int64_t c = 0; c < channels; ++c) {
        const Vec<T> low = lines.load(0, column, place);
        if constexpr (kStep == 1)
          low.store(vector);
        else
          store(low, lines.load(1, column, place), vector);
        place += w_.source.strides[1];
        vector += taps_ * kLanes;
      }
    };
    for (int64_t column = 0; column < columns_; ++column) {
      if (kStep == 2 && column + 1 < columns_ && at(column + 1) == at(column) + 1) {
        each_channel(column++, [](Vec<T> low, Vec<T> high, T* vector) {
          even_lanes(low, high).store(vector);
          odd_lanes(low, high).store(vector + kLanes);
        });
      } else {
        each_channel(column, [](Vec<T> low, Vec<T> high, T* vector) {
          even_lanes(low, high).store(vector);
        });
      }
    }
  }

  Lines lines_of(const T* from, size_t number, const Sizes3& at) const {
    const int64_t* strides = w_.source.strides.data();
    Lines lines;
    for (size_t i = vectors_[number]; i < vectors_[number + 1]; ++i) {
      const Read& read = reads_[i];
      if (!is_inside(read.z + at[0], read.y + at[1])) continue;
      lines.of[read.part][lines.count[read.part]++] = {
          from + read.place + at[0] * strides[2] + at[1] * strides[3],
          lanes_.data() + static_cast<int64_t>(i) * columns_};
    }
    return lines;
  }

  // The same for windows that are turned.
  void turn_windows(const T* from, int64_t channels, size_t number, int64_t tap, T* to) const {
    const Sizes3& at = w_.taps[static_cast<size_t>(tap)].at;
    const int64_t* strides = w_.source.strides.data();
    const int64_t first = static_cast<int64_t>(number) * kWidth;
    const int64_t windows = std::min<int64_t>(kWidth, std::ssize(windows_) - first);
    for (int64_t column = 0; column < columns_; column += kWidth) {
      const int64_t count = std::min<int64_t>(kWidth, columns_ - column);
      const T* places[kWidth];
      LaneRange<T> lanes[kWidth];
      for (int64_t i = 0; i < kWidth; ++i) {
        places[i] = from;
        if (i >= windows) continue;
        const Window& window = windows_[static_cast<size_t>(first + i)];
        if (!is_inside(window.z + at[0], window.y + at[1])) continue;
        const int64_t x = window.x + at[2] + column;
        places[i] = from + window.line + at[0] * strides[2] + at[1] * strides[3] + x;
        lanes[i] = {-x, std::min(count, w_.source.shape[4] - x)};
      }
      for (int64_t c = 0; c < channels; ++c) {
        Vec<T> rows[kWidth];
        for (int i = 0; i < kWidth; ++i) rows[i] = lanes[i].load(places[i] + c * strides[1]);
        transpose(rows);
        T* vector = to + (c * taps_ + column) * kLanes;
        for (int64_t k = 0; k < count; ++k) rows[k].store(vector + k * kLanes);
      }
    }
  }

  const SlidingWindow& w_;
  const Panels<T, Vectors>& panels_;
  int64_t taps_, columns_;       // of the window, and of a row of it
  std::vector<size_t> vectors_;  // where each one's reads begin
  std::vector<Read> reads_;
  std::vector<LaneRange<T>> lanes_;  // of each read and tap of a row
  std::vector<Window> windows_;      // of each lane, where they are turned
};

}  // namespace taeda::cpu::inline TAEDA_ISA
