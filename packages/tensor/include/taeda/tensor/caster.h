// How tensors, dtypes, devices and numbers cross between Python and C++ (nanobind type casters).
#pragma once

#include <nanobind/nanobind.h>

#include "taeda/tensor/python_api.h"
#include "taeda/tensor/tensor.h"

namespace taeda::python {

// What the tensor module offers to other extension modules: it fills the table when it is imported.
struct PythonApi {
  PyTypeObject* tensor_type;
  PyTypeObject* device_type;
  PyObject* dtypes[kDTypeCount];
  PyObject* (*to_python)(const Tensor& tensor);
  bool (*read_number)(PyObject* object, Scalar& value);
  bool (*read_dtype)(PyObject* object, DType& dtype);
  bool (*read_device)(PyObject* object, Device& device);
  bool (*read_dims)(PyObject* object, Dims& dims);
  PyObject* (*size_object)(Sizes sizes);
  PyObject* (*device_object)(Device device);
};
// Kept by the tensor library; null until taeda_tensor has been imported.
inline const PythonApi& api() { return *static_cast<const PythonApi*>(python_api()); }

inline bool is_tensor(PyObject* object) {
  PyTypeObject* type = api().tensor_type;
  return Py_TYPE(object) == type || PyType_IsSubtype(Py_TYPE(object), type);
}
inline TensorBody* body_of(PyObject* tensor) {
  return nanobind::inst_ptr<TensorBody>(nanobind::handle(tensor));
}

// The Python object of a body that has been seen from Python; borrowed.
inline PyObject* known_object(const TensorBody& body) {
  return static_cast<PyObject*>(body.owner());
}
// A new reference to the one Python object of the tensor; None for an undefined one.
inline PyObject* to_python(const Tensor& tensor) {
  if (tensor.defined()) {
    if (PyObject* known = known_object(*tensor)) return Py_NewRef(known);
  }
  return api().to_python(tensor);
}
// The same for a handle that is not needed any more: its reference becomes Python's.
inline PyObject* to_python(Tensor&& tensor) {
  if (tensor.defined()) {
    if (PyObject* known = known_object(*tensor)) {
      std::move(tensor).give();
      return known;
    }
  }
  return api().to_python(tensor);
}
// Reads a Python (or NumPy) bool, int or float. False, without a Python error, where it is none.
inline bool read_number(PyObject* object, Scalar& value) {
  return api().read_number(object, value);
}
// Reads a dtype object, or one of the types bool, int and float.
inline bool read_dtype(PyObject* object, DType& dtype) { return api().read_dtype(object, dtype); }
// Reads a device object or a text like "cpu" or "cuda:1".
inline bool read_device(PyObject* object, Device& device) {
  return api().read_device(object, device);
}
// Reads an int or a sequence of ints.
inline bool read_dims(PyObject* object, Dims& dims) { return api().read_dims(object, dims); }
inline PyObject* size_object(Sizes sizes) { return api().size_object(sizes); }

inline PyObject* number_object(const Scalar& value) {
  switch (value.kind()) {
    case DType::Bool:
      return PyBool_FromLong(value.as_bool());
    case DType::Int64:
      return PyLong_FromLongLong(value.as_int());
    default:
      return PyFloat_FromDouble(value.as_double());
  }
}
inline PyObject* tuple_object(Sizes sizes) {
  PyObject* tuple = PyTuple_New(static_cast<Py_ssize_t>(sizes.size()));
  for (size_t i = 0; tuple && i < sizes.size(); ++i) {
    PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(i), PyLong_FromLongLong(sizes[i]));
  }
  return tuple;
}

// The sizes of `f(2, 3)` and of `f((2, 3))` alike. TypeError in the name of `function`.
inline Dims dims_from_args(const char* function, const nanobind::args& args) {
  Dims dims;
  const bool one = args.size() == 1;
  if (read_dims(one ? nanobind::object(args[0]).ptr() : args.ptr(), dims)) return dims;
  fail<TypeError>(function, ": sizes must be ints or one sequence of ints, got ",
                  nanobind::repr(args).c_str());
}

