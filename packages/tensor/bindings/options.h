// The keyword arguments that all creation functions share.
#pragma once

#include "bindings.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda::python {

// The dtype given, or `otherwise` for None. TypeError in the name of `function`.
DType dtype_or(const char* function, nb::handle dtype, DType otherwise);
// A memory format of PyTorch's, and the dimensions that it is for (0: any number).
struct NamedFormat {
  MemoryFormat format;
  int ndim = 0;
  bool fits(const TensorBody& tensor) const { return ndim == 0 || ndim == tensor.ndim(); }
};
// TypeError in the name of `function` for what is no memory format.
NamedFormat format_of(const char* function, nb::handle format);
// The one given, or `otherwise` for None. RuntimeError where it does not fit the input.
MemoryFormat format_or(const char* function, nb::handle format, const TensorBody& input,
                       MemoryFormat otherwise = MemoryFormat::Preserve);
// The device given, or `otherwise` for None. RuntimeError that names the devices there are.
Device device_or(const char* function, nb::handle device, Device otherwise = {});

struct Options {
  const char* function;
  nb::handle out, dtype, layout, device;
  bool pin_memory, requires_grad;

  DType dtype_or(DType otherwise) const { return python::dtype_or(function, dtype, otherwise); }
  Device device_or(Device otherwise = {}) const {
    return python::device_or(function, device, otherwise);
  }
  // Checks what make() is not asked for, then writes its result into `out`, if one is given.
  template <class Make>
  Tensor apply(Make&& make) const {
    if (!layout.is_none() || pin_memory) check_memory();
    Tensor made = make(*this);
    if (!out.is_none()) return into_out(made);
    if (requires_grad) require_grad(made);
    return made;
  }

  void check_memory() const;
  Tensor into_out(const Tensor& made) const;
  void require_grad(const Tensor& made) const;
};

// The sizes of `f(2, 3)`, `f((2, 3))` and `f(size=(2, 3))`.
Dims sizes_of(const char* function, const nb::args& sizes, nb::handle size);

// The keyword arguments in the order of Options, as extras of a def().
#define TAEDA_OPTION_ARGUMENTS                                                                \
  nb::arg("out") = nb::none(), nb::arg("dtype") = nb::none(), nb::arg("layout") = nb::none(), \
  nb::arg("device") = nb::none(), nb::arg("pin_memory") = false, nb::arg("requires_grad") = false
#define TAEDA_OPTION_PARAMETERS                                                            \
  nb::handle out, nb::handle dtype, nb::handle layout, nb::handle device, bool pin_memory, \
      bool requires_grad
#define TAEDA_OPTION_VALUES out, dtype, layout, device, pin_memory, requires_grad
#define TAEDA_OPTION_SIGNATURE                                                            \
  "out: Tensor | None = None, dtype: _dtype | type | None = None, "                       \
  "layout: object = None, device: device | str | None = None, pin_memory: bool = False, " \
  "requires_grad: bool = False) -> Tensor"

}  // namespace taeda::python
