// Stores that go past the caches: where a result is larger than they are, its lines need not be
// read before they are overwritten.
#pragma once

#include <algorithm>
#include <cstring>

#include "taeda/kernels/array.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// From so many bytes on, read and written, a result has driven its start out of the last-level
// cache before anybody reads it.
inline constexpr int64_t kStreamBytes = int64_t{48} << 20;
inline constexpr int64_t kStreamLine = 64;

// Bytes that an operand brings: what is repeated counts once.
inline int64_t bytes_of(const Array& array) {
  int64_t bytes = size_of(array.dtype);
  for (int d = 0; d < array.ndim(); ++d) {
    if (array.strides[d] != 0) bytes *= array.shape[d];
  }
  return bytes;
}

// Copies a whole line to the start of one.
inline void stream_line(char* to, const char* from) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
#elif defined(__AVX2__)
  for (int64_t half = 0; half < kStreamLine; half += 32) {
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to + half),
                        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + half)));
  }
#else
  std::memcpy(to, from, kStreamLine);
#endif
}

// Copies bytes that do not overlap; end_stream() makes them visible to other threads. As many bytes
// from `ahead` on are asked for meanwhile, unless it is null.
inline void stream_bytes(void* to_memory, const void* from_memory, int64_t bytes,
                         const char* ahead = nullptr) {
  char* to = static_cast<char*>(to_memory);
  const char* from = static_cast<const char*>(from_memory);
  const int64_t past = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % kStreamLine);
  int64_t i = std::min(bytes, (kStreamLine - past) % kStreamLine);
  std::memcpy(to, from, static_cast<size_t>(i));
  for (; i + kStreamLine <= bytes; i += kStreamLine) {
    if (ahead) __builtin_prefetch(ahead + i);
    stream_line(to + i, from + i);
  }
  std::memcpy(to + i, from + i, static_cast<size_t>(bytes - i));
}
inline void end_stream() {
#if defined(__AVX2__)
  _mm_sfence();
#endif
}

}  // namespace taeda::cpu::inline TAEDA_ISA
