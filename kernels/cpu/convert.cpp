#include "convert.h"

#include <algorithm>
#include <array>

#include "bfloat16_pairs.h"
#include "copy_bytes.h"
#include "taeda/kernels/simd/every_second.h"
#include "taeda/kernels/simd/halves.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

int64_t widen_halves(float* to, const Half* from, int64_t count) {
  int64_t i = 0;
  for (; i + Vec<float>::size <= count; i += Vec<float>::size) load_lanes(from + i).store(to + i);
  return i;
}
int64_t narrow_to_halves(Half* to, const float* from, int64_t count) {
  int64_t i = 0;
  for (; i + Vec<float>::size <= count; i += Vec<float>::size) {
    store_lanes(Vec<float>::load(from + i), to + i);
  }
  return i;
}

#ifdef TAEDA_BFLOAT16_PAIRS
// Rounds 16 floats. The instruction takes subnormal ones for zero, so where there are any it is
// left to the loop: false.
inline bool narrow_to_bfloat16s(BFloat16* to, const float* from) {
  constexpr int subnormal = 0x20;
  const __m512 floats = _mm512_loadu_ps(from);
  if (_mm512_fpclass_ps_mask(floats, subnormal)) [[unlikely]]
    return false;
  __m256i rounded;
  // Assembly, because the rest of the library must run without it.
  asm("vcvtneps2bf16 %1, %0" : "=v"(rounded) : "v"(floats));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), rounded);
  return true;
}
int64_t narrow_to_bfloat16s(BFloat16* to, const float* from, int64_t count) {
  int64_t i = 0;
  if (!has_bfloat16_pairs()) return i;
  for (; i + 16 <= count; i += 16) {
    if (narrow_to_bfloat16s(to + i, from + i)) continue;
    for (int64_t j = i; j < i + 16; ++j) to[j] = BFloat16(from[j]);
  }
  return i;
}
#endif

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

// Halves meet other types as floats, a piece at a time: only that conversion has instructions.
template <class To, class From>
void convert_by_float(To* to, const From* from, int64_t count) {
  constexpr int64_t piece = 512;
  alignas(64) float floats[piece];
  for (int64_t i = 0; i < count; i += piece) {
    const int64_t part = std::min(piece, count - i);
    convert_run<float, From>(floats, 1, from + i, 1, part);
    convert_run<To, float>(to + i, 1, floats, 1, part);
  }
}

template <class To, class From>
void convert_contiguous(To* to, const From* from, int64_t count) {
  if constexpr (std::is_same_v<To, From>) {
    copy_bytes(to, from, static_cast<size_t>(count) * sizeof(To));
  } else if constexpr (std::is_same_v<From, bool>) {
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
#ifdef TAEDA_BFLOAT16_PAIRS
    if constexpr (std::is_same_v<To, BFloat16> && std::is_same_v<From, float>)
      i = narrow_to_bfloat16s(to, from, count);
#endif
    if constexpr (kHasHalfVectors && std::is_same_v<From, Half>)
      i = widen_halves(to, from, count);
    else if constexpr (kHasHalfVectors && std::is_same_v<To, Half>)
      i = narrow_to_halves(to, from, count);
    for (; i < count; ++i) to[i] = value_as<To>(from[i]);
  }
}

template <class To, class From>
void convert_run(void* to_memory, int64_t to_stride, const void* from_memory, int64_t from_stride,
                 int64_t count) {
  if (count == 0) return;  // then there may be nothing at `from`
  To* to = static_cast<To*>(to_memory);
  const From* from = static_cast<const From*>(from_memory);
  if (to_stride == 1 && from_stride == 1) {
    convert_contiguous(to, from, count);
  } else if (to_stride == 1 && from_stride == 0) {
    const To value = value_as<To>(element(from));
    for (int64_t i = 0; i < count; ++i) to[i] = value;
  } else {
    if constexpr (std::is_same_v<To, From> && sizeof(To) >= 4) {
      if (to_stride == 1 && from_stride == 2) return copy_every_second(to, from, count);
    }
    if constexpr (std::is_same_v<To, From>) {
      if (to_stride == 1 && from_stride == -1) {
        for (int64_t i = 0; i < count; ++i) to[i] = element(from - i);
        return;
      }
    }
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
