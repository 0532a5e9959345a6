// The rows of a chunk of outputs, in order, and their gradients.
#pragma once

#include <optional>

#include "convert.h"
#include "convolution/box.h"
#include "taeda/kernels/allocator.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Calls visit(image, z, y) for each row of outputs in order.
template <class Visit>
void each_row(const Region& chunk, Visit visit) {
  for (int64_t i = 0; i < chunk.images; ++i) {
    for (int64_t z = 0; z < chunk.size[0]; ++z) {
      for (int64_t y = 0; y < chunk.size[1]; ++y) visit(i, z, y);
    }
  }
}

// The gradients of a row of outputs in a chunk.
inline const void* gradient_at(const Array& g, const Region& chunk, int64_t image, int64_t channel,
                               int64_t z, int64_t y) {
  const int64_t index = (chunk.image + image) * g.strides[0] + channel * g.strides[1] +
                        (chunk.first[0] + z) * g.strides[2] + (chunk.first[1] + y) * g.strides[3] +
                        chunk.first[2] * g.strides[4];
  return static_cast<const char*>(g.data) + index * size_of(g.dtype);
}

// The gradients of one channel in a chunk, along rows.
template <class T>
struct ChannelGradients {
  const T* first;
  int64_t image, slice, row;  // from each to the next
};

// In place, or copied into `memory`.
template <class T>
ChannelGradients<T> gradients_of(const Array& g, const Region& chunk, int64_t channel,
                                 std::optional<Scratch<T>>& memory) {
  if (g.dtype == dtype_of<T> && g.strides[4] == 1) {
    return {static_cast<const T*>(gradient_at(g, chunk, 0, channel, 0, 0)), g.strides[0],
            g.strides[2], g.strides[3]};
  }
  const Convert convert = converter(dtype_of<T>, g.dtype);
  T* to = memory.emplace(chunk.positions()).data();
  const int64_t row = chunk.size[2], slice = chunk.size[1] * row;
  const ChannelGradients<T> copied{to, chunk.size[0] * slice, slice, row};
  each_row(chunk, [&](int64_t i, int64_t z, int64_t y) {
    convert(to, 1, gradient_at(g, chunk, i, channel, z, y), g.strides[4], row);
    to += row;
  });
  return copied;
}

}  // namespace taeda::cpu::inline TAEDA_ISA
