// Tensors from Python values, and copies between dtypes.
#include <vector>

#include "bindings.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda::python {
namespace {

// What a nested list holds: its shape, and the kind of its numbers.
struct Nested {
  Dims shape;
  DType kind = DType::Bool;
  bool any = false;

  void note(DType other) {
    kind = any ? promote_kind(kind, other) : other;
    any = true;
  }
  static DType promote_kind(DType a, DType b) { return a > b ? a : b; }
};

bool is_list(PyObject* object) { return PyList_Check(object) || PyTuple_Check(object); }

// Reads a leaf: a number, or a tensor of one element.
bool read_leaf(PyObject* object, Scalar& value, DType& kind) {
  if (is_tensor(object)) {
    const TensorBody& body = *body_of(object);
    if (body.numel() != 1 || body.ndim() != 0) return false;
    value = item(body);
    kind = body.dtype();
    return true;
  }
  if (!read_number(object, value)) return false;
  kind = value.kind() == DType::Float64 ? default_dtype() : value.kind();
  return true;
}

void scan(PyObject* object, int depth, Nested& nested, std::vector<Scalar>& leaves) {
  if (is_list(object)) {
    const int64_t count = PySequence_Fast_GET_SIZE(object);
    if (depth == nested.shape.size()) {
      if (!leaves.empty()) {
        fail<ValueError>("tensor: the nested lists do not all have the same depth");
      }
      nested.shape.push_back(count);
    } else if (nested.shape[depth] != count) {
      fail<ValueError>("tensor: expected sequence of length ", nested.shape[depth], " at dim ", depth,
                       " (got ", count, ")");
    }
    for (int64_t i = 0; i < count; ++i) {
      scan(PySequence_Fast_GET_ITEM(object, i), depth + 1, nested, leaves);
    }
    return;
  }
  Scalar value;
  DType kind;
  if (!read_leaf(object, value, kind)) {
    fail<TypeError>("tensor: cannot make an element from ", Py_TYPE(object)->tp_name,
                    "; expected numbers, nested lists of numbers, or an array");
  }
  if (depth != nested.shape.size()) {
    fail<ValueError>("tensor: the nested lists do not all have the same depth");
  }
  nested.note(kind);
  leaves.push_back(value);
}

Tensor from_nested(PyObject* data, const nb::object& dtype) {
  Nested nested;
  std::vector<Scalar> leaves;
  scan(data, 0, nested, leaves);
  DType kind = nested.any ? nested.kind : default_dtype();
  if (!dtype.is_none()) kind = nb::cast<DType>(dtype);
  Tensor result = empty(nested.shape, kind);
  dispatch(kind, [&]<class T>() {
    T* elements = result->as<T>();
    for (size_t i = 0; i < leaves.size(); ++i) {
      if constexpr (std::is_same_v<T, bool>) elements[i] = leaves[i].as_bool();
      else if constexpr (std::is_integral_v<T>) elements[i] = static_cast<T>(leaves[i].as_int());
      else if constexpr (std::is_same_v<T, double>) elements[i] = leaves[i].as_double();
      else elements[i] = T(static_cast<float>(leaves[i].as_double()));
    }
  });
  return result;
}

DType dtype_or(const nb::object& dtype, DType otherwise) {
  return dtype.is_none() ? otherwise : nb::cast<DType>(dtype);
}
Device device_or(const nb::object& device, Device otherwise = {}) {
  return device.is_none() ? otherwise : nb::cast<Device>(device);
}

Tensor moved(const Tensor& input, DType dtype, Device device, bool copy) {
  if (!copy && input.dtype() == dtype && input.device() == device) return input;
  if (device.type != DeviceType::CPU) kernels(device);  // says what to install
  return run<ToCopy>({input.body()}, {dtype, device});
}

}  // namespace

void bind_creation(nb::module_& m, TensorClass& tensor) {
  m.def("_from_nested", [](nb::handle data, const nb::object& dtype) {
    return from_nested(data.ptr(), dtype);
  }, nb::arg("data"), nb::arg("dtype").none() = nb::none());
  m.def("_empty",
        [](const Dims& size, const nb::object& dtype, const nb::object& device) {
          return empty(size, dtype_or(dtype, default_dtype()), device_or(device));
        },
        nb::arg("size"), nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none());
  m.def("_full",
        [](const Dims& size, const Scalar& value, const nb::object& dtype, const nb::object& device) {
          const DType own = value.kind() == DType::Float64 ? default_dtype() : value.kind();
          return full(size, value, dtype_or(dtype, own), device_or(device));
        },
        nb::arg("size"), nb::arg("fill_value"), nb::arg("dtype") = nb::none(),
        nb::arg("device") = nb::none());
  m.def("get_default_dtype", [] { return default_dtype(); }, "The dtype of new float tensors.");
  m.def("set_default_dtype", [](DType dtype) { set_default_dtype(dtype); }, nb::arg("d"),
        "Sets the dtype of new float tensors.");
  m.def("clone", [](const Tensor& input) { return clone(input); }, nb::arg("input"),
        "A copy of the elements.");
  m.def("_to",
        [](const Tensor& input, const nb::object& dtype, const nb::object& device, bool copy) {
          return moved(input, dtype_or(dtype, input.dtype()), device_or(device, input.device()), copy);
        },
        nb::arg("input"), nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none(),
        nb::arg("copy") = false);
  tensor
      .def("clone", [](const Tensor& self) { return clone(self); }, "A copy of the elements.")
      .def("contiguous", [](const Tensor& self) { return contiguous(self); },
           "The tensor itself if its elements lie row-major, else a copy.")
      .def("copy_",
           [](const Tensor& self, const Operand& source, bool) { return copy_(self, source.tensor); },
           nb::arg("src"), nb::arg("non_blocking") = false,
           "Writes the elements of src, broadcast and converted, into the tensor.")
      .def("fill_",
           [](const Tensor& self, const Operand& value) {
             if (value.tensor->wrapped_number) return fill_(self, item(*value.tensor));
             return copy_(self, value.tensor);
           },
           nb::arg("value"), "Writes one value into every element.")
      .def("zero_", [](const Tensor& self) { return fill_(self, 0); },
           "Writes zero into every element.");
}

}  // namespace taeda::python
