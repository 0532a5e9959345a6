// Bilinear algorithms for windows along one axis (Toom and Cook's, after Winograd), of which two
// make one for windows of two axes. A tile of outputs takes `points` products a channel instead of
// outputs * taps.
#pragma once

#include <cstdint>

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Transforms `count` lines of vectors: elements of a line lie `step` apart, lines `next`.
template <class T>
using LineTransform = void (*)(const T* from, int64_t step, int64_t next, T* to, int64_t to_step,
                               int64_t to_next, int64_t count);

// Values of two axes: `row` and `column` are the distances between neighbours.
template <class T>
struct Plane {
  T* data;
  int64_t row, column;
};

// Of one axis; null leaves a line as it is. `square` is the same along both axes of a plane, which
// stays in registers on its way, where it fits.
template <class T>
struct AxisTransform {
  LineTransform<T> lines = nullptr;
  void (*square)(Plane<const T> from, Plane<T> to) = nullptr;
};

// outputs = to_outputs(sum over channels of source(tile) * weight(window)). The last two
// transforms are the transposes of to_outputs and weight, for the gradient of the weight.
template <class T>
struct WinogradAxis {
  int outputs = 1, taps = 1, step = 1;
  int edge = 1;    // of the source that a tile meets
  int points = 1;  // products
  AxisTransform<T> source = {}, weight = {}, to_outputs = {};
  AxisTransform<T> output_gradient = {}, weight_gradient = {};

  int advance() const { return outputs * step; }  // in the source, from tile to tile
};

// For windows of so many taps whose outputs are `step` apart in the source; null where there is
// none whose error is small.
template <class T>
const WinogradAxis<T>* winograd_axis(int64_t taps, int64_t step);

inline constexpr int kMostWinogradPoints = 10, kMostWinogradOutputs = 4;  // of an axis
inline constexpr int kMostWinogradTaps = 5;

// The algorithm of two axes: each transform runs along columns, then along rows. Lanes are
// channels: each value is a vector of as many channels as it has lanes.
template <class T>
struct Winograd {
  const WinogradAxis<T>*rows, *columns;

  int points() const { return rows->points * columns->points; }
  int taps() const { return rows->taps * columns->taps; }
  int outputs() const { return rows->outputs * columns->outputs; }

  void source(Plane<const T> from, Plane<T> to) const {
    twice(rows->source, columns->source, from, rows->edge, columns->edge, to, rows->points);
  }
  void weight(Plane<const T> from, Plane<T> to) const {
    twice(rows->weight, columns->weight, from, rows->taps, columns->taps, to, rows->points);
  }
  void to_outputs(Plane<const T> from, Plane<T> to) const {
    twice(rows->to_outputs, columns->to_outputs, from, rows->points, columns->points, to,
          rows->outputs);
  }
  void output_gradient(Plane<const T> from, Plane<T> to) const {
    twice(rows->output_gradient, columns->output_gradient, from, rows->outputs, columns->outputs,
          to, rows->points);
  }
  void weight_gradient(Plane<const T> from, Plane<T> to) const {
    twice(rows->weight_gradient, columns->weight_gradient, from, rows->points, columns->points, to,
          rows->taps);
  }

 private:
  static constexpr int kLanes = Vec<T>::size;

  static void twice(const AxisTransform<T>& down, const AxisTransform<T>& across,
                    Plane<const T> from, int in_rows, int in_columns, Plane<T> to, int out_rows) {
    if (down.square && down.square == across.square) return down.square(from, to);
    if (!down.lines) {
      return across.lines(from.data, from.column, from.row, to.data, to.column, to.row, in_rows);
    }
    if (!across.lines) {
      return down.lines(from.data, from.row, from.column, to.data, to.row, to.column, in_columns);
    }
    alignas(64) T half[kMostWinogradPoints * kMostWinogradPoints * kLanes];
    const int64_t line = in_columns * kLanes;
    down.lines(from.data, from.row, from.column, half, line, kLanes, in_columns);
    across.lines(half, kLanes, line, to.data, to.column, to.row, out_rows);
  }
};

}  // namespace taeda::cpu::inline TAEDA_ISA
