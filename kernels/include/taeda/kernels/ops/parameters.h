// Reads the declared text of scalar parameters: "alpha=1.0, scale=1.0".
#pragma once

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "taeda/kernels/dtype.h"
#include "taeda/kernels/ops/declaration.h"

namespace taeda {

struct Parameter {
  std::string_view name;
  std::string_view text;  // of the default; empty: required

  double default_value() const { return std::strtod(std::string(text).c_str(), nullptr); }
};

constexpr int parameter_count(const OpDecl& decl) {
  const std::string_view text = decl.parameters;
  int count = text.empty() ? 0 : 1;
  for (char c : text) count += c == ',';
  return count;
}

constexpr Parameter parameter(const OpDecl& decl, int index) {
  std::string_view text = decl.parameters;
  for (int i = 0; i < index; ++i) text.remove_prefix(text.find(',') + 2);
  text = text.substr(0, text.find(','));
  const size_t equals = text.find('=');
  if (equals == text.npos) return {text, {}};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// The largest finite value of a dtype; of the integers as the nearest double. nan_to_num with the
// default bounds needs it for the half types, whose maths runs in float32.
inline double largest_value(DType dtype) {
  switch (dtype) {
    case DType::Bool:
      return 1;
    case DType::UInt8:
      return 255;
    case DType::Int8:
      return 127;
    case DType::Int16:
      return 32767;
    case DType::Int32:
      return 2147483647;
    case DType::Int64:
      return 0x1p63;
    case DType::Float16:
      return 65504;
    case DType::BFloat16:
      return 0x1.fep127;
    case DType::Float32:
      return std::numeric_limits<float>::max();
    case DType::Float64:
      return std::numeric_limits<double>::max();
  }
  return 0;
}

}  // namespace taeda
