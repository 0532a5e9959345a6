// The parts that a convolution of groups and of a dilated window falls into: each is one of a
// single group and of a window without gaps, because outputs a dilation apart meet sources a
// dilation apart.
#pragma once

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "convolution/correlate.h"
#include "convolution/weight_gradient.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

// A window: along each axis how many places it has, where the first one meets the source, and how
// far apart they are. Taps combine places at one distance along each axis, at least one.
struct WindowGrid {
  Sizes3 size = {1, 1, 1}, low = {}, dilation = {1, 1, 1};

  explicit WindowGrid(const std::vector<Tap>& taps) {
    for (int a = 0; a < 3; ++a) {
      std::vector<int64_t> places;
      for (const Tap& tap : taps) places.push_back(tap.at[a]);
      std::sort(places.begin(), places.end());
      places.erase(std::unique(places.begin(), places.end()), places.end());
      size[a] = static_cast<int64_t>(places.size());
      low[a] = places[0];
      if (size[a] > 1) dilation[a] = places[1] - places[0];
    }
  }
};

// Outputs phase, phase + dilation and so on of an axis.
struct PartOfAxis {
  int64_t outputs;
  int64_t source;  // the first one that such an output may meet within the source
  int64_t shift;   // from there, counted in dilations, to what output `phase` meets first

  PartOfAxis(const WindowGrid& grid, int axis, int64_t phase, int64_t all_outputs)
      : outputs(ceil_div(all_outputs - phase, grid.dilation[axis])) {
    const int64_t dilation = grid.dilation[axis], first = phase + grid.low[axis];
    source = (first % dilation + dilation) % dilation;
    shift = (first - source) / dilation;
  }
};

// Some channels of an array of five axes, and of its planes rows and columns a dilation apart.
struct PartOfArray {
  int64_t shape[5], strides[5];
  Array array;

  PartOfArray(const Array& whole, int64_t channel, int64_t channels, const int64_t (&first)[2],
              const WindowGrid& grid)
      : array(whole) {
    int64_t start = channel * whole.strides[1];
    for (size_t a = 0; a < 5; ++a) {
      shape[a] = a == 1 ? channels : whole.shape[a];
      strides[a] = whole.strides[a];
      if (a < 3) continue;
      start += first[a - 3] * strides[a];
      shape[a] = ceil_div(std::max<int64_t>(shape[a] - first[a - 3], 0), grid.dilation[a - 2]);
      strides[a] *= grid.dilation[a - 2];
    }
    array.data = static_cast<char*>(whole.data) + start * size_of(whole.dtype);
    array.shape = shape;
    array.strides = strides;
  }
  PartOfArray(const PartOfArray&) = delete;
};

// Which outputs of which group a part takes, and its window.
struct PlaceOfPart {
  int64_t group;
  int64_t phases[2];  // of rows and columns
  PartOfAxis rows, columns;
  PartOfArray source;
  SlidingWindow window;

  PlaceOfPart(const SlidingWindow& whole, const WindowGrid& grid, int64_t number, int64_t y,
              int64_t x)
      : group(number),
        phases{y, x},
        rows(grid, 1, y, whole.outputs[1]),
        columns(grid, 2, x, whole.outputs[2]),
        source(whole.source, group * whole.in_channels, whole.in_channels,
               {rows.source, columns.source}, grid),
        window(whole) {
    window.source = source.array;
    window.groups = 1;
    window.outputs = {whole.outputs[0], rows.outputs, columns.outputs};
    for (Tap& tap : window.taps) {
      tap.at[1] = (tap.at[1] - grid.low[1]) / grid.dilation[1] + rows.shift;
      tap.at[2] = (tap.at[2] - grid.low[2]) / grid.dilation[2] + columns.shift;
    }
  }
};

// Many groups are computed in parallel: then the parts themselves are not.
inline bool are_many(int64_t groups) { return groups >= 8; }

// Calls visit(places) for the parts of each group.
template <class Visit>
void each_group(const SlidingWindow& whole, const WindowGrid& grid, Visit visit) {
  const auto visit_group = [&](int64_t group) {
    std::deque<PlaceOfPart> places;
    for (int64_t y = 0; y < std::min(grid.dilation[1], whole.outputs[1]); ++y) {
      for (int64_t x = 0; x < std::min(grid.dilation[2], whole.outputs[2]); ++x) {
        places.emplace_back(whole, grid, group, y, x);
      }
    }
    visit(places);
  };
  parallel_for(whole.groups, are_many(whole.groups) ? 1 : whole.groups,
               [&](int64_t first, int64_t end) {
                 for (int64_t group = first; group < end; ++group) visit_group(group);
               });
}

// Calls visit(parts) for the parts of a correlation's groups; those of a group share their weights.
template <class T, class Visit>
void each_part(const Correlation<T>& c, const WindowGrid& grid, Visit visit) {
  each_group(c, grid, [&](const std::deque<PlaceOfPart>& places) {
    std::vector<Correlation<T>> parts;
    for (const PlaceOfPart& place : places) {
      Correlation<T>& part = parts.emplace_back(c);
      static_cast<SlidingWindow&>(part) = place.window;
      part.weight += place.group * c.weight_group_stride;
      int64_t start = place.group * c.out_channels * c.out_strides[1];
      for (int a = 0; a < 2; ++a) {
        start += place.phases[a] * c.out_strides[3 + a];
        part.out_strides[3 + a] *= grid.dilation[1 + a];
      }
      part.out = static_cast<char*>(c.out) + start * size_of(c.out_dtype);
      if (c.bias.data) part.bias.data = c.bias.at(place.group * c.out_channels, 0);
    }
    visit(parts);
  });
}

// Calls visit(part, number) for the parts of a weight's gradient, which has to be summed over those
// of a group, in the order of their numbers.
template <class T, class Visit>
void each_part(const WeightGradient<T>& g, const WindowGrid& grid, Visit visit) {
  each_group(g, grid, [&](const std::deque<PlaceOfPart>& places) {
    for (size_t number = 0; number < places.size(); ++number) {
      const PlaceOfPart& place = places[number];
      const PartOfArray gradient(g.grad_out, place.group * g.out_channels, g.out_channels,
                                 place.phases, grid);
      WeightGradient<T> part = g;
      static_cast<SlidingWindow&>(part) = place.window;
      part.grad_out = gradient.array;
      part.is_alone = !are_many(g.groups);
      part.out +=
          place.group * g.out_channels * g.in_channels * static_cast<int64_t>(g.taps.size());
      if (g.bias) part.bias += place.group * g.out_channels;
      visit(part, number);
    }
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
