// Copies: to another dtype, device or layout, into existing memory, and constants.
#pragma once

#include "taeda/tensor/door.h"
#include "taeda/tensor/memory_format.h"

namespace taeda {

// A tensor of this dtype on this device, without gaps.
struct TAEDA_API ToCopy {
  static constexpr const char* name = "to";
  static constexpr bool converts_output = true;
  struct Attributes {
    DType dtype;
    Device device;
    MemoryFormat format = MemoryFormat::Preserve;
    bool wait = true;  // until a copy between devices has ended
  };
  static Device device(const Attributes& attributes) { return attributes.device; }
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// inputs: the tensor written, the source (broadcast to it).
struct TAEDA_API CopyInto {
  static constexpr const char* name = "copy_";
  static constexpr bool converts_output = true;
  using Attributes = NoAttributes;
  static void infer(Inputs inputs, const Attributes&, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// inputs: the tensor written.
struct TAEDA_API FillInto {
  static constexpr const char* name = "fill_";
  static constexpr bool converts_output = true;
  struct Attributes {
    Scalar value;
  };
  static void infer(Inputs inputs, const Attributes&, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// A new tensor of this value.
struct TAEDA_API Full {
  static constexpr const char* name = "full";
  struct Attributes {
    const Dims& shape;
    Scalar value;
    DType dtype;
    Device device;
    Dims strides;  // without gaps; empty for row-major
  };
  static Device device(const Attributes& attributes) { return attributes.device; }
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};

TAEDA_API Tensor to(const Tensor& input, DType dtype);  // the input itself if it has the dtype
TAEDA_API Tensor clone(const Tensor& input);
// The input itself if it lies so.
TAEDA_API Tensor contiguous(const Tensor& input, MemoryFormat format = MemoryFormat::Contiguous);
// From any device.
TAEDA_API Tensor copy_(const Tensor& destination, const Tensor& source);
TAEDA_API Tensor fill_(const Tensor& destination, const Scalar& value);
// The strides leave no gaps; empty for row-major.
TAEDA_API Tensor full(const Dims& shape, const Scalar& value, DType dtype, Device device = {},
                      Dims strides = {});
TAEDA_API Tensor zeros(const Dims& shape, DType dtype, Device device = {});
// In memory as the input lies there.
TAEDA_API Tensor zeros_like(const Tensor& input);
TAEDA_API Tensor ones_like(const Tensor& input);

}  // namespace taeda
