#include "convert.h"

#include <algorithm>
#include <array>

#include "copy_run.h"
#include "taeda/kernels/simd/halves.h"
#include "taeda/kernels/words.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// As many elements as fill vectors; how many these are.
template <class T>
int64_t widen_vectors(float* to, const T* from, int64_t count) {
  int64_t i = 0;
  for (; i + Vec<float>::size <= count; i += Vec<float>::size) load_lanes(from + i).store(to + i);
  return i;
}
template <class T>
int64_t narrow_vectors(T* to, const float* from, int64_t count) {
  int64_t i = 0;
  for (; i + Vec<float>::size <= count; i += Vec<float>::size) {
    store_lanes(Vec<float>::load(from + i), to + i);
  }
  return i;
}

// Of a bool any byte but zero counts as true.
template <class T>
T element(const T* from) {
  if constexpr (std::is_same_v<T, bool>)
    return *reinterpret_cast<const uint8_t*>(from) != 0;
  else
    return *from;
}

template <class To, class From>
void convert_run(void* to_memory, int64_t to_stride, const void* from_memory, int64_t from_stride,
                 int64_t count);

constexpr int64_t kPiece = 512;  // elements that are brought together on their way

// Halves meet other types as floats, a piece at a time: only that conversion has instructions.
template <class To, class From>
void convert_by_float(To* to, const From* from, int64_t count) {
  alignas(64) float floats[kPiece];
  for (int64_t i = 0; i < count; i += kPiece) {
    const int64_t part = std::min(kPiece, count - i);
    convert_run<float, From>(floats, 1, from + i, 1, part);
    convert_run<To, float>(to + i, 1, floats, 1, part);
  }
}

template <class To, class From>
void convert_contiguous(To* to, const From* from, int64_t count) {
  if constexpr (std::is_same_v<From, bool>) {
    // Bytes compared with zero are vectorised.
    const uint8_t* bytes = reinterpret_cast<const uint8_t*>(from);
    if constexpr (std::is_same_v<To, Half>)
      convert_by_float(to, from, count);
    else
      for (int64_t i = 0; i < count; ++i) to[i] = value_as<To>(bytes[i] != 0 ? 1 : 0);
  } else if constexpr ((std::is_same_v<From, Half> && !std::is_same_v<To, float>) ||
                       (std::is_same_v<To, Half> && !std::is_same_v<From, float>)) {
    convert_by_float(to, from, count);
  } else {
    int64_t i = 0;
    if constexpr (kHasHalfVectors && is_half<From> && std::is_same_v<To, float>)
      i = widen_vectors(to, from, count);
    else if constexpr (kHasHalfVectors && is_half<To> && std::is_same_v<From, float>)
      i = narrow_vectors(to, from, count);
    for (; i < count; ++i) to[i] = value_as<To>(from[i]);
  }
}

// Vectors convert what lies side by side. It pays to bring elements there where vectors do that
// too, or where one at a time is slow to convert.
template <class From>
bool is_brought_together(int64_t stride, int64_t count) {
  constexpr int64_t fewest = 32;
  return count >= fewest && (stride == 2 || stride == 3 || stride == 4 || is_half<From>);
}
template <class To, class From>
void convert_together(To* to, const From* from, int64_t from_stride, int64_t count) {
  alignas(64) From side_by_side[kPiece];
  for (int64_t i = 0; i < count; i += kPiece) {
    const int64_t part = std::min(kPiece, count - i);
    convert_run<From, From>(side_by_side, 1, from + i * from_stride, from_stride, part);
    convert_contiguous(to + i, side_by_side, part);
  }
}

template <class To, class From>
void convert_run(void* to_memory, int64_t to_stride, const void* from_memory, int64_t from_stride,
                 int64_t count) {
  if (count == 0) return;  // then there may be nothing at `from`
  To* to = static_cast<To*>(to_memory);
  const From* from = static_cast<const From*>(from_memory);
  if constexpr (std::is_same_v<To, From>) {
    copy_run(reinterpret_cast<WordOf<To>*>(to), to_stride,
             reinterpret_cast<const WordOf<To>*>(from), from_stride, count);
  } else if (to_stride == 1 && from_stride == 1) {
    convert_contiguous(to, from, count);
  } else if (to_stride == 1 && from_stride == 0) {
    const To value = value_as<To>(element(from));
    for (int64_t i = 0; i < count; ++i) to[i] = value;
  } else if (to_stride == 1 && is_brought_together<From>(from_stride, count)) {
    convert_together(to, from, from_stride, count);
  } else {
    for (int64_t i = 0; i < count; ++i) {
      to[i * to_stride] = value_as<To>(element(from + i * from_stride));
    }
  }
}

using Row = std::array<Convert, kDTypeCount>;

template <class To>
constexpr Row row_for() {
  return {convert_run<To, bool>,    convert_run<To, uint8_t>,  convert_run<To, int8_t>,
          convert_run<To, int16_t>, convert_run<To, int32_t>,  convert_run<To, int64_t>,
          convert_run<To, Half>,    convert_run<To, BFloat16>, convert_run<To, float>,
          convert_run<To, double>};
}

constexpr std::array<Row, kDTypeCount> table{
    row_for<bool>(),    row_for<uint8_t>(), row_for<int8_t>(), row_for<int16_t>(),
    row_for<int32_t>(), row_for<int64_t>(), row_for<Half>(),   row_for<BFloat16>(),
    row_for<float>(),   row_for<double>()};

}  // namespace

Convert converter(DType to, DType from) {
  return table[static_cast<size_t>(to)][static_cast<size_t>(from)];
}

}  // namespace taeda::cpu::inline TAEDA_ISA
