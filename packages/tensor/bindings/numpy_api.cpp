#include "numpy_api.h"

namespace taeda::python {
namespace {

// Places in the table of NumPy's C interface; they are part of its binary interface and never move.
constexpr int kArrayType = 2, kNewFromDescr = 94, kSetBaseObject = 282;

constexpr const char* kNames[kDTypeCount] = {"bool",  "uint8",   "int8",  "int16",   "int32",
                                             "int64", "float16", nullptr, "float32", "float64"};

}  // namespace

const NumpyApi& NumpyApi::get() {
  static const auto* api = new NumpyApi;  // its objects live as long as the process
  return *api;
}

NumpyApi::NumpyApi() {
  const nb::module_ numpy = nb::module_::import_("numpy");
  nb::object core;
  try {
    core = nb::module_::import_("numpy._core._multiarray_umath");
  } catch (nb::python_error&) {
    core = nb::module_::import_("numpy.core._multiarray_umath");  // before NumPy 2
  }
  const nb::object capsule = core.attr("_ARRAY_API");
  void** table = static_cast<void**>(PyCapsule_GetPointer(capsule.ptr(), nullptr));
  if (!table) throw nb::python_error();
  array_type_ = static_cast<PyTypeObject*>(table[kArrayType]);
  new_from_descr_ = reinterpret_cast<NewFromDescr>(table[kNewFromDescr]);
  set_base_object_ = reinterpret_cast<SetBaseObject>(table[kSetBaseObject]);
  for (int i = 0; i < kDTypeCount; ++i) {
    dtypes_[i] = kNames[i] ? numpy.attr("dtype")(kNames[i]).release().ptr() : nullptr;
  }
}

nb::object NumpyApi::array(DType dtype, int ndim, const Py_ssize_t* shape,
                           const Py_ssize_t* strides, void* data, bool writable,
                           nb::object owner) const {
  PyObject* array =
      new_from_descr_(array_type_, Py_NewRef(dtypes_[static_cast<int>(dtype)]), ndim, shape,
                      strides, data, writable ? ArrayObject::kWritable : 0, nullptr);
  if (!array) throw nb::python_error();
  nb::object result = nb::steal(array);
  if (set_base_object_(array, owner.release().ptr()) < 0) throw nb::python_error();
  return result;
}

bool NumpyApi::read_dtype(const ArrayObject& array, DType& dtype) const {
  for (int i = 0; i < kDTypeCount; ++i) {
    if (array.dtype != dtypes_[i]) continue;
    dtype = static_cast<DType>(i);
    return true;
  }
  return false;
}

}  // namespace taeda::python
