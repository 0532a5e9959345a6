// Tensors from Python values: tensor(), as_tensor(), tensor.new_tensor().
#include <nanobind/stl/string.h>

#include <cstring>
#include <limits>
#include <vector>

#include "interop.h"
#include "options.h"
#include "taeda/kernels/promotion.h"
#include "taeda/tensor/ops/creation.h"

namespace taeda::python {
namespace {

bool is_numpy_scalar(PyObject* object) {
  return std::strncmp(Py_TYPE(object)->tp_name, "numpy.", 6) == 0 && !is_array(object);
}

// The dtype of a NumPy scalar or array, read from its `dtype`.
DType numpy_dtype(const char* function, PyObject* object) {
  const nb::object name = nb::handle(object).attr("dtype").attr("name");
  const std::string text = nb::cast<std::string>(name);
  for (int i = 0; i < kDTypeCount; ++i) {
    if (facts(static_cast<DType>(i)).name == text) return static_cast<DType>(i);
  }
  fail<TypeError>(
      function, ": the NumPy type ", text,
      " has no dtype here; supported are bool, uint8, int8, int16, int32, int64, float16, "
      "bfloat16, float32 and float64");
}

// What nested sequences hold: their shape, the promoted dtype of their leaves, and the leaves.
class Nested {
 public:
  Nested(const char* function, PyObject* data) : function_(function) { scan(data, 0); }

  Tensor make(DType dtype) const {
    Tensor result = empty(shape_, dtype);
    dispatch(dtype, [&]<class T>() {
      T* elements = result->as<T>();
      for (size_t i = 0; i < leaves_.size(); ++i) elements[i] = convert<T>(leaves_[i]);
    });
    return result;
  }
  DType dtype() const { return leaves_.empty() ? default_dtype() : dtype_; }

 private:
  template <class T>
  T convert(const Scalar& value) const {
    if constexpr (std::is_same_v<T, bool>)
      return value.as_bool();
    else if constexpr (std::is_same_v<T, double>)
      return value.as_double();
    else if constexpr (!std::is_integral_v<T>)
      return T(static_cast<float>(value.as_double()));
    else {
      using Limits = std::numeric_limits<T>;
      // A negative number in an unsigned type wraps, as in PyTorch.
      const double low = std::is_unsigned_v<T> ? -static_cast<double>(Limits::max())
                                               : static_cast<double>(Limits::min());
      const double number = value.as_double();
      const bool exact = value.kind() != DType::Float64 && sizeof(T) == 8;
      if (!exact && !(number >= low && number < static_cast<double>(Limits::max()) + 1.0)) {
        fail<RuntimeError>(function_, ": value ", number, " cannot be converted to type ",
                           facts(dtype_of<T>).name, " without overflow");
      }
      return static_cast<T>(value.as_int());
    }
  }

  void note(const Scalar& value, DType dtype) {
    dtype_ = leaves_.empty() ? dtype : promote(dtype_, dtype);
    leaves_.push_back(value);
  }

  void leaf(PyObject* object) {
    Scalar value;
    if (PyFloat_CheckExact(object)) return note(PyFloat_AS_DOUBLE(object), default_dtype());
    if (is_tensor(object)) {
      const TensorBody& body = *body_of(object);
      if (body.numel() != 1) {
        fail<ValueError>(function_,
                         ": only one element tensors can be converted to Python scalars, got "
                         "shape ",
                         body.shape(), "; use stack() to join tensors");
      }
      return note(item(body), body.dtype());
    }
    if (PyComplex_Check(object)) fail<TypeError>(function_, ": complex numbers have no dtype here");
    if (!read_number(object, value)) {
      fail<TypeError>(function_, ": no element can be made from ", nb::repr(object).c_str(), " (",
                      Py_TYPE(object)->tp_name,
                      "); expected numbers, nested sequences of numbers, or an array");
    }
    if (is_numpy_scalar(object)) return note(value, numpy_dtype(function_, object));
    if (PyLong_Check(object) && value.kind() == DType::Float64) {
      fail<ValueError>(function_, ": the integer ", nb::repr(object).c_str(),
                       " does not fit int64");
    }
    note(value, value.kind() == DType::Float64 ? default_dtype() : value.kind());
  }

