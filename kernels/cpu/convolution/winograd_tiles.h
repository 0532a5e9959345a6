// Images cut into tiles of outputs, transformed channel by channel for Winograd's products.
#pragma once

#include <cstring>

#include "convolution/box.h"
#include "convolution/winograd_axis.h"
#include "matrix/pack.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/simd/every_second.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Strips are rows of tiles, in the order of images, slices and rows.
struct Tiling {
  int64_t images, slices, rows, columns;

  template <class T>
  Tiling(int64_t count, const Sizes3& outputs, const Winograd<T>& products)
      : images(count),
        slices(outputs[0]),
        rows(ceil_div(outputs[1], products.rows->outputs)),
        columns(ceil_div(outputs[2], products.columns->outputs)) {}
  // With some slices more.
  Tiling(const Tiling& other, int64_t more) : Tiling(other) { slices += more; }
  int64_t strips() const { return images * slices * rows; }
};

// For each point a matrix of tiles and channels, which is cut into panels of channels
// that lie one after the other. The matrices are a line of the cache more apart, lest all points
// meet in one set of it.
template <class T>
struct TileMatrices {
  static constexpr int kLanes = Vec<T>::size;

  T* data;
  int points;
  int64_t panel, row_stride, panel_stride, point_stride;

  // One panel, whose rows are padded to whole vectors.
  TileMatrices(T* to, int of_points, int64_t tiles, int64_t channels)
      : TileMatrices(to, of_points, tiles, channels, ceil_div(channels, kLanes) * kLanes, 0) {}
  TileMatrices(T* to, int of_points, int64_t tiles, int64_t channels, int64_t of_panel,
               int64_t padding)
      : data(to),
        points(of_points),
        panel(of_panel),
        row_stride(panel + padding),
        panel_stride(tiles * row_stride),
        point_stride(ceil_div(channels, panel) * panel_stride + kLanes) {}

  int64_t size() const { return points * point_stride; }
  T* at(int64_t point, int64_t tile, int64_t channel = 0) const {
    return data + point * point_stride + channel / panel * panel_stride + tile * row_stride +
           channel % panel;
  }
};

// How tiles lie in their source along an axis.
struct TileAxis {
  int64_t edge, advance;  // what a tile meets; from tile to tile
};

// `Transform` turns the part of the source that a tile meets into points.
template <class T, auto Transform>
class TiledSource {
 public:
  static constexpr int kLanes = Vec<T>::size;

  // The first tile of an image begins at `low`; there are zeros beyond the borders.
  TiledSource(const Array& source, int64_t channels, const Tiling& tiling, const Sizes3& low,
              const Winograd<T>& products, const TileAxis& rows, const TileAxis& columns)
      : source_(source),
        channels_(channels),
        tiling_(tiling),
        low_(low),
        products_(products),
        rows_(rows),
        columns_(columns),
        width_(columns.advance * (tiling.columns - 1) + columns.edge),
        first_(std::clamp<int64_t>(-low[2], 0, width_)),
        end_(std::clamp(source.shape[4] - low[2], first_, width_)) {}

  int64_t groups() const { return ceil_div(channels_, kLanes); }  // of channels
  int64_t box_size() const { return rows_.edge * width_ * kLanes; }

  // Transforms strips [first, end) of a group of channels; row 0 of `to` is the first tile of
  // strip `base`, its first column that of group `base_group`.
  void transform(int64_t group, int64_t first, int64_t end, int64_t base, T* box,
                 const TileMatrices<T>& to, int64_t base_group = 0) const {
    const int64_t kept = rows_.edge - rows_.advance;  // rows that two strips share
    const int64_t line = width_ * kLanes;
    const int64_t point_row = products_.columns->points * to.point_stride;
    for (int64_t r = 0; r < rows_.edge; ++r) {  // what lies beyond the borders of each line
      std::fill_n(box + r * line, first_ * kLanes, T(0));
      std::fill_n(box + r * line + end_ * kLanes, (width_ - end_) * kLanes, T(0));
    }
    for (int64_t strip = first; strip < end; ++strip) {
      const int64_t row = strip % tiling_.rows, slice = strip / tiling_.rows;
      const bool follows = kept > 0 && strip > first && row > 0;
      if (follows) {
        std::memmove(box, box + rows_.advance * line, sizeof(T) * static_cast<size_t>(kept * line));
      }
      for (int64_t r = follows ? kept : 0; r < rows_.edge; ++r) {
        load_line(slice / tiling_.slices, group * kLanes, low_[0] + slice % tiling_.slices,
                  low_[1] + rows_.advance * row + r, box + r * line);
      }
      for (int64_t column = 0; column < tiling_.columns; ++column) {
        T* points =
            to.at(0, (strip - base) * tiling_.columns + column, (group - base_group) * kLanes);
        (products_.*Transform)({box + columns_.advance * column * kLanes, line, kLanes},
                               {points, point_row, to.point_stride});
      }
    }
  }

