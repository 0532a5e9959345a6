// NumPy arrays by way of NumPy's own binary interface, which costs a tenth of the buffer protocol.
#pragma once

#include "bindings.h"

namespace taeda::python {

// What lies behind a NumPy array: the public head of PyArrayObject.
struct ArrayObject {
  PyObject_HEAD;
  char* data;
  int ndim;
  Py_ssize_t* shape;
  Py_ssize_t* strides;  // in bytes
  PyObject* base;
  PyObject* dtype;
  int flags;

  static constexpr int kAligned = 0x0100, kWritable = 0x0400;
};

// The functions and objects of NumPy that are used here; looked up when they are first needed.
class NumpyApi {
 public:
  static const NumpyApi& get();

  // An array on memory that `owner` (a new reference, taken over) keeps alive.
  nb::object array(DType dtype, int ndim, const Py_ssize_t* shape, const Py_ssize_t* strides,
                   void* data, bool writable, nb::object owner) const;
  // False where the array's elements have no dtype here or not the machine's byte order.
  bool read_dtype(const ArrayObject& array, DType& dtype) const;
  PyTypeObject* array_type() const { return array_type_; }

 private:
  NumpyApi();

  using NewFromDescr = PyObject* (*)(PyTypeObject*, PyObject*, int, const Py_ssize_t*,
                                     const Py_ssize_t*, void*, int, PyObject*);
  using SetBaseObject = int (*)(PyObject*, PyObject*);

  PyTypeObject* array_type_;
  NewFromDescr new_from_descr_;
  SetBaseObject set_base_object_;
  PyObject* dtypes_[kDTypeCount];  // null: NumPy has none
};

}  // namespace taeda::python