  void scan(PyObject* object, int depth) {
    const bool list = PyList_CheckExact(object) || PyTuple_CheckExact(object);
    if (!list && (is_tensor(object) || !PySequence_Check(object) || PyUnicode_Check(object) ||
                  PyBytes_Check(object) || PyDict_Check(object) || is_numpy_scalar(object) ||
                  PySequence_Size(object) < 0)) {
      PyErr_Clear();  // a sequence without a length, such as a zero-dimensional array
      if (depth != shape_.size()) depth_differs();
      closed_ = true;
      return leaf(object);
    }
    if (depth >= kMaxDims) {
      fail<ValueError>(function_, ": too many dimensions: at most ", kMaxDims, " nested sequences");
    }
    const nb::object fast = nb::steal(PySequence_Fast(object, "a sequence is needed"));
    if (!fast) throw nb::python_error();
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(fast.ptr());
    if (depth == shape_.size()) {
      if (closed_) depth_differs();
      shape_.push_back(count);
    } else if (shape_[depth] != count) {
      fail<ValueError>(function_, ": expected sequence of length ", shape_[depth], " at dim ",
                       depth, " (got ", count, ")");
    }
    for (Py_ssize_t i = 0; i < count; ++i) {
      scan(PySequence_Fast_GET_ITEM(fast.ptr(), i), depth + 1);
    }
    closed_ = true;
  }

  [[noreturn]] void depth_differs() const {
    fail<ValueError>(function_, ": the nested sequences do not all have the same depth");
  }

  const char* function_;
  Dims shape_;
  DType dtype_ = DType::Bool;
  std::vector<Scalar> leaves_;
  bool closed_ = false;  // the first branch has shown how deep all are
};

// The DLPack and array protocols of objects that are no sequences of numbers.
bool offers_array(nb::handle data) {
  return is_numpy_scalar(data.ptr()) || nb::hasattr(data, "__array_interface__") ||
         nb::hasattr(data, "__array__") ||
         (PyObject_CheckBuffer(data.ptr()) && !PyBytes_Check(data.ptr()));
}

// A tensor of the data, which may share memory with it.
Tensor shared(const char* function, nb::handle data, nb::handle dtype) {
  PyObject* object = data.ptr();
  if (PyFloat_CheckExact(object) || PyLong_CheckExact(object) || PyBool_Check(object) ||
      PyList_CheckExact(object) || PyTuple_CheckExact(object)) {
    const Nested nested(function, object);
    return nested.make(dtype_or(function, dtype, nested.dtype()));
  }
  if (is_tensor(object)) return alias(*body_of(object));
  if (is_array(object)) return from_array(function, data);
  if (!is_numpy_scalar(object) && nb::hasattr(data, "__dlpack__") &&
      !nb::hasattr(data, "__array__")) {
    return nb::cast<Tensor>(nb::module_::import_("taeda_tensor._tensor").attr("from_dlpack")(data));
  }
  if (offers_array(data)) {
    return from_array(function, nb::module_::import_("numpy").attr("asarray")(data));
  }
  const Nested nested(function, object);
  return nested.make(dtype_or(function, dtype, nested.dtype()));
}

void warn_of_copy(const char* function) {
  const std::string text = std::string(
                               "To copy construct from a tensor, it is recommended to use "
                               "sourceTensor.detach().clone() rather than ") +
                           function + "(sourceTensor).";
  if (PyErr_WarnEx(PyExc_UserWarning, text.c_str(), 1) < 0) throw nb::python_error();
}

Tensor copied(const char* function, nb::handle data, nb::handle dtype, nb::handle device,
              const DType* own_dtype = nullptr, Device own_device = {}) {
  if (is_tensor(data.ptr())) {
    warn_of_copy(function);
    own_device = body_of(data.ptr())->device();
  }
  const Tensor made = shared(function, data, dtype);
  const DType target = dtype_or(function, dtype, own_dtype ? *own_dtype : made.dtype());
  return moved(made, target, device_or(function, device, own_device), true);
}

// The elements from dimension `dim` on, as nested lists; `at` moves through the memory.
template <class T>
PyObject* nested_list(const TensorBody& tensor, int dim, const T* at) {
  if (dim == tensor.ndim()) {
    if constexpr (std::is_same_v<T, bool>)
      return PyBool_FromLong(*at);
    else if constexpr (std::is_integral_v<T>)
      return PyLong_FromLongLong(*at);
    else if constexpr (std::is_same_v<T, double>)
      return PyFloat_FromDouble(*at);
    else
      return PyFloat_FromDouble(static_cast<float>(*at));
  }
  PyObject* list = PyList_New(static_cast<Py_ssize_t>(tensor.size(dim)));
  for (int64_t i = 0; list && i < tensor.size(dim); ++i) {
    PyObject* element = nested_list(tensor, dim + 1, at + i * tensor.strides()[dim]);
    if (!element)
      Py_CLEAR(list);
    else
      PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), element);
  }
  return list;
}

