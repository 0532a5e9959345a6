// Elements of any dtype, read and written as values of the type that the maths runs in.
#pragma once

#include "taeda/kernels/array.h"
#include "taeda/kernels/value_as.h"

namespace taeda::cuda {

// The element at `at`, which counts elements.
template <class T>
TAEDA_HD inline T load(const void* data, DType dtype, int64_t at) {
  switch (dtype) {
    case DType::Bool:  // any byte but zero is true
      return value_as<T>(static_cast<const uint8_t*>(data)[at] != 0);
    case DType::UInt8:
      return value_as<T>(static_cast<const uint8_t*>(data)[at]);
    case DType::Int8:
      return value_as<T>(static_cast<const int8_t*>(data)[at]);
    case DType::Int16:
      return value_as<T>(static_cast<const int16_t*>(data)[at]);
    case DType::Int32:
      return value_as<T>(static_cast<const int32_t*>(data)[at]);
    case DType::Int64:
      return value_as<T>(static_cast<const int64_t*>(data)[at]);
    case DType::Float16:
      return value_as<T>(static_cast<const Half*>(data)[at]);
    case DType::BFloat16:
      return value_as<T>(static_cast<const BFloat16*>(data)[at]);
    case DType::Float32:
      return value_as<T>(static_cast<const float*>(data)[at]);
    case DType::Float64:
      return value_as<T>(static_cast<const double*>(data)[at]);
  }
  return T();
}

template <class T>
TAEDA_HD inline void store(void* data, DType dtype, int64_t at, T value) {
  switch (dtype) {
    case DType::Bool:
      static_cast<bool*>(data)[at] = value_as<bool>(value);
      break;
    case DType::UInt8:
      static_cast<uint8_t*>(data)[at] = value_as<uint8_t>(value);
      break;
    case DType::Int8:
      static_cast<int8_t*>(data)[at] = value_as<int8_t>(value);
      break;
    case DType::Int16:
      static_cast<int16_t*>(data)[at] = value_as<int16_t>(value);
      break;
    case DType::Int32:
      static_cast<int32_t*>(data)[at] = value_as<int32_t>(value);
      break;
    case DType::Int64:
      static_cast<int64_t*>(data)[at] = value_as<int64_t>(value);
      break;
    case DType::Float16:
      static_cast<Half*>(data)[at] = value_as<Half>(value);
      break;
    case DType::BFloat16:
      static_cast<BFloat16*>(data)[at] = value_as<BFloat16>(value);
      break;
    case DType::Float32:
      static_cast<float*>(data)[at] = value_as<float>(value);
      break;
    case DType::Float64:
      static_cast<double*>(data)[at] = value_as<double>(value);
      break;
  }
}

// The memory of an operand without its geometry.
struct Memory {
  void* data = nullptr;
  DType dtype = DType::Float32;

  Memory() = default;
  Memory(const Array& array) : data(array.data), dtype(array.dtype) {}  // NOLINT: a part of it

  TAEDA_HD explicit operator bool() const { return data != nullptr; }
  template <class T>
  TAEDA_HD T load(int64_t at) const {
    return cuda::load<T>(data, dtype, at);
  }
  template <class T>
  TAEDA_HD void store(int64_t at, T value) const {
    cuda::store<T>(data, dtype, at, value);
  }
};

// A memory whose elements are of this type: nobody asks for each of them anew.
template <class Stored>
struct TypedMemory {
  const Stored* data;
  template <class T>
  TAEDA_HD T load(int64_t at) const {
    return value_as<T>(data[at]);
  }
};
// Calls function.template operator()<Stored>() if the dtype is what T computes in or, for float,
// half precision; else with void.
template <class T, class Function>
void dispatch_stored(DType dtype, Function&& function) {
  if (dtype == dtype_of<T>) return function.template operator()<T>();
  if constexpr (std::is_same_v<T, float>) {
    if (dtype == DType::BFloat16) return function.template operator()<BFloat16>();
    if (dtype == DType::Float16) return function.template operator()<Half>();
  }
  function.template operator()<void>();
}

// Calls function.template operator()<T>() with the type that the maths of a float dtype runs in.
template <class Function>
void dispatch_float(DType dtype, Function&& function) {
  if (dtype == DType::Float64)
    function.template operator()<double>();
  else
    function.template operator()<float>();
}
// The same for any dtype: integers and bool run in int64.
template <class Function>
void dispatch_wide(DType dtype, Function&& function) {
  if (is_floating(dtype))
    dispatch_float(dtype, function);
  else
    function.template operator()<int64_t>();
}

}  // namespace taeda::cuda
