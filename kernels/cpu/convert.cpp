#include "convert.h"

#include <array>
#include <cstring>

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

#if defined(__F16C__)
int64_t widen_halves(float* to, const Half* from, int64_t count) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
    _mm256_storeu_ps(to + i, _mm256_cvtph_ps(bits));
  }
  return i;
}
int64_t narrow_to_halves(Half* to, const float* from, int64_t count) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i bits =
        _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), bits);
  }
  return i;
}
#endif

template <class To, class From>
void convert_run(void* to_memory, int64_t to_stride, const void* from_memory, int64_t from_stride,
                 int64_t count) {
  To* to = static_cast<To*>(to_memory);
  const From* from = static_cast<const From*>(from_memory);
  if (to_stride == 1 && from_stride == 1) {
    if constexpr (std::is_same_v<To, From>) {
      std::memmove(to, from, static_cast<size_t>(count) * sizeof(To));
      return;
    }
    int64_t i = 0;
#if defined(__F16C__)
    if constexpr (std::is_same_v<From, Half> && std::is_same_v<To, float>) {
      i = widen_halves(to, from, count);
    } else if constexpr (std::is_same_v<From, float> && std::is_same_v<To, Half>) {
      i = narrow_to_halves(to, from, count);
    }
#endif
    for (; i < count; ++i) to[i] = value_as<To>(from[i]);
  } else if (to_stride == 1 && from_stride == 0) {
    const To value = value_as<To>(*from);
    for (int64_t i = 0; i < count; ++i) to[i] = value;
  } else {
    for (int64_t i = 0; i < count; ++i) to[i * to_stride] = value_as<To>(from[i * from_stride]);
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
