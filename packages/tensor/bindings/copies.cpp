// Copies between dtypes, devices and layouts, and writes of constants.
#include <cstring>
#include <string>

#include "options.h"
#include "taeda/tensor/ops/creation.h"

namespace taeda::python {
namespace {

Tensor clone_in(const Tensor& self, nb::handle format) {
  return moved(self, self.dtype(), self.device(), true, true, format_or("clone", format, *self));
}

Tensor contiguous_in(const Tensor& self, nb::handle format) {
  const MemoryFormat wanted = format_or("contiguous", format, *self, MemoryFormat::Contiguous);
  if (wanted == MemoryFormat::Preserve) {
    fail<RuntimeError>("contiguous: preserve_format names no layout; use clone()");
  }
  return contiguous(self, wanted);
}

// What .to() is asked for: its first argument may be a dtype, a device or another tensor.
struct Target {
  DType dtype;
  Device device;
  bool copy;
};

Target read_target(const Tensor& self, const nb::args& args, nb::handle device, nb::handle dtype,
                   nb::handle other, bool copy) {
  Target target{self.dtype(), self.device(), copy};
  size_t next = 0;
  bool device_first = false;
  if (args.size() > 0) {
    const nb::handle first = args[0];
    if (is_tensor(first.ptr())) {
      target.dtype = body_of(first.ptr())->dtype();
      target.device = body_of(first.ptr())->device();
      next = 1;
    } else if (read_dtype(first.ptr(), target.dtype)) {
      next = 1;
    } else {
      target.device = device_or("to", first, self.device());
      device_first = true;
      next = 1;
    }
  }
  if (device_first && args.size() > next) {
    const nb::handle second = args[next];
    if (!PyBool_Check(second.ptr())) {
      target.dtype = dtype_or("to", second, self.dtype());
      ++next;
    }
  }
  if (args.size() > next + 1) target.copy = nb::cast<bool>(args[next + 1]);
  if (args.size() > next + 2) {
    fail<TypeError>(
        "to: takes (dtype), (device, dtype) or (other), then non_blocking and copy, got ",
        args.size(), " arguments");
  }
  if (!other.is_none()) {
    if (!is_tensor(other.ptr()))
      fail<TypeError>("to: other must be a Tensor, got ", Py_TYPE(other.ptr())->tp_name);
    target.dtype = body_of(other.ptr())->dtype();
    target.device = body_of(other.ptr())->device();
  }
  target.dtype = dtype_or("to", dtype, target.dtype);
  target.device = device_or("to", device, target.device);
  return target;
}

template <DType dtype>
void bind_cast(TensorClass& tensor, const char* name) {
  static const std::string doc = "The elements as " + std::string(facts(dtype).name) + ".";
  tensor.def(
      name,
      [name](const Tensor& self, nb::handle format) {
        return moved(self, dtype, self.device(), false, true, format_or(name, format, *self));
      },
      nb::arg("memory_format") = nb::none(), doc.c_str());
}

Tensor fill(const Tensor& self, nb::handle value) {
  Scalar number;
  if (read_number(value.ptr(), number)) return fill_(self, number);
  if (!is_tensor(value.ptr())) {
    fail<TypeError>("fill_: value must be a number or a zero-dimensional tensor, got ",
                    Py_TYPE(value.ptr())->tp_name);
  }
  const Tensor source(body_of(value.ptr()));
  if (source.ndim() != 0) {
    fail<RuntimeError>("fill_: only a zero-dimensional tensor can be the value, got shape ",
                       source.shape(), "; use copy_()");
  }
  return copy_(self, source);
}

}  // namespace

void bind_copies(nb::module_& m, TensorClass& tensor) {
  m.def("clone", clone_in, nb::arg("input"), nb::kw_only(), nb::arg("memory_format") = nb::none(),
        "A copy of the elements, in memory as they lie (in memory_format).");
  tensor
      .def("clone", clone_in, nb::kw_only(), nb::arg("memory_format") = nb::none(),
           "A copy of the elements, in memory as they lie (in memory_format).")
      .def("contiguous", contiguous_in, nb::arg("memory_format") = nb::none(),
           "The tensor itself if its elements lie row-major (in memory_format), else a copy.")
      .def(
          "to",
          [](const Tensor& self, const nb::args& args, nb::handle device, nb::handle dtype,
             nb::handle other, bool non_blocking, bool copy, nb::handle format) {
            const Target target = read_target(self, args, device, dtype, other, copy);
            return moved(self, target.dtype, target.device, target.copy, !non_blocking,
                         format_or("to", format, *self));
          },
          nb::arg("args"), nb::arg("device") = nb::none(), nb::arg("dtype") = nb::none(),
          nb::arg("other") = nb::none(), nb::arg("non_blocking") = false, nb::arg("copy") = false,
          nb::arg("memory_format") = nb::none(),
          nb::sig("def to(self, *args: Any, device: _device | str | None = None, dtype: _dtype | "
                  "type | None = None, other: Tensor | None = None, non_blocking: bool = False, "
                  "copy: bool = False, memory_format: object = None) -> Tensor"),
          "The elements in another dtype or on another device: to(dtype), to(device, dtype), "
          "to(other).\n\nThe tensor itself where nothing changes and copy is false; else in memory "
          "as the tensor lies, or in memory_format.")
      .def(
          "copy_",
          [](const Tensor& self, const Operand& source, bool) {
            return copy_(self, source.tensor());
          },
          nb::arg("src"), nb::arg("non_blocking") = false,
          "Writes the elements of src, broadcast and converted, into the tensor.")
      .def("fill_", fill, nb::arg("value").none(), "Writes one value into every element.")
      .def(
          "zero_", [](const Tensor& self) { return fill_(self, 0); },
          "Writes zero into every element.")
      .def(
          "cpu",
          [](const Tensor& self, nb::handle format) {
            return moved(self, self.dtype(), {}, false, true, format_or("cpu", format, *self));
          },
          nb::arg("memory_format") = nb::none(), "The elements in the memory of the CPU.")
      .def(
          "cuda",
          [](const Tensor& self, nb::handle device, bool non_blocking, nb::handle format) {
            const nb::object wanted =
                device.is_none() ? nb::object(nb::str("cuda")) : nb::borrow(device);
            return moved(self, self.dtype(), device_or("cuda", wanted), false, !non_blocking,
                         format_or("cuda", format, *self));
          },
          nb::arg("device") = nb::none(), nb::arg("non_blocking") = false,
          nb::arg("memory_format") = nb::none(), "The elements in the memory of a CUDA device.")
      .def(
          "pin_memory",
          [](const Tensor& self, nb::handle) { return is_pinned(self) ? self : pinned(self); },
          nb::arg("device") = nb::none(),
          "The elements in page-locked memory of the CPU, which a CUDA device copies by itself.\n\n"
          "Raises RuntimeError without a CUDA device.")
      .def(
          "is_pinned", [](const Tensor& self, nb::handle) { return is_pinned(self); },
          nb::arg("device") = nb::none(),
          "Whether the memory is page-locked; never without a CUDA device.");
  bind_cast<DType::Bool>(tensor, "bool");
  bind_cast<DType::UInt8>(tensor, "byte");
  bind_cast<DType::Int8>(tensor, "char");
  bind_cast<DType::Int16>(tensor, "short");
  bind_cast<DType::Int32>(tensor, "int");
  bind_cast<DType::Int64>(tensor, "long");
  bind_cast<DType::Float16>(tensor, "half");
  bind_cast<DType::BFloat16>(tensor, "bfloat16");
  bind_cast<DType::Float32>(tensor, "float");
  bind_cast<DType::Float64>(tensor, "double");
}

}  // namespace taeda::python