// A tensor or a Python number, as an operand: borrowed, or held while it is in use.
class Operand {
 public:
  // False, without a Python error, where the object is neither.
  bool read(PyObject* object) {
    if (is_tensor(object)) {
      body_ = body_of(object);
      return true;
    }
    Scalar number;
    if (!read_number(object, number)) return false;
    hold(wrap_number(number));
    return true;
  }
  void hold(Tensor tensor) {
    held_ = std::move(tensor);
    body_ = held_.body();
  }
  TensorBody* body() const { return body_; }
  Tensor tensor() const { return Tensor(body_); }

 private:
  TensorBody* body_ = nullptr;
  Tensor held_;
};

// A tensor or None, which is an undefined tensor; borrowed.
struct OptionalTensor {
  Borrowed tensor;
};
inline const Tensor& given(const OptionalTensor& optional) { return *optional.tensor; }

}  // namespace taeda::python

namespace nanobind::detail {

template <>
struct type_caster<taeda::Tensor> {
  using Value = taeda::Tensor;
  static constexpr auto Name = const_name("Tensor");
  // A `const Tensor&` borrows: the caller holds the object during the call. A Tensor is a
  // reference.
  template <class T>
  using Cast = std::conditional_t<std::is_lvalue_reference_v<T>, Value&, Value>;
  template <class T>
  static constexpr bool can_cast() {
    return true;
  }
  explicit operator Value&() { return *value; }
  explicit operator Value() { return *value; }
  taeda::Borrowed value;

  bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
    if (!taeda::python::is_tensor(source.ptr())) return false;
    value.reset(taeda::python::body_of(source.ptr()));
    return true;
  }
  static handle from_cpp(const taeda::Tensor& tensor, rv_policy, cleanup_list*) noexcept {
    return taeda::python::to_python(tensor);
  }
  static handle from_cpp(taeda::Tensor&& tensor, rv_policy, cleanup_list*) noexcept {
    return taeda::python::to_python(std::move(tensor));
  }
};

template <>
struct type_caster<taeda::python::OptionalTensor> {
  using Value = taeda::python::OptionalTensor;
  static constexpr auto Name = const_name("Tensor | None");
  template <class T>
  using Cast = Value&;
  template <class T>
  static constexpr bool can_cast() {
    return true;
  }
  explicit operator Value&() { return value; }
  Value value;

  bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
    if (source.is_none()) return true;
    if (!taeda::python::is_tensor(source.ptr())) return false;
    value.tensor.reset(taeda::python::body_of(source.ptr()));
    return true;
  }
};
template <>
struct has_arg_defaults<taeda::python::OptionalTensor> : std::true_type {};

template <>
struct type_caster<taeda::python::Operand> {
  NB_TYPE_CASTER(taeda::python::Operand, const_name("Tensor | float"))

  bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
    return value.read(source.ptr());
  }
};

template <>
struct type_caster<taeda::Scalar> {
  NB_TYPE_CASTER(taeda::Scalar, const_name("float"))
  bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
    return taeda::python::read_number(source.ptr(), value);
  }
  static handle from_cpp(const taeda::Scalar& scalar, rv_policy, cleanup_list*) noexcept {
    return taeda::python::number_object(scalar);
  }
};

template <>
struct type_caster<taeda::DType> {
  NB_TYPE_CASTER(taeda::DType, const_name("dtype"))
  bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
    return taeda::python::read_dtype(source.ptr(), value);
  }
  static handle from_cpp(taeda::DType dtype, rv_policy, cleanup_list*) noexcept {
    return handle(taeda::python::api().dtypes[static_cast<int>(dtype)]).inc_ref();
  }
};

template <>
struct type_caster<taeda::Device> {
  NB_TYPE_CASTER(taeda::Device, io_name("device | str", "device"))
  bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
    return taeda::python::read_device(source.ptr(), value);
  }
  static handle from_cpp(taeda::Device device, rv_policy, cleanup_list*) noexcept {
    return taeda::python::api().device_object(device);
  }
};

template <>
struct type_caster<taeda::Dims> {
  NB_TYPE_CASTER(taeda::Dims, io_name("int | Sequence[int]", "tuple[int, ...]"))
  bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
    return taeda::python::read_dims(source.ptr(), value);
  }
  static handle from_cpp(const taeda::Dims& dims, rv_policy, cleanup_list*) noexcept {
    return taeda::python::tuple_object(dims);
  }
};

}  // namespace nanobind::detail
