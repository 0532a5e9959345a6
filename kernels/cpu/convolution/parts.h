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

  PartOfAxis(int64_t low, int64_t dilation, int64_t phase, int64_t all_outputs)
      : outputs(ceil_div(all_outputs - phase, dilation)) {
    const int64_t first = phase + low;
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

// Which groups and outputs a part takes, and its taps.
struct PlaceOfPart {
  int64_t group;
  int64_t phases[2];
  PartOfAxis rows, columns;
  std::vector<Tap> taps;
};

// So many groups are computed in parallel: then the parts themselves are not.
inline constexpr int64_t kManyGroups = 8;

// Calls visit(places) for the parts of each group.
template <class Call, class Visit>
void each_group(const Call& call, const WindowGrid& grid, Visit visit) {
  const auto visit_group = [&](int64_t group) {
    std::vector<PlaceOfPart> places;
    for (int64_t y = 0; y < std::min(grid.dilation[1], call.outputs[1]); ++y) {
      for (int64_t x = 0; x < std::min(grid.dilation[2], call.outputs[2]); ++x) {
        const PartOfAxis rows(grid.low[1], grid.dilation[1], y, call.outputs[1]);
        const PartOfAxis columns(grid.low[2], grid.dilation[2], x, call.outputs[2]);
        places.push_back({group, {y, x}, rows, columns, call.taps});
        for (Tap& tap : places.back().taps) {
          tap.at[1] = (tap.at[1] - grid.low[1]) / grid.dilation[1] + rows.shift;
          tap.at[2] = (tap.at[2] - grid.low[2]) / grid.dilation[2] + columns.shift;
        }
      }
    }
    visit(places);
  };
  parallel_for(call.groups, call.groups < kManyGroups ? call.groups : 1,
               [&](int64_t first, int64_t end) {
                 for (int64_t group = first; group < end; ++group) visit_group(group);
               });
}

// Calls visit(parts) for the parts of a correlation's groups; those of a group share their weights.
template <class T, class Visit>
void each_part(const Correlation<T>& c, const WindowGrid& grid, Visit visit) {
  each_group(c, grid, [&](const std::vector<PlaceOfPart>& places) {
    std::deque<PartOfArray> sources;
    std::vector<Correlation<T>> parts;
    for (const PlaceOfPart& place : places) {
      const int64_t first[2] = {place.rows.source, place.columns.source};
      sources.emplace_back(c.source, place.group * c.in_channels, c.in_channels, first, grid);
      Correlation<T>& part = parts.emplace_back(c);
      part.source = sources.back().array;
      part.taps = place.taps;
      part.groups = 1;
      part.weight += place.group * c.weight_group_stride;
      part.outputs = {c.outputs[0], place.rows.outputs, place.columns.outputs};
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
  each_group(g, grid, [&](const std::vector<PlaceOfPart>& places) {
    for (size_t number = 0; number < places.size(); ++number) {
      const PlaceOfPart& place = places[number];
      const int64_t first[2] = {place.rows.source, place.columns.source};
      const PartOfArray input(g.input, place.group * g.in_channels, g.in_channels, first, grid);
      const PartOfArray gradient(g.grad_out, place.group * g.out_channels, g.out_channels,
                                 place.phases, grid);
      WeightGradient<T> part = g;
      part.input = input.array;
      part.grad_out = gradient.array;
      part.taps = place.taps;
      part.groups = 1;
      part.is_alone = g.groups < kManyGroups;
      part.outputs = {g.outputs[0], place.rows.outputs, place.columns.outputs};
      part.out +=
          place.group * g.out_channels * g.in_channels * static_cast<int64_t>(g.taps.size());
      if (g.bias) part.bias += place.group * g.out_channels;
      visit(part, number);
    }
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
