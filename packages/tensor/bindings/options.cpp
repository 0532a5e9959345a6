#include "options.h"

#include <string>

#include "taeda/kernels/registry.h"

namespace taeda::python {
namespace {

std::string described(nb::handle object) {
  return std::string(nb::repr(object).c_str()) + " (" + Py_TYPE(object.ptr())->tp_name + ")";
}

}  // namespace

DType dtype_or(const char* function, nb::handle dtype, DType otherwise) {
  if (dtype.is_none()) return otherwise;
  DType given;
  if (read_dtype(dtype.ptr(), given)) return given;
  fail<TypeError>(function, ": dtype must be one of the dtypes, such as float32 or int64, got ",
                  described(dtype));
}

Device device_or(const char* function, nb::handle device, Device otherwise) {
  if (device.is_none()) return otherwise;
  Device given;
  if (PyLong_CheckExact(device.ptr())) {
    given = {DeviceType::CUDA, static_cast<int8_t>(nb::cast<int>(device))};
  } else if (!read_device(device.ptr(), given)) {
    if (!PyUnicode_Check(device.ptr())) {
      fail<TypeError>(function, ": device must be a device or a text, got ", described(device));
    }
    fail<RuntimeError>(function, ": unknown device ", nb::repr(device).c_str(),
                       "; expected \"cpu\", \"cuda\" or \"cuda:N\"");
  }
  if (!has_kernels(given.type)) {
    fail<RuntimeError>(function, ": device ", given,
                       " has no kernels; installed: cpu. Install taeda-kernels-cuda, or use "
                       "device=\"cpu\"");
  }
  return given;
}

NamedFormat format_of(const char* function, nb::handle format) {
  const std::string name = nb::repr(format).c_str();
  if (name == "taeda.preserve_format") return {MemoryFormat::Preserve};
  if (name == "taeda.contiguous_format") return {MemoryFormat::Contiguous};
  if (name == "taeda.channels_last") return {MemoryFormat::ChannelsLast, 4};
  if (name == "taeda.channels_last_3d") return {MemoryFormat::ChannelsLast, 5};
  fail<TypeError>(function,
                  ": memory_format must be contiguous_format, preserve_format, channels_last or "
                  "channels_last_3d, got ",
                  described(format));
}

MemoryFormat format_or(const char* function, nb::handle format, const TensorBody& input,
                       MemoryFormat otherwise) {
  if (format.is_none()) return otherwise;
  const NamedFormat named = format_of(function, format);
  if (!named.fits(input)) {
    fail<RuntimeError>(function, ": ", nb::repr(format).c_str(), " needs ", named.ndim,
                       " dimensions, got shape ", input.shape());
  }
  return named.format;
}

void Options::check_memory() const {
  if (pin_memory) {
    fail<RuntimeError>(function, ": pin_memory needs a CUDA device; none is installed");
  }
  if (!layout.is_none() && std::string(nb::repr(layout).c_str()) != "taeda.strided") {
    fail<RuntimeError>(function, ": the only layout is strided, got ", described(layout));
  }
}

Tensor Options::into_out(const Tensor& made) const {
  if (!is_tensor(out.ptr())) {
    fail<TypeError>(function, ": out must be a Tensor, got ", described(out));
  }
  const Tensor given(body_of(out.ptr()));
  if (!dtype.is_none() && given.dtype() != made.dtype()) {
    fail<RuntimeError>(function, ": dtype ", made.dtype(), " does not match the dtype ",
                       given.dtype(), " of out");
  }
  if (given.shape() != made.shape()) {
    if (given.numel() != 0) {
      fail<RuntimeError>(function, ": out has shape ", given.shape(), ", the result ", made.shape(),
                         "; give an out of that shape or an empty one");
    }
    const Tensor memory = empty(made.shape(), given.dtype(), given.device());
    given->reset(memory->storage_ptr(), 0, memory->shape(), memory->strides(), given.dtype());
  }
  return copy_(given, made);
}

void Options::require_grad(const Tensor& made) const {
  if (!is_floating(made.dtype())) {
    fail<RuntimeError>(function, ": only floating-point tensors can require gradients, got ",
                       made.dtype());
  }
  made->requires_grad = true;
}

Dims sizes_of(const char* function, const nb::args& sizes, nb::handle size) {
  Dims dims;
  if (size.is_none()) {
    if (sizes.size() == 0)
      fail<TypeError>(function, ": missing 1 required positional argument: 'size'");
    dims = dims_from_args(function, sizes);
  } else if (sizes.size() > 0 || !read_dims(size.ptr(), dims)) {
    fail<TypeError>(function, ": size must be one sequence of ints, got ", described(size));
  }
  for (const int64_t length : dims) {
    if (length < 0) fail<RuntimeError>(function, ": negative size ", length, " in shape ", dims);
  }
  return dims;
}

}  // namespace taeda::python
