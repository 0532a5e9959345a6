// A convolution in the numbers of cuDNN's interface.
#pragma once

#include <array>
#include <climits>
#include <vector>

#include "cudnn.h"
#include "taeda/kernels/libraries.h"
#include "taeda/kernels/ops/convolution.h"

namespace taeda::cuda::dnn {

inline Type type_of(DType dtype) {
  switch (dtype) {
    case DType::Float64:
      return kFloat64;
    case DType::Float16:
      return kFloat16;
    case DType::BFloat16:
      return kBFloat16;
    default:
      return kFloat32;
  }
}

// The numbers that describe a convolution to the library, without a depth of one.
struct Description {
  int first;  // axis of the geometry
  int ndim;
  std::array<int, 5> x{}, w{}, y{}, x_strides{}, y_strides{};
  std::array<int, 3> padding{}, stride{}, dilation{};
  int groups, type, compute, maths;

  // False where a number is too large for the interface, or a transposed convolution is padded
  // beyond what a plain one has an output for.
  bool fill(const Array& input, const Array& weight, const Array& output,
            const ConvolutionGeometry& g) {
    const bool flat =
        input.shape[2] == 1 && weight.shape[2] == 1 && output.shape[2] == 1 && g.padding[0] == 0;
    first = flat ? 1 : 0;
    ndim = 5 - first;
    for (const Array* array : {&input, &weight, &output}) {
      if (array->numel() == 0 || array->numel() > INT_MAX) return false;
    }
    for (int axis = 0; axis < 3; ++axis) {
      const auto d = static_cast<size_t>(2 + axis);
      if (convolution_size(g, axis, input.shape[d], weight.shape[d]) != output.shape[d]) {
        return false;
      }
    }
    sizes(input.shape, x, &x_strides);
    sizes(weight.shape, w, nullptr);
    sizes(output.shape, y, &y_strides);
    for (int axis = first; axis < 3; ++axis) {
      const auto to = static_cast<size_t>(axis - first);
      padding[to] = static_cast<int>(g.padding[axis]);
      stride[to] = static_cast<int>(g.stride[axis]);
      dilation[to] = static_cast<int>(g.dilation[axis]);
    }
    groups = static_cast<int>(g.groups);
    const DType dtype = input.dtype;
    type = type_of(dtype);
    compute = dtype == DType::Float64 ? kFloat64 : kFloat32;
    const bool half = size_of(dtype) == 2;
    const bool exact = dtype == DType::Float32 && !library_settings().cudnn_tf32;
    maths = half ? kTensorCores : exact ? kFusedMultiplyAdd : kDefault;
    return true;
  }

  std::vector<int64_t> facts() const {
    std::vector<int64_t> result{ndim, groups, type, maths};
    const auto add = [&](const auto& numbers) {
      result.insert(result.end(), numbers.begin(), numbers.end());
    };
    add(x), add(w), add(y), add(padding), add(stride), add(dilation);
    return result;
  }

 private:
  void sizes(Sizes shape, std::array<int, 5>& to, std::array<int, 5>* strides) const {
    int step = 1;
    for (int d = ndim - 1; d >= 0; --d) {
      const int from = d < 2 ? d : d + first;
      to[static_cast<size_t>(d)] = static_cast<int>(shape[static_cast<size_t>(from)]);
      if (strides) (*strides)[static_cast<size_t>(d)] = step;
      step *= to[static_cast<size_t>(d)];
    }
  }
};

}  // namespace taeda::cuda::dnn
