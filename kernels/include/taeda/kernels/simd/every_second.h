// Every second element of memory, as whole vectors.
#pragma once

#include <algorithm>
#include <utility>

#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

namespace detail {

template <int First, class T, int... I>
inline Vec<T> every_second(Vec<T> low, Vec<T> high, std::integer_sequence<int, I...>) {
  return Vec<T>(__builtin_shufflevector(low.v, high.v, (First + 2 * I)...));
}

template <int First, class T, int... I>
inline Vec<T> interleaved(Vec<T> even, Vec<T> odd, std::integer_sequence<int, I...>) {
  return Vec<T>(__builtin_shufflevector(even.v, odd.v, (First + I / 2 + I % 2 * Vec<T>::size)...));
}

#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
// Lanes [First, First + size / 2), each twice.
template <int First, class T, int... I>
inline Vec<T> doubled(Vec<T> value, std::integer_sequence<int, I...>) {
  return Vec<T>(__builtin_shufflevector(value.v, value.v, (First + I / 2)...));
}
#endif

}  // namespace detail

// Lanes 0, 2, 4 and so on of two vectors that follow each other.
template <class T>
inline Vec<T> even_lanes(Vec<T> low, Vec<T> high) {
  return detail::every_second<0>(low, high, std::make_integer_sequence<int, Vec<T>::size>{});
}
// Lanes 1, 3, 5 and so on.
template <class T>
inline Vec<T> odd_lanes(Vec<T> low, Vec<T> high) {
  return detail::every_second<1>(low, high, std::make_integer_sequence<int, Vec<T>::size>{});
}

// from[2 * i] for i < count, which is positive; the other lanes are zero. Memory between and beyond
// these elements is read up to from[2 * count - 2] only.
template <class T>
inline Vec<T> load_every_second(const T* from, int count) {
  constexpr int width = Vec<T>::size;
  const int extent = 2 * count - 1;
  const Vec<T> low = FirstLanes<T>(std::min(extent, width)).load(from);
  const Vec<T> high = extent > width ? FirstLanes<T>(extent - width).load(from + width) : Vec<T>(0);
  return even_lanes(low, high);
}

// The first `count` of even[0], odd[0], even[1], odd[1] and so on.
template <class T>
inline void store_interleaved(Vec<T> even, Vec<T> odd, T* to, int64_t count) {
  constexpr int width = Vec<T>::size;
  constexpr auto lanes = std::make_integer_sequence<int, width>{};
  store_some(detail::interleaved<0>(even, odd, lanes), to, std::min<int64_t>(count, width));
  if (count > width) {
    store_some(detail::interleaved<width / 2>(even, odd, lanes), to + width, count - width);
  }
}

// to[2 * i] = value[i] for i < count; nothing between them is touched.
template <class T>
inline void store_every_second(Vec<T> value, T* to, int count) {
  constexpr int width = Vec<T>::size;
#if defined(__AVX512F__) && TAEDA_VECTOR_BYTES == 64
  constexpr auto lanes = std::make_integer_sequence<int, width>{};
  const auto store = [&](T* at, Vec<T> values, int of) {
    const uint32_t mask = 0x5555u & ((uint32_t{1} << 2 * of) - 1);
    if constexpr (sizeof(T) == 4)
      _mm512_mask_storeu_ps(at, static_cast<__mmask16>(mask), (__m512)values.v);
    else
      _mm512_mask_storeu_pd(at, static_cast<__mmask8>(mask), (__m512d)values.v);
  };
  store(to, detail::doubled<0>(value, lanes), std::min(count, width / 2));
  if (count > width / 2) {
    store(to + width, detail::doubled<width / 2>(value, lanes), count - width / 2);
  }
#else
  T lanes[width];
  value.store(lanes);
  for (int i = 0; i < count; ++i) to[2 * i] = lanes[i];
#endif
}

}  // namespace taeda::cpu::inline TAEDA_ISA
