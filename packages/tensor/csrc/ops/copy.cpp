#include "taeda/tensor/ops/copy.h"

#include "taeda/tensor/views.h"

namespace taeda {
namespace {

// A device's runtime copies between its memory and that of the CPU.
const RuntimeKernels& runtime_between(Device a, Device b) {
  return kernels(a.type == DeviceType::CPU ? b : a).runtime;
}

// Elements cross in the dtype and layout of the result.
void cross(const TensorBody& to, const TensorBody& from, bool wait) {
  const size_t bytes = static_cast<size_t>(from.numel() * size_of(from.dtype()));
  if (bytes == 0) return;
  runtime_between(to.device(), from.device())
      .copy(to.data(), to.device(), from.data(), from.device(), bytes, wait);
}

void fill(const char* operation, const KernelTable& kernels, const TensorBody& tensor,
          const Scalar& value) {
  kernels.elementwise.fill(tensor.array(), to_element(operation, value, tensor.dtype()).bytes);
}

}  // namespace

void ToCopy::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(inputs[0]->shape(), attributes.dtype, strides_in(attributes.format, *inputs[0]));
}
void ToCopy::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                    const Attributes& attributes) {
  const TensorBody &in = *inputs[0], &out = *outputs[0];
  if (in.device() == out.device()) return kernels.elementwise.copy(out.array(), in.array());
  const bool same_layout = has_strides(in, strides_in(attributes.format, in));
  if (in.dtype() == out.dtype() && same_layout) return cross(out, in, attributes.wait);
  const Tensor packed = empty_dense(in.shape(), out.strides(), out.dtype(), in.device());
  kernels.elementwise.copy(packed->array(), in.array());
  // The temporary goes when this returns.
  cross(out, *packed, attributes.wait || in.device().type == DeviceType::CPU);
}

void CopyInto::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  const TensorBody& destination = *inputs[0];
  const Dims shape = broadcast_shapes(name, destination.shape(), inputs[1]->shape());
  if (shape != destination.shape()) {
    fail<RuntimeError>(name, ": a source of shape ", inputs[1]->shape(),
                       " does not broadcast to the shape written, ", destination.shape());
  }
  outputs.add(destination.shape(), destination.dtype());
}
void CopyInto::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                      const Attributes&) {
  const TensorBody& source = *inputs[1];
  const Dims& shape = outputs[0]->shape();
  Dims strides(shape.size(), 0);
  const int lead = shape.size() - source.ndim();
  for (int d = 0; d < source.ndim(); ++d) {
    strides[lead + d] = source.size(d) == 1 ? 0 : source.strides()[d];
  }
  kernels.elementwise.copy(outputs[0]->array(), {source.data(), source.dtype(), shape, strides});
}

void FillInto::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
}
void FillInto::launch(const KernelTable& kernels, Inputs, Outputs outputs,
                      const Attributes& attributes) {
  fill(name, kernels, *outputs[0], attributes.value);
}

void Full::infer(Inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add(attributes.shape, attributes.dtype, attributes.strides);
}
void Full::launch(const KernelTable& kernels, Inputs, Outputs outputs,
                  const Attributes& attributes) {
  fill(name, kernels, *outputs[0], attributes.value);
}

Tensor to(const Tensor& input, DType dtype) {
  if (input.dtype() == dtype) return input;
  return run<ToCopy>({input.body()}, {dtype, input.device()});
}
Tensor clone(const Tensor& input) {
  return run<ToCopy>({input.body()}, {input.dtype(), input.device()});
}
Tensor contiguous(const Tensor& input, MemoryFormat format) {
  if (lies_in(format, *input)) return input;
  return run<ToCopy>({input.body()}, {input.dtype(), input.device(), format});
}

Tensor copy_(const Tensor& destination, const Tensor& source) {
  if (source.device() == destination.device()) {
    return run_in_place<CopyInto>({destination.body(), source.body()});
  }
  const Tensor here = run<ToCopy>({source.body()}, {destination.dtype(), destination.device()});
  return run_in_place<CopyInto>({destination.body(), here.body()});
}
Tensor fill_(const Tensor& destination, const Scalar& value) {
  return run_in_place<FillInto>({destination.body()}, {value});
}

Tensor full(const Dims& shape, const Scalar& value, DType dtype, Device device, Dims strides) {
  return run<Full>({}, {shape, value, dtype, device, std::move(strides)});
}
Tensor zeros(const Dims& shape, DType dtype, Device device) {
  return full(shape, 0, dtype, device);
}
Tensor zeros_like(const Tensor& input) {
  return full(input.shape(), 0, input.dtype(), input.device(),
              strides_in(MemoryFormat::Preserve, *input));
}
Tensor ones_like(const Tensor& input) {
  return full(input.shape(), 1, input.dtype(), input.device(),
              strides_in(MemoryFormat::Preserve, *input));
}

}  // namespace taeda
