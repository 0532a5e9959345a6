// Tensors of given sizes: empty, zeros, ones, full, their *_like and new_* forms, progressions.
#include "taeda/tensor/ops/creation.h"

#include <string>

#include "options.h"

namespace taeda::python {
namespace {

using Maker = Tensor (*)(const Dims& shape, DType dtype, Device device, Dims strides);

Tensor make_empty(const Dims& shape, DType dtype, Device device, Dims strides) {
  return empty_dense(shape, std::move(strides), dtype, device);
}
template <int Value>
Tensor make_filled(const Dims& shape, DType dtype, Device device, Dims strides) {
  return full(shape, Value, dtype, device, std::move(strides));
}

DType dtype_of_number(const Scalar& value) {
  return value.kind() == DType::Float64 ? default_dtype() : value.kind();
}

Scalar number_argument(const char* function, const char* argument, nb::handle object) {
  Scalar value;
  if (read_number(object.ptr(), value)) return value;
  if (is_tensor(object.ptr()) && body_of(object.ptr())->numel() == 1)
    return item(*body_of(object.ptr()));
  fail<TypeError>(function, ": ", argument, " must be a number, got ", nb::repr(object).c_str(),
                  " (", Py_TYPE(object.ptr())->tp_name, ")");
}

// f(*size), f_like(input) and tensor.new_f(*size).
template <Maker make>
void bind_sized(nb::module_& m, TensorClass& tensor, const char* name, const char* like,
                const char* fresh, const char* signature, const char* doc, const char* like_doc,
                const char* fresh_signature) {
  m.def(
      name,
      [name](const nb::args& sizes, nb::handle size, TAEDA_OPTION_PARAMETERS) {
        return Options{name, TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return make(sizes_of(name, sizes, size), options.dtype_or(default_dtype()),
                      options.device_or(), {});
        });
      },
      nb::arg("sizes"), nb::arg("size") = nb::none(), TAEDA_OPTION_ARGUMENTS, nb::sig(signature),
      doc);
  m.def(
      like,
      [like](const Tensor& input, nb::handle dtype, nb::handle layout, nb::handle device,
             bool pin_memory, bool requires_grad, nb::handle format) {
        const nb::handle out = Py_None;
        return Options{like, TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return make(input.shape(), options.dtype_or(input.dtype()),
                      options.device_or(input.device()),
                      strides_in(format_or(like, format, *input), *input));
        });
      },
      nb::arg("input"), nb::kw_only(), nb::arg("dtype") = nb::none(),
      nb::arg("layout") = nb::none(), nb::arg("device") = nb::none(), nb::arg("pin_memory") = false,
      nb::arg("requires_grad") = false, nb::arg("memory_format") = nb::none(), like_doc);
  tensor.def(
      fresh,
      [fresh](const Tensor& self, const nb::args& sizes, nb::handle size, TAEDA_OPTION_PARAMETERS) {
        return Options{fresh, TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return make(sizes_of(fresh, sizes, size), options.dtype_or(self.dtype()),
                      options.device_or(self.device()), {});
        });
      },
      nb::arg("sizes"), nb::arg("size") = nb::none(), TAEDA_OPTION_ARGUMENTS,
      nb::sig(fresh_signature),
      "Like the function of the module, with the dtype and device of the tensor.");
}

