// Stores that go past the caches: where a result is larger than they are, its lines need not be
// read before they are overwritten.
#pragma once

#include <algorithm>
#include <cstring>

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Results from this size on leave nothing in the last-level cache for whoever reads them next.
inline constexpr int64_t kStreamBytes = int64_t{32} << 20;

// Copies bytes that do not overlap; end_stream() makes them visible to other threads.
inline void stream_bytes(void* to_memory, const void* from_memory, size_t bytes) {
  char* to = static_cast<char*>(to_memory);
  const char* from = static_cast<const char*>(from_memory);
#if defined(__AVX2__)
  constexpr size_t line = 64;
  const size_t head = std::min(bytes, (line - reinterpret_cast<uintptr_t>(to) % line) % line);
  std::memcpy(to, from, head);
  size_t i = head;
  for (; i + line <= bytes; i += line) {
#if defined(__AVX512F__)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to + i), _mm512_loadu_si512(from + i));
#else
    for (size_t half = 0; half < line; half += 32) {
      _mm256_stream_si256(reinterpret_cast<__m256i*>(to + i + half),
                          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i + half)));
    }
#endif
  }
  std::memcpy(to + i, from + i, bytes - i);
#else
  std::memcpy(to, from, bytes);
#endif
}
inline void end_stream() {
#if defined(__AVX2__)
  _mm_sfence();
#endif
}

}  // namespace taeda::cpu::inline TAEDA_ISA
