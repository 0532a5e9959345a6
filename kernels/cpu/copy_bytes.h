// Copies of contiguous bytes by vectors, long and short.
#pragma once

#include <cstddef>
#include <cstring>

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <size_t kBytes>
inline void copy_exactly(char* to, const char* from) {
  typedef char Block __attribute__((vector_size(kBytes), aligned(1), may_alias));
  *reinterpret_cast<Block*>(to) = *reinterpret_cast<const Block*>(from);
}

// Fewer than 2 * kBytes: two blocks that overlap, or smaller ones.
template <size_t kBytes>
inline void copy_few(char* to, const char* from, size_t bytes) {
  if (bytes >= kBytes) {
    copy_exactly<kBytes>(to, from);
    copy_exactly<kBytes>(to + bytes - kBytes, from + bytes - kBytes);
  } else if constexpr (kBytes > 1) {
    copy_few<kBytes / 2>(to, from, bytes);
  }
}

// The library's memmove takes up to ten times as long where source and target lie alike within
// their pages, and some nanoseconds for its call. The two are the same memory or do not overlap.
inline void copy_bytes(void* to_memory, const void* from_memory, size_t bytes) {
  constexpr size_t size = kVectorBytes;
  char* to = static_cast<char*>(to_memory);
  const char* from = static_cast<const char*>(from_memory);
  if (bytes < size) return copy_few<size / 2>(to, from, bytes);
  size_t i = 0;
  for (; i + size <= bytes; i += size) copy_exactly<size>(to + i, from + i);
  if (i < bytes) copy_exactly<size>(to + bytes - size, from + bytes - size);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