void bind_full(nb::module_& m, TensorClass& tensor) {
  const auto dims = [](const char* name, nb::handle size) {
    Dims shape;
    if (PyLong_Check(size.ptr()) || !read_dims(size.ptr(), shape)) {
      fail<TypeError>(name, ": size must be a sequence of ints, got ", nb::repr(size).c_str());
    }
    return shape;
  };
  m.def(
      "full",
      [dims](nb::handle size, nb::handle fill_value, TAEDA_OPTION_PARAMETERS) {
        return Options{"full", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          const Scalar value = number_argument("full", "fill_value", fill_value);
          return full(dims("full", size), value, options.dtype_or(dtype_of_number(value)),
                      options.device_or());
        });
      },
      nb::arg("size"), nb::arg("fill_value").none(), nb::kw_only(), TAEDA_OPTION_ARGUMENTS,
      nb::sig("def full(size: Sequence[int], fill_value: float, *, " TAEDA_OPTION_SIGNATURE),
      "A tensor of this size, filled with one value, whose kind decides the dtype.\n\n"
      ">>> full((2,), 7).tolist()\n[7, 7]");
  m.def(
      "full_like",
      [](const Tensor& input, nb::handle fill_value, nb::handle dtype, nb::handle layout,
         nb::handle device, bool pin_memory, bool requires_grad, nb::handle format) {
        const nb::handle out = Py_None;
        return Options{"full_like", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return full(input.shape(), number_argument("full_like", "fill_value", fill_value),
                      options.dtype_or(input.dtype()), options.device_or(input.device()),
                      strides_in(format_or("full_like", format, *input), *input));
        });
      },
      nb::arg("input"), nb::arg("fill_value").none(), nb::kw_only(), nb::arg("dtype") = nb::none(),
      nb::arg("layout") = nb::none(), nb::arg("device") = nb::none(), nb::arg("pin_memory") = false,
      nb::arg("requires_grad") = false, nb::arg("memory_format") = nb::none(),
      "A tensor of the shape, dtype and device of input, filled with one value.");
  tensor.def(
      "new_full",
      [dims](const Tensor& self, nb::handle size, nb::handle fill_value, TAEDA_OPTION_PARAMETERS) {
        return Options{"new_full", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return full(dims("new_full", size), number_argument("new_full", "fill_value", fill_value),
                      options.dtype_or(self.dtype()), options.device_or(self.device()));
        });
      },
      nb::arg("size"), nb::arg("fill_value").none(), nb::kw_only(), TAEDA_OPTION_ARGUMENTS,
      nb::sig(
          "def new_full(self, size: Sequence[int], fill_value: float, *, " TAEDA_OPTION_SIGNATURE),
      "A tensor of this size, filled with one value, with the dtype and device of the tensor.");
}

void bind_progressions(nb::module_& m) {
  m.def(
      "arange",
      [](const nb::args& bounds, nb::handle start, nb::handle end, nb::handle step,
         TAEDA_OPTION_PARAMETERS) {
        return Options{"arange", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          if (bounds.size() > 3) {
            fail<TypeError>("arange: takes start, end and step, got ", bounds.size(), " arguments");
          }
          nb::handle given[3] = {start, end, step};
          const size_t first = bounds.size() == 1 && end.is_none() ? 1 : 0;
          for (size_t i = 0; i < bounds.size(); ++i) given[first + i] = bounds[i];
          if (given[1].is_none()) fail<TypeError>("arange: missing 1 required argument: 'end'");
          const Scalar from =
              given[0].is_none() ? Scalar(0) : number_argument("arange", "start", given[0]);
          const Scalar to = number_argument("arange", "end", given[1]);
          const Scalar by =
              given[2].is_none() ? Scalar(1) : number_argument("arange", "step", given[2]);
          const bool floating = from.kind() == DType::Float64 || to.kind() == DType::Float64 ||
                                by.kind() == DType::Float64;
          return arange(from, to, by, options.dtype_or(floating ? default_dtype() : DType::Int64),
                        options.device_or());
        });
      },
      nb::arg("bounds"), nb::arg("start") = nb::none(), nb::arg("end") = nb::none(),
      nb::arg("step") = nb::none(), TAEDA_OPTION_ARGUMENTS,
      nb::sig("def arange(*bounds: float, start: float | None = None, end: float | None = None, "
              "step: float | None = None, " TAEDA_OPTION_SIGNATURE),
      "start, start + step, ... below end: arange(end), arange(start, end) or arange(start, end, "
      "step).\n\n>>> arange(1, 10, 3).tolist()\n[1, 4, 7]");
  m.def(
      "linspace",
      [](nb::handle start, nb::handle end, int64_t steps, TAEDA_OPTION_PARAMETERS) {
        return Options{"linspace", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return linspace(number_argument("linspace", "start", start),
                          number_argument("linspace", "end", end), steps,
                          options.dtype_or(default_dtype()), options.device_or());
        });
      },
      nb::arg("start").none(), nb::arg("end").none(), nb::arg("steps"), nb::kw_only(),
      TAEDA_OPTION_ARGUMENTS,
      nb::sig("def linspace(start: float, end: float, steps: int, *, " TAEDA_OPTION_SIGNATURE),
      "`steps` elements at equal distances from start to end, both included.\n\n"
      ">>> linspace(0, 1, 5).tolist()\n[0.0, 0.25, 0.5, 0.75, 1.0]");
  m.def(
      "logspace",
      [](nb::handle start, nb::handle end, int64_t steps, double base, TAEDA_OPTION_PARAMETERS) {
        return Options{"logspace", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return logspace(number_argument("logspace", "start", start),
                          number_argument("logspace", "end", end), steps, base,
                          options.dtype_or(default_dtype()), options.device_or());
        });
      },
      nb::arg("start").none(), nb::arg("end").none(), nb::arg("steps"), nb::arg("base") = 10.0,
      nb::kw_only(), TAEDA_OPTION_ARGUMENTS,
      nb::sig("def logspace(start: float, end: float, steps: int, base: float = 10.0, "
              "*, " TAEDA_OPTION_SIGNATURE),
      "base to the power of `steps` exponents at equal distances from start to end.\n\n"
      ">>> logspace(0, 2, 3).tolist()\n[1.0, 10.0, 100.0]");
  m.def(
      "eye",
      [](int64_t n, nb::handle columns, TAEDA_OPTION_PARAMETERS) {
        return Options{"eye", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return eye(n, columns.is_none() ? n : nb::cast<int64_t>(columns),
                     options.dtype_or(default_dtype()), options.device_or());
        });
      },
      nb::arg("n"), nb::arg("m") = nb::none(), nb::kw_only(), TAEDA_OPTION_ARGUMENTS,
      nb::sig("def eye(n: int, m: int | None = None, *, " TAEDA_OPTION_SIGNATURE),
      "A matrix of n rows and m columns with ones on the diagonal.\n\n"
      ">>> eye(2).tolist()\n[[1.0, 0.0], [0.0, 1.0]]");
}

}  // namespace

