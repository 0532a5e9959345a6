// dtype, device and Size, and how Python values become theirs.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <cstring>
#include <string>

#include "bindings.h"
#include "taeda/kernels/registry.h"

namespace taeda::python {
namespace {

// The Python object of a dtype: there is one for each, so `is` compares them.
struct DTypeObject {
  DType dtype;
};

struct DeviceObject {
  Device device;
};

PyTypeObject* size_type = nullptr;
PythonApi table{};

Device parse_device(const char* text) {
  const char* colon = std::strchr(text, ':');
  const std::string type(text, colon ? static_cast<size_t>(colon - text) : std::strlen(text));
  Device device;
  if (type == "cuda")
    device.type = DeviceType::CUDA;
  else if (type != "cpu") {
    fail<RuntimeError>("device: expected \"cpu\", \"cuda\" or \"cuda:N\", got \"", text, "\"");
  }
  if (colon) {
    char* end = nullptr;
    const long index = std::strtol(colon + 1, &end, 10);
    if (end == colon + 1 || *end || index < 0 || index > 127) {
      fail<RuntimeError>("device: the index after ':' must be a small number, got \"", text, "\"");
    }
    device.index = static_cast<int8_t>(index);
  }
  return device;
}

bool read_number_impl(PyObject* object, Scalar& value) {
  if (PyFloat_Check(object)) {
    value = Scalar(PyFloat_AS_DOUBLE(object));
    return true;
  }
  if (PyBool_Check(object)) {
    value = Scalar(object == Py_True);
    return true;
  }
  if (PyLong_Check(object)) {
    int overflow = 0;
    const long long integer = PyLong_AsLongLongAndOverflow(object, &overflow);
    // What int64 does not hold takes part as a float.
    value = overflow ? Scalar(PyLong_AsDouble(object)) : Scalar(static_cast<int64_t>(integer));
    if (overflow && PyErr_Occurred()) PyErr_Clear();
    return true;
  }
  // NumPy's scalars: the type's own conversions, but never those of arrays or sequences.
  PyTypeObject* type = Py_TYPE(object);
  if (!type->tp_as_number || (type->tp_as_sequence && type->tp_as_sequence->sq_length))
    return false;
  if (std::strcmp(type->tp_name, "numpy.bool") == 0 ||
      std::strcmp(type->tp_name, "numpy.bool_") == 0) {
    value = Scalar(PyObject_IsTrue(object) == 1);
    return true;
  }
  if (type->tp_as_number->nb_index) {
    PyObject* integer = PyNumber_Index(object);
    if (!integer) return PyErr_Clear(), false;
    const bool read = read_number_impl(integer, value);
    Py_DECREF(integer);
    return read;
  }
  if (std::strncmp(type->tp_name, "numpy.", 6) == 0 && type->tp_as_number->nb_float) {
    const double number = PyFloat_AsDouble(object);
    if (number == -1.0 && PyErr_Occurred()) return PyErr_Clear(), false;
    value = Scalar(number);
    return true;
  }
  return false;
}

bool read_dtype_impl(PyObject* object, DType& dtype) {
  for (int i = 0; i < kDTypeCount; ++i) {
    if (object == table.dtypes[i]) {
      dtype = static_cast<DType>(i);
      return true;
    }
  }
  if (object == reinterpret_cast<PyObject*>(&PyFloat_Type))
    dtype = default_dtype();
  else if (object == reinterpret_cast<PyObject*>(&PyLong_Type))
    dtype = DType::Int64;
  else if (object == reinterpret_cast<PyObject*>(&PyBool_Type))
    dtype = DType::Bool;
  else
    return false;
  return true;
}

bool read_device_impl(PyObject* object, Device& device) {
  if (Py_TYPE(object) == table.device_type) {
    device = nb::inst_ptr<DeviceObject>(nb::handle(object))->device;
    return true;
  }
  if (PyUnicode_Check(object)) {
    const char* text = PyUnicode_AsUTF8(object);
    if (!text) return PyErr_Clear(), false;
    try {
      device = parse_device(text);
    } catch (const RuntimeError&) {
      return false;
    }
    return true;
  }
  return false;
}

bool read_index(PyObject* object, int64_t& value) {
  if (PyLong_CheckExact(object)) {
    value = PyLong_AsLongLong(object);
  } else {
    if (PyFloat_Check(object) || !PyIndex_Check(object)) return false;
    PyObject* integer = PyNumber_Index(object);
    if (!integer) return PyErr_Clear(), false;
    value = PyLong_AsLongLong(integer);
    Py_DECREF(integer);
  }
  if (value == -1 && PyErr_Occurred()) return PyErr_Clear(), false;
  return true;
}

bool read_dims_impl(PyObject* object, Dims& dims) {
  if (PyTuple_Check(object) || PyList_Check(object)) {
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(object);
    dims.resize(static_cast<int>(count));
    for (Py_ssize_t i = 0; i < count; ++i) {
      int64_t value;
      if (!read_index(PySequence_Fast_GET_ITEM(object, i), value)) return false;
      dims[static_cast<int>(i)] = value;
    }
    return true;
  }
  int64_t value;
  if (!read_index(object, value)) return false;
  dims = {value};
  return true;
}

PyObject* size_object_impl(Sizes sizes) {
  // A tuple subclass without a dict: filled in place like a tuple.
  PyObject* size = size_type->tp_alloc(size_type, static_cast<Py_ssize_t>(sizes.size()));
  for (size_t i = 0; size && i < sizes.size(); ++i) {
    PyTuple_SET_ITEM(size, static_cast<Py_ssize_t>(i), PyLong_FromLongLong(sizes[i]));
  }
  return size;
}

PyObject* to_python_impl(const Tensor& tensor) {
  if (!tensor.defined()) return Py_NewRef(Py_None);
  // Made by a thread that did not hold the interpreter: the body becomes its new object's.
  PyObject* object =
      nb::inst_take_ownership(reinterpret_cast<PyObject*>(table.tensor_type), tensor.body())
          .release()
          .ptr();
  tensor->set_owner(object);
  return object;
}

std::string dtype_repr(const DTypeObject& self) {
  return "taeda." + std::string(facts(self.dtype).name);
}

}  // namespace

void bind_types(nb::module_& m) {
  nb::class_<DTypeObject> dtype(m, "dtype", "The type of a tensor's elements.");
  dtype.def("__repr__", dtype_repr)
      .def("__reduce__",
           [](const DTypeObject& self) { return std::string(facts(self.dtype).name); })
      .def_prop_ro(
          "itemsize", [](const DTypeObject& self) { return size_of(self.dtype); },
          "Bytes of an element.")
      .def_prop_ro("is_floating_point",
                   [](const DTypeObject& self) { return is_floating(self.dtype); })
      .def_prop_ro("is_complex", [](const DTypeObject&) { return false; })
      .def_prop_ro("is_signed",
                   [](const DTypeObject& self) { return facts(self.dtype).is_signed; });
  for (int i = 0; i < kDTypeCount; ++i) {
    nb::object object = nb::cast(DTypeObject{static_cast<DType>(i)});
    table.dtypes[i] = object.inc_ref().ptr();
    m.attr(facts(static_cast<DType>(i)).name.data()) = object;
  }

  nb::class_<DeviceObject> device(m, "device", "Where a tensor's memory lives.");
  device
      .def(
          "__init__",
          [](DeviceObject* self, const char* type, int index) {
            Device device = parse_device(type);
            if (index >= 0) device.index = static_cast<int8_t>(index);
            new (self) DeviceObject{device};
          },
          nb::arg("type"), nb::arg("index") = -1)
      .def("__init__", [](DeviceObject* self, Device other) { new (self) DeviceObject{other}; })
      .def("__init__",
           [](DeviceObject* self, int8_t index) {
             if (index < 0) fail<RuntimeError>("device: no device has the index ", int{index});
             new (self) DeviceObject{{DeviceType::CUDA, index}};
           })
      .def_prop_ro("type",
                   [](const DeviceObject& self) {
                     return self.device.type == DeviceType::CPU ? "cpu" : "cuda";
                   })
      .def_prop_ro("index",
                   [](const DeviceObject& self) -> std::optional<int> {
                     if (self.device.type == DeviceType::CPU) return std::nullopt;
                     return self.device.index;
                   })
      .def("__eq__",
           [](const DeviceObject& self, nb::handle other) {
             Device right;
             return nb::isinstance<DeviceObject>(other) && read_device_impl(other.ptr(), right) &&
                    self.device == right;
           })
      .def("__hash__",
           [](const DeviceObject& self) {
             return static_cast<int>(self.device.type) * 256 + self.device.index;
           })
      .def("__str__",
           [](const DeviceObject& self) {
             std::ostringstream text;
             text << self.device;
             return text.str();
           })
      .def("__repr__",
           [](const DeviceObject& self) {
             std::ostringstream text;
             text << "device(type='" << (self.device.type == DeviceType::CPU ? "cpu" : "cuda")
                  << "'";
             if (self.device.type == DeviceType::CUDA)
               text << ", index=" << static_cast<int>(self.device.index);
             text << ")";
             return text.str();
           })
      .def(
          "__reduce__",
          [](nb::handle self) {
            return nb::make_tuple(self.type(), nb::make_tuple(nb::str(self)));
          },
          nb::sig("def __reduce__(self) -> tuple[Any, ...]"));
  table.device_type = reinterpret_cast<PyTypeObject*>(device.ptr());

  // Size is written in Python; the module hands it over before anything asks for a shape.
  m.def("_set_size_type",
        [](nb::handle type) { size_type = reinterpret_cast<PyTypeObject*>(type.inc_ref().ptr()); });
  size_type = &PyTuple_Type;

  table.to_python = to_python_impl;
  table.read_number = read_number_impl;
  table.read_dtype = read_dtype_impl;
  table.read_device = read_device_impl;
  table.read_dims = read_dims_impl;
  table.size_object = size_object_impl;
  table.device_object = [](Device value) {
    // The one that is asked for most lives as long as the process.
    static PyObject* cpu = nb::cast(DeviceObject{}).release().ptr();
    return value == Device{} ? Py_NewRef(cpu) : nb::cast(DeviceObject{value}).release().ptr();
  };
  install_python_api(&table);
}

void set_tensor_type(PyTypeObject* type) { table.tensor_type = type; }

}  // namespace taeda::python