nb::object to_list(const TensorBody& self) {
  const Tensor here = moved(tensor_of(self), self.dtype(), {});
  return nb::steal(
      dispatch(self.dtype(), [&]<class T>() { return nested_list(*here, 0, here->as<T>()); }));
}

bool plain(PyObject* object) {
  return PyFloat_CheckExact(object) || PyLong_CheckExact(object) || PyBool_Check(object) ||
         PyList_CheckExact(object) || PyTuple_CheckExact(object);
}

Tensor tensor_function(nb::handle data, nb::handle dtype, nb::handle device, bool requires_grad,
                       bool pin_memory) {
  const nb::handle out = Py_None, layout = Py_None;
  return Options{"tensor", TAEDA_OPTION_VALUES}.apply([&](const Options& options) {
    // Numbers and lists make fresh memory that need not be copied.
    if (plain(data.ptr())) {
      const Tensor made = shared("tensor", data, dtype);
      return device.is_none() ? made : moved(made, made.dtype(), options.device_or());
    }
    return copied("tensor", data, dtype, device);
  });
}

}  // namespace

void bind_data(nb::module_& m, TensorClass& tensor) {
  m.def(
      "tensor", tensor_function, nb::arg("data").none(), nb::kw_only(),
      nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, nb::arg("pin_memory") = false,
      nb::sig("def tensor(data: Any, *, dtype: _dtype | type | None = None, device: device | str | "
              "None = None, requires_grad: bool = False, pin_memory: bool = False) -> Tensor"),
      "A tensor of numbers, nested sequences of numbers or an array; the data is always copied.\n\n"
      "Raises ValueError for sequences of unequal length, TypeError for other elements.\n\n"
      ">>> tensor([[1, 2], [3, 4]]).tolist()\n[[1, 2], [3, 4]]");
  m.def(
      "as_tensor",
      [](nb::handle data, nb::handle dtype, nb::handle device) {
        if (is_tensor(data.ptr())) {
          const Tensor input(body_of(data.ptr()));
          return moved(input, dtype_or("as_tensor", dtype, input.dtype()),
                       device_or("as_tensor", device, input.device()));
        }
        const Tensor made = shared("as_tensor", data, dtype);
        return moved(made, dtype_or("as_tensor", dtype, made.dtype()),
                     device_or("as_tensor", device));
      },
      nb::arg("data").none(), nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none(),
      nb::sig("def as_tensor(data: Any, dtype: _dtype | type | None = None, device: device | str | "
              "None = None) -> Tensor"),
      "A tensor of the data, without copying where it is a tensor or an array of the dtype.\n\n"
      ">>> as_tensor([1.5]).tolist()\n[1.5]");
  tensor.def(
      "tolist", to_list, nb::sig("def tolist(self) -> Any"),
      "The elements as nested lists of Python numbers; a number for a zero-dimensional tensor.");
  tensor.def(
      "new_tensor",
      [](const Tensor& self, nb::handle data, nb::handle dtype, nb::handle device,
         bool requires_grad, bool pin_memory) {
        const nb::handle out = Py_None, layout = Py_None;
        return Options{"new_tensor", TAEDA_OPTION_VALUES}.apply([&](const Options&) {
          const DType own = self.dtype();
          return copied("new_tensor", data, dtype, device, &own, self.device());
        });
      },
      nb::arg("data").none(), nb::kw_only(), nb::arg("dtype") = nb::none(),
      nb::arg("device") = nb::none(), nb::arg("requires_grad") = false,
      nb::arg("pin_memory") = false,
      nb::sig(
          "def new_tensor(self, data: Any, *, dtype: _dtype | type | None = None, device: device | "
          "str | None = None, requires_grad: bool = False, pin_memory: bool = False) -> Tensor"),
      "A copy of the data with the dtype and device of the tensor.");
}

}  // namespace taeda::python
