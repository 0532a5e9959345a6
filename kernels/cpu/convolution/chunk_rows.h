// The rows of a chunk of outputs, in order.
#pragma once

#include "convolution/box.h"

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

}  // namespace taeda::cpu::inline TAEDA_ISA