 private:
  // Lays the channels of each place of a line side by side.
  void load_line(int64_t image, int64_t channel, int64_t z, int64_t y, T* to) const {
    if (z < 0 || z >= source_.shape[2] || y < 0 || y >= source_.shape[3]) {
      std::fill_n(to, width_ * kLanes, T(0));
      return;
    }
    const int64_t* strides = source_.strides.data();
    const int count = static_cast<int>(std::min<int64_t>(kLanes, channels_ - channel));
    const int64_t start = image * strides[0] + channel * strides[1] + z * strides[2] +
                          y * strides[3] + (first_ + low_[2]) * strides[4];
    to += first_ * kLanes;
    if (source_.dtype == dtype_of<T> && (strides[4] == 1 || strides[4] == 2)) {
      const T* from = static_cast<const T*>(source_.data) + start;
      for (int64_t x = first_; x < end_; x += kLanes, to += kLanes * kLanes) {
        turn(from, strides[1], strides[4], count,
             static_cast<int>(std::min<int64_t>(kLanes, end_ - x)), to);
        from += kLanes * strides[4];
      }
      return;
    }
    const Lines lines{static_cast<const char*>(source_.data) + start * size_of(source_.dtype),
                      source_.dtype, strides[1], strides[4]};
    pack_padded(lines, 0, count, 0, end_ - first_, to, kLanes);
  }

  // to[place][channel] of `rows` channels and `places` places.
  static void turn(const T* from, int64_t stride, int64_t step, int rows, int places, T* to) {
    Vec<T> values[kLanes];
    if (step == 2) {
      for (int i = 0; i < kLanes; ++i) {
        values[i] = i < rows ? load_every_second(from + i * stride, places) : Vec<T>(0);
      }
    } else if (rows == kLanes && places == kLanes) {
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) values[i] = Vec<T>::load(from + i * stride);
    } else if (rows == kLanes) {
      const FirstLanes<T> lanes(places);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) values[i] = lanes.load(from + i * stride);
    } else {
      const FirstLanes<T> lanes(places);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        values[i] = i < rows ? lanes.load(from + i * stride) : Vec<T>(0);
      }
    }
    transpose(values);
    if (places == kLanes) {
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) values[i].store(to + i * kLanes);
    } else {
#pragma GCC unroll 16
      for (int i = 0; i < kLanes - 1; ++i) {
        if (i < places) values[i].store(to + i * kLanes);
      }
    }
  }

  const Array& source_;
  int64_t channels_;
  Tiling tiling_;
  Sizes3 low_;
  Winograd<T> products_;
  TileAxis rows_, columns_;
  int64_t width_, first_, end_;  // of a box: places [first, end) lie in the source
};

// What the products meet, and the gradient of the outputs.
template <class T>
struct TiledInput : TiledSource<T, &Winograd<T>::source> {
  TiledInput(const Array& input, int64_t channels, const Tiling& tiling, const Sizes3& low,
             const Winograd<T>& products)
      : TiledSource<T, &Winograd<T>::source>(
            input, channels, tiling, low, products, {products.rows->edge, products.rows->advance()},
            {products.columns->edge, products.columns->advance()}) {}
};
template <class T>
struct TiledGradient : TiledSource<T, &Winograd<T>::output_gradient> {
  TiledGradient(const Array& gradient, int64_t channels, const Tiling& tiling,
                const Winograd<T>& products)
      : TiledSource<T, &Winograd<T>::output_gradient>(
            gradient, channels, tiling, {}, products,
            {products.rows->outputs, products.rows->outputs},
            {products.columns->outputs, products.columns->outputs}) {}
};

}  // namespace taeda::cpu::inline TAEDA_ISA
