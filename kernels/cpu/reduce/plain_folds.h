// Reductions of which no order of the elements changes a bit: plain loops, which the compiler turns
// into vectors.
#pragma once

#include <functional>

#include "folds.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Bool is read as bytes, any of which but zero is 1.
template <class Element, class Value>
inline Value read_plainly(const Element* from) {
  if constexpr (std::is_same_v<Element, bool>)
    return *reinterpret_cast<const uint8_t*>(from) != 0;
  else
    return *from;
}

// What the elements of a block, and of the few that are folded at a time, fit into: a truth into a
// byte, sums of bytes and of two bytes into four.
template <class Combine, class Element, class Value>
using PartialOf =
    std::conditional_t<std::is_same_v<Combine, std::plus<>>,
                       std::conditional_t<sizeof(Element) <= 2, int32_t, Value>,
                       std::conditional_t<std::is_same_v<Element, bool>, uint8_t, Value>>;

template <class Combine, class Element, class Value>
void fold_plain_block(const Piece* piece, int64_t count, const void*, void* result) {
  using Partial = PartialOf<Combine, Element, Value>;
  Partial value = read_plainly<Element, Partial>(static_cast<const Element*>(piece->elements));
  for (int64_t first = 1; count > 0; count -= piece++->count, first = 0) {
    const Element* x = static_cast<const Element*>(piece->elements);
    const int64_t end = std::min(count, piece->count);
    for (int64_t i = first; i < end; ++i) {
      value = Combine{}(value, read_plainly<Element, Partial>(x + i));
    }
  }
  *static_cast<Value*>(result) = value;
}

template <class Combine, class Element, class Value>
void fold_plain_rows(const void* elements, int64_t pitch, int64_t rows, int64_t count, const void*,
                     void* result) {
  for (int64_t row = 0; row < rows; ++row) {
    const Piece whole{static_cast<const Element*>(elements) + row * pitch, count};
    fold_plain_block<Combine, Element, Value>(&whole, count, nullptr,
                                              static_cast<Value*>(result) + row);
  }
}

template <class Combine, class Element, class Value>
void fold_plain_lanes(void* lanes_memory, const void* elements, int64_t count, int64_t steps,
                      int64_t step, const void*, bool first) {
  using Partial = PartialOf<Combine, Element, Value>;
  Value* lanes = static_cast<Value*>(lanes_memory);
  const Element* x = static_cast<const Element*>(elements);
  const auto read = [&](int64_t i) { return read_plainly<Element, Partial>(x + i); };
  if (first) {
    for (int64_t i = 0; i < count; ++i) lanes[i] = read(i);
    --steps;
    x += step;
  }
  for (; steps >= 4; steps -= 4, x += 4 * step) {
    for (int64_t i = 0; i < count; ++i) {
      const Partial of_two = Combine{}(read(i), read(i + step));
      const Partial of_others = Combine{}(read(i + 2 * step), read(i + 3 * step));
      lanes[i] = Combine{}(lanes[i], static_cast<Value>(Combine{}(of_two, of_others)));
    }
  }
  for (; steps > 0; --steps, x += step) {
    for (int64_t i = 0; i < count; ++i) {
      lanes[i] = Combine{}(lanes[i], static_cast<Value>(read(i)));
    }
  }
}

template <class Combine, class Element, class Value>
void fold_plain_few(void* results, const void* elements, int64_t count, int64_t rows, int64_t step,
                    const void*) {
  fold_plain_lanes<Combine, Element, Value>(results, elements, count, rows, step, nullptr, true);
}

template <class Combine, class Value>
void combine_plainly(void* into_memory, const void* from_memory, int64_t count) {
  Value* into = static_cast<Value*>(into_memory);
  const Value* from = static_cast<const Value*>(from_memory);
  for (int64_t i = 0; i < count; ++i) into[i] = Combine{}(into[i], from[i]);
}

template <class Combine, class Element, class Value = Element>
constexpr Folds plain_folds(double empty = 0) {
  return {fold_plain_block<Combine, Element, Value>,
          fold_plain_rows<Combine, Element, Value>,
          fold_plain_lanes<Combine, Element, Value>,
          fold_plain_few<Combine, Element, Value>,
          combine_plainly<Combine, Value>,
          nullptr,
          sizeof(Value),
          empty,
          true};
}

// What a fold does with two values.
template <class Fold>
struct Combining {
  template <class T>
  T operator()(T a, T b) const {
    return Fold::combine(a, b);
  }
};

}  // namespace taeda::cpu::inline TAEDA_ISA
