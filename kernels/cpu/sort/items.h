// What is sorted in place of the elements: unsigned keys of the same order, with positions.
#pragma once

#include <bit>
#include <type_traits>

#include "taeda/kernels/dtype.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
using KeyOf = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
template <class Key>
inline constexpr Key kTopBit = Key{1} << (sizeof(Key) * 8 - 1);

// The order of the keys is that of the elements: -0 equals 0, NaN is the largest.
template <class T>
inline KeyOf<T> order_key(T value) {
  using Key = KeyOf<T>;
  if constexpr (std::is_floating_point_v<T>) {
    if (value != value) return static_cast<Key>(~Key{0});
    const Key bits = std::bit_cast<Key>(value + T(0));  // -0 becomes 0
    return static_cast<Key>(bits & kTopBit<Key> ? ~bits : bits | kTopBit<Key>);
  } else {
    return static_cast<Key>(value) ^ kTopBit<Key>;
  }
}

// The element of a key; of zeros and of NaN there are several, so these are taken from the row.
template <class T>
inline T element_of(KeyOf<T> key, const T* row, int64_t position) {
  using Key = KeyOf<T>;
  if constexpr (std::is_floating_point_v<T>) {
    if (key == kTopBit<Key> || key == static_cast<Key>(~Key{0})) return row[position];
    return std::bit_cast<T>(static_cast<Key>(key & kTopBit<Key> ? key ^ kTopBit<Key> : ~key));
  } else {
    return static_cast<T>(key ^ kTopBit<Key>);
  }
}

// A key and a position. No two items of a row are equal, so any way of sorting them is stable.
template <class Key>
struct Item;

template <>
struct Item<uint32_t> {
  uint64_t word;

  Item() = default;
  Item(uint32_t key, int64_t position)
      : word(uint64_t{key} << 32 | static_cast<uint32_t>(position)) {}
  uint32_t key() const { return static_cast<uint32_t>(word >> 32); }
  int64_t position() const { return static_cast<uint32_t>(word); }
  friend bool operator<(Item a, Item b) { return a.word < b.word; }
};

template <>
struct Item<uint64_t> {
  uint64_t number;
  int64_t place;

  Item() = default;
  Item(uint64_t key, int64_t position) : number(key), place(position) {}
  uint64_t key() const { return number; }
  int64_t position() const { return place; }
  friend bool operator<(Item a, Item b) {
    return a.number < b.number || (a.number == b.number && a.place < b.place);
  }
};

// Positions beyond this need the wider item.
inline constexpr int64_t kMostNarrowItems = int64_t{1} << 32;

// Calls function with the type that elements of the dtype are compared in.
template <class Function>
void dispatch_ordered(DType dtype, Function function) {
  if (dtype == DType::Float64)
    function.template operator()<double>();
  else if (is_floating(dtype))
    function.template operator()<float>();
  else if (dtype == DType::Int64)
    function.template operator()<int64_t>();
  else
    function.template operator()<int32_t>();
}

}  // namespace taeda::cpu::inline TAEDA_ISA
