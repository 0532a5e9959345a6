// float16 and bfloat16 as storage types: arithmetic happens in float.
#pragma once

#include <bit>
#include <cstdint>

#include "taeda/kernels/export.h"

namespace taeda {

// IEEE 754 binary16, rounded to nearest even.
struct Half {
  uint16_t bits;

  Half() = default;
  TAEDA_HD explicit Half(float value) : bits(from_float(value)) {}
  TAEDA_HD operator float() const { return to_float(bits); }  // NOLINT: widening is exact

  TAEDA_HD static uint16_t from_float(float value) {
    const uint32_t word = std::bit_cast<uint32_t>(value);
    const uint32_t sign = (word >> 16) & 0x8000u;
    const uint32_t magnitude = word & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);   // NaN
    if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // overflow
    if (magnitude < 0x38800000u) {
      // Subnormal: adding 0.5 aligns the significand so that the hardware rounds it.
      const float aligned = std::bit_cast<float>(magnitude) + 0.5f;
      return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(aligned) - 0x3f000000u));
    }
    const uint32_t odd = (magnitude >> 13) & 1u;
    return static_cast<uint16_t>(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
  }

  TAEDA_HD static float to_float(uint16_t half) {
    const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
    const uint32_t magnitude = half & 0x7fffu;
    if (magnitude >= 0x7c00u) {
      return std::bit_cast<float>(sign | 0x7f800000u | ((magnitude & 0x3ffu) << 13));
    }
    // 2^-24 times an integer is exact, which covers the subnormals.
    if (magnitude < 0x400u) {
      const float value = static_cast<float>(magnitude) * 0x1p-24f;
      return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(value));
    }
    return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000u));
  }
};

// The upper half of a float, rounded to nearest even.
struct BFloat16 {
  uint16_t bits;

  BFloat16() = default;
  TAEDA_HD explicit BFloat16(float value) : bits(from_float(value)) {}
  TAEDA_HD operator float() const {  // NOLINT: widening is exact
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }

  TAEDA_HD static uint16_t from_float(float value) {
    const uint32_t word = std::bit_cast<uint32_t>(value);
    if ((word & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((word >> 16) | 0x40u);
    return static_cast<uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
  }
};

}  // namespace taeda
