// Element types: their names, sizes and kinds, the half-precision types, and typed dispatch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string_view>
#include <utility>

#include "taeda/kernels/error.h"
#include "taeda/kernels/half.h"

namespace taeda {

enum class DType : uint8_t {
  Bool,
  UInt8,
  Int8,
  Int16,
  Int32,
  Int64,
  Float16,
  BFloat16,
  Float32,
  Float64,
};
inline constexpr int kDTypeCount = 10;

struct DTypeFacts {
  std::string_view name;
  uint8_t size;  // bytes
  bool is_floating;
  bool is_signed;
};

inline constexpr DTypeFacts kDTypeFacts[kDTypeCount] = {
    {"bool", 1, false, false},  {"uint8", 1, false, false},  {"int8", 1, false, true},
    {"int16", 2, false, true},  {"int32", 4, false, true},   {"int64", 8, false, true},
    {"float16", 2, true, true}, {"bfloat16", 2, true, true}, {"float32", 4, true, true},
    {"float64", 8, true, true},
};

constexpr const DTypeFacts& facts(DType dtype) { return kDTypeFacts[static_cast<int>(dtype)]; }
constexpr int64_t size_of(DType dtype) { return facts(dtype).size; }
constexpr bool is_floating(DType dtype) { return facts(dtype).is_floating; }
constexpr bool is_integral(DType dtype) { return !is_floating(dtype) && dtype != DType::Bool; }

inline std::ostream& operator<<(std::ostream& out, DType dtype) { return out << facts(dtype).name; }

template <class T>
struct DTypeOf;
#define TAEDA_DTYPE_OF(TYPE, NAME)              \
  template <>                                   \
  struct DTypeOf<TYPE> {                        \
    static constexpr DType value = DType::NAME; \
  }
TAEDA_DTYPE_OF(bool, Bool);
TAEDA_DTYPE_OF(uint8_t, UInt8);
TAEDA_DTYPE_OF(int8_t, Int8);
TAEDA_DTYPE_OF(int16_t, Int16);
TAEDA_DTYPE_OF(int32_t, Int32);
TAEDA_DTYPE_OF(int64_t, Int64);
TAEDA_DTYPE_OF(Half, Float16);
TAEDA_DTYPE_OF(BFloat16, BFloat16);
TAEDA_DTYPE_OF(float, Float32);
TAEDA_DTYPE_OF(double, Float64);
#undef TAEDA_DTYPE_OF

template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

// Calls function.template operator()<T>() with the C++ type of dtype.
template <class Function>
decltype(auto) dispatch(DType dtype, Function&& function) {
  switch (dtype) {
    case DType::Bool:
      return function.template operator()<bool>();
    case DType::UInt8:
      return function.template operator()<uint8_t>();
    case DType::Int8:
      return function.template operator()<int8_t>();
    case DType::Int16:
      return function.template operator()<int16_t>();
    case DType::Int32:
      return function.template operator()<int32_t>();
    case DType::Int64:
      return function.template operator()<int64_t>();
    case DType::Float16:
      return function.template operator()<Half>();
    case DType::BFloat16:
      return function.template operator()<BFloat16>();
    case DType::Float32:
      return function.template operator()<float>();
    case DType::Float64:
      return function.template operator()<double>();
  }
  fail<RuntimeError>("unknown dtype ", static_cast<int>(dtype));
}

}  // namespace taeda
