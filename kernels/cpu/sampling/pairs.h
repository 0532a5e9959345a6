// Neighbours in memory, read from many places at once and added to them: two at a time, since a
// load of each element alone is what takes the time.
#pragma once

#include <cstring>

#include "../row_math.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace detail {

template <class T, class I, int... Lane>
Vec<T> load_each(const T* from, const I* offsets, std::integer_sequence<int, Lane...>) {
  return Vec<T>(typename Vec<T>::Native{from[offsets[Lane]]...});
}

// Two neighbours of each offset, as one element of twice the size.
template <class I, int... Lane>
Vec<float> load_twos(const float* from, const I* offsets, std::integer_sequence<int, Lane...>) {
  const auto two = [&](I offset) {
    double bits;
    std::memcpy(&bits, from + offset, sizeof(bits));
    return bits;
  };
  return Vec<float>((Vec<float>::Native)Vec<double>::Native{two(offsets[Lane])...});
}

template <class T, int... Lane>
void split(Vec<T> a, Vec<T> b, Vec<T>& even, Vec<T>& odd, std::integer_sequence<int, Lane...>) {
  even.v = __builtin_shufflevector(a.v, b.v, (2 * Lane)...);
  odd.v = __builtin_shufflevector(a.v, b.v, (2 * Lane + 1)...);
}
template <class T, int... Lane>
void join(Vec<T> even, Vec<T> odd, Vec<T>& a, Vec<T>& b, std::integer_sequence<int, Lane...>) {
  constexpr int width = sizeof...(Lane);
  a.v = __builtin_shufflevector(even.v, odd.v, (Lane / 2 + Lane % 2 * width)...);
  b.v = __builtin_shufflevector(even.v, odd.v, ((width + Lane) / 2 + Lane % 2 * width)...);
}

}  // namespace detail

// The first and the second of each of a vector of pairs.
template <class T>
void load_pairs(const T* from, Vec<T>& first, Vec<T>& second) {
  constexpr int width = Vec<T>::size;
  detail::split(Vec<T>::load(from), Vec<T>::load(from + width), first, second,
                std::make_integer_sequence<int, width>{});
}

// values[k]: the element k after each of a vector of offsets.
template <int kCount, class T, class I>
void load_neighbours(const T* from, const I* offsets, Vec<T> (&values)[kCount]) {
  constexpr int width = Vec<T>::size;
  if constexpr (kCount == 1 || sizeof(T) == 8) {
    constexpr std::make_integer_sequence<int, width> lanes;
    for (int k = 0; k < kCount; ++k) values[k] = detail::load_each(from + k, offsets, lanes);
  } else {
    constexpr std::make_integer_sequence<int, width / 2> half;
    for (int k = 0; k < kCount; k += 2) {
      const Vec<T> low = detail::load_twos(from + k, offsets, half);
      const Vec<T> high = detail::load_twos(from + k, offsets + width / 2, half);
      detail::split(low, high, values[k], values[k + 1], std::make_integer_sequence<int, width>{});
    }
  }
}

// Those of each lane side by side.
template <int kCount, class T>
void store_neighbours(const Vec<T> (&values)[kCount], T* to) {
  constexpr int width = Vec<T>::size;
  if constexpr (kCount == 1) {
    values[0].store(to);
  } else if constexpr (kCount == 2) {
    Vec<T> low, high;
    detail::join(values[0], values[1], low, high, std::make_integer_sequence<int, width>{});
    low.store(to);
    high.store(to + width);
  } else {
    for (int lane = 0; lane < width; ++lane) {
      for (int k = 0; k < kCount; ++k) to[lane * kCount + k] = values[k].v[lane];
    }
  }
}

template <int kCount, class T>
void add_neighbours(const T* terms, T* to) {
  typedef T Few __attribute__((vector_size(kCount * sizeof(T))));
  Few sum, more;
  std::memcpy(&sum, to, sizeof(Few));
  std::memcpy(&more, terms, sizeof(Few));
  sum += more;
  std::memcpy(to, &sum, sizeof(Few));
}

}  // namespace taeda::cpu::inline TAEDA_ISA
