// The product of two tiles of half precision by the 32 threads of a warp, summed in float32: by the
// device's tensor cores, or on the CPU element by element.
#pragma once

#include <cstring>
#include <type_traits>

#include "../device/element.h"
#include "../device/per_thread.h"
#include "taeda/kernels/export.h"
#include "taeda/kernels/half.h"

namespace taeda::cuda {

template <class Element>
inline constexpr bool is_half = std::is_same_v<Element, Half> || std::is_same_v<Element, BFloat16>;

// The element at `at` of memory that in most cases has this very dtype.
template <class Element>
TAEDA_HD inline Element element_at(const Memory& memory, int64_t at) {
  if (memory.dtype == DTypeOf<Element>::value) return static_cast<const Element*>(memory.data)[at];
  using Wide = std::conditional_t<is_half<Element>, float, Element>;
  return Element(memory.load<Wide>(at));
}

// What an instruction multiplies: kCoreRows x kCoreDepth by kCoreDepth x kCoreColumns. Of the
// result, thread `lane` holds the elements (core_row(lane, q), core_column(lane, q)) for q below 4.
inline constexpr int kCoreRows = 16, kCoreColumns = 8, kCoreDepth = 16;
TAEDA_HD constexpr int core_row(int lane, int q) { return lane / 4 + q / 2 * 8; }
TAEDA_HD constexpr int core_column(int lane, int q) { return lane % 4 * 2 + q % 2; }

#ifdef __CUDA_ARCH__

// Two neighbours in the memory.
template <class Element>
__device__ inline uint32_t pair_at(const Element* at) {
  return *reinterpret_cast<const uint32_t*>(at);
}

template <class Element>
__device__ inline void multiply_core(const uint32_t (&a)[4], const uint32_t (&b)[2], float* c) {
  if constexpr (std::is_same_v<Element, Half>) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  } else {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  }
}

#endif

// sums[i][j][q] += the product over kCoreDepth: a[row * step + k], b[column * step + k]. `step` is
// even and the tiles start at even elements.
template <int Tall, int Wide, class Element>
TAEDA_HD inline void multiply_cores(const Element* a, const Element* b, int step, int lane,
                                    float* sums) {
#ifdef __CUDA_ARCH__
  const int row = lane / 4, k = lane % 4 * 2;
  uint32_t left[Tall][4], right[Wide][2];
  TAEDA_UNROLL
  for (int i = 0; i < Tall; ++i) {
    const Element* at = a + (i * kCoreRows + row) * step + k;
    left[i][0] = pair_at(at);
    left[i][1] = pair_at(at + 8 * step);
    left[i][2] = pair_at(at + 8);
    left[i][3] = pair_at(at + 8 * step + 8);
  }
  TAEDA_UNROLL
  for (int j = 0; j < Wide; ++j) {
    const Element* at = b + (j * kCoreColumns + row) * step + k;
    right[j][0] = pair_at(at);
    right[j][1] = pair_at(at + 8);
  }
  TAEDA_UNROLL
  for (int i = 0; i < Tall; ++i) {
    TAEDA_UNROLL
    for (int j = 0; j < Wide; ++j) {
      multiply_core<Element>(left[i], right[j], sums + (i * Wide + j) * 4);
    }
  }
#else
  for (int i = 0; i < Tall; ++i) {
    for (int j = 0; j < Wide; ++j) {
      for (int q = 0; q < 4; ++q) {
        const Element* left = a + (i * kCoreRows + core_row(lane, q)) * step;
        const Element* right = b + (j * kCoreColumns + core_column(lane, q)) * step;
        float& sum = sums[(i * Wide + j) * 4 + q];
        for (int k = 0; k < kCoreDepth; ++k) {
          sum += static_cast<float>(left[k]) * static_cast<float>(right[k]);
        }
      }
    }
  }
#endif
}

}  // namespace taeda::cuda