void bind_creation(nb::module_& m, TensorClass& tensor) {
#define TAEDA_SIZED(NAME, MAKE, WHAT)                                                             \
  bind_sized<MAKE>(                                                                               \
      m, tensor, #NAME, #NAME "_like", "new_" #NAME,                                              \
      "def " #NAME                                                                                \
      "(*sizes: int | Sequence[int], size: Sequence[int] | None = None, " TAEDA_OPTION_SIGNATURE, \
      "A tensor of these sizes" WHAT ".",                                                         \
      "A tensor of the shape, dtype and device of input" WHAT ".",                                \
      "def new_" #NAME                                                                            \
      "(self, *sizes: int | Sequence[int], size: Sequence[int] | "                                \
      "None = None, " TAEDA_OPTION_SIGNATURE)
  TAEDA_SIZED(empty, make_empty, ", its elements not set");
  TAEDA_SIZED(zeros, make_filled<0>, " filled with zeros");
  TAEDA_SIZED(ones, make_filled<1>, " filled with ones");
#undef TAEDA_SIZED
  bind_full(m, tensor);
  bind_progressions(m);
  m.def(
      "empty_strided",
      [](const Dims& size, const Dims& stride, nb::handle dtype, nb::handle layout,
         nb::handle device, bool requires_grad, bool pin_memory) {
        const nb::handle out = Py_None;
        return Options{"empty_strided", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return empty_strided(size, stride, options.dtype_or(default_dtype()),
                               options.device_or());
        });
      },
      nb::arg("size"), nb::arg("stride"), nb::kw_only(), nb::arg("dtype") = nb::none(),
      nb::arg("layout") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, nb::arg("pin_memory") = false,
      "A tensor of this size and these strides, its elements not set.");
  m.def(
      "scalar_tensor",
      [](nb::handle s, nb::handle dtype, nb::handle layout, nb::handle device, bool pin_memory,
         bool requires_grad) {
        const nb::handle out = Py_None;
        return Options{"scalar_tensor", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
          return moved(scalar_tensor(number_argument("scalar_tensor", "s", s),
                                     options.dtype_or(default_dtype())),
                       options.dtype_or(default_dtype()), options.device_or());
        });
      },
      nb::arg("s").none(), nb::kw_only(), nb::arg("dtype") = nb::none(),
      nb::arg("layout") = nb::none(), nb::arg("device") = nb::none(), nb::arg("pin_memory") = false,
      nb::arg("requires_grad") = false, "A zero-dimensional tensor of this value.");
  m.def("get_default_dtype", [] { return default_dtype(); }, "The dtype of new float tensors.");
  m.def(
      "set_default_dtype", [](DType dtype) { set_default_dtype(dtype); }, nb::arg("d"),
      "Sets the dtype of new float tensors.");
}

}  // namespace taeda::python
