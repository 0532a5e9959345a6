// Neighbours in memory, read and written at once: in 16 bytes where the type of the maths is
// stored.
#pragma once

#include "element.h"

namespace taeda::cuda {

template <class Stored, int Count>
struct alignas(sizeof(Stored) * Count) Pack {
  Stored value[Count];
};

template <class T>
inline constexpr int kPackOf = sizeof(T) > 1 ? 16 / sizeof(T) : 16;

// Values of a pack in the type of the maths.
template <class T, int Count>
struct Packed {
  T value[Count];
};

// Whether elements of the memory are read as packs of T: their types are T, or half precision
// where T is float.
template <class T>
bool is_packable(const Memory& memory, int count) {
  const bool is_half = size_of(memory.dtype) == 2 && is_floating(memory.dtype);
  const auto bytes = static_cast<uintptr_t>(size_of(memory.dtype) * count);
  return (memory.dtype == dtype_of<T> || (std::is_same_v<T, float> && is_half)) &&
         reinterpret_cast<uintptr_t>(memory.data) % bytes == 0;
}

template <class Stored, class T, int Count>
TAEDA_HD inline Packed<T, Count> load_as(const void* data, int64_t item) {
  const auto pack = static_cast<const Pack<Stored, Count>*>(data)[item];
  Packed<T, Count> result;
  for (int e = 0; e < Count; ++e) result.value[e] = static_cast<T>(pack.value[e]);
  return result;
}
template <class T, int Count>
TAEDA_HD inline Packed<T, Count> load_pack(const Memory& memory, int64_t item) {
  if constexpr (std::is_same_v<T, float>) {
    if (memory.dtype == DType::Float16) return load_as<Half, T, Count>(memory.data, item);
    if (memory.dtype == DType::BFloat16) return load_as<BFloat16, T, Count>(memory.data, item);
  }
  return load_as<T, T, Count>(memory.data, item);
}

template <class Stored, class T, int Count>
TAEDA_HD inline void store_as(void* data, int64_t item, const Packed<T, Count>& values) {
  Pack<Stored, Count> pack;
  for (int e = 0; e < Count; ++e) pack.value[e] = static_cast<Stored>(values.value[e]);
  static_cast<Pack<Stored, Count>*>(data)[item] = pack;
}
template <class T, int Count>
TAEDA_HD inline void store_pack(const Memory& memory, int64_t item,
                                const Packed<T, Count>& values) {
  if constexpr (std::is_same_v<T, float>) {
    if (memory.dtype == DType::Float16) return store_as<Half>(memory.data, item, values);
    if (memory.dtype == DType::BFloat16) return store_as<BFloat16>(memory.data, item, values);
  }
  store_as<T>(memory.data, item, values);
}

}  // namespace taeda::cuda
