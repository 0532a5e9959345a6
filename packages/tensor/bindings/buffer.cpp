// The buffer protocol in both directions, and NumPy on top of it.
#include <nanobind/stl/string.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "interop.h"
#include "numpy_api.h"

namespace taeda::python {
namespace {

constexpr const char* kFormats[kDTypeCount] = {"?", "B", "b",     "h", "i",
                                               "q", "e", nullptr, "f", "d"};

// What a buffer that a tensor has given out refers to: the memory lives as long as the buffer,
// whatever the tensor is made to show meanwhile.
struct Export {
  StoragePtr storage;
  std::vector<Py_ssize_t> shape, strides;
};

bool fortran_contiguous(const TensorBody& tensor) {
  int64_t step = 1;
  for (int d = 0; d < tensor.ndim(); ++d) {
    if (tensor.size(d) != 1 && tensor.strides()[d] != step) return tensor.numel() == 0;
    step *= tensor.size(d);
  }
  return true;
}

// Why the memory cannot be given out in this way, or null.
const char* refusal(const TensorBody& tensor, int flags) {
  if (tensor.device().type != DeviceType::CPU)
    return "buffer: only CPU tensors have a buffer; use .cpu()";
  if (tensor.requires_grad) {
    return "buffer: a tensor that requires grad has no buffer; use tensor.detach()";
  }
  if (!kFormats[static_cast<int>(tensor.dtype())]) {
    return "buffer: the buffer protocol has no bfloat16; use tensor.float()";
  }
  if ((flags & PyBUF_WRITABLE) && !tensor.storage().writable()) {
    return "buffer: the memory is read-only; use tensor.clone()";
  }
  if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS) {
    return fortran_contiguous(tensor) ? nullptr : "buffer: the tensor is not Fortran-contiguous";
  }
  const bool any_strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES &&
                           (flags & PyBUF_C_CONTIGUOUS) != PyBUF_C_CONTIGUOUS;
  if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && fortran_contiguous(tensor)) {
    return nullptr;
  }
  if (any_strides && (flags & PyBUF_ANY_CONTIGUOUS) != PyBUF_ANY_CONTIGUOUS) return nullptr;
  return tensor.is_contiguous() ? nullptr
                                : "buffer: the tensor is not contiguous; use .contiguous()";
}

// The dtype of a struct-style format of one character; false for others.
bool dtype_of_format(const char* format, Py_ssize_t size, DType& dtype) {
  if (!format) format = "B";
  if (*format == '@' || *format == '=' || *format == '<') ++format;
  if (!*format || format[1]) return false;
  if (std::strchr("bhilqn", *format)) {
    constexpr DType integers[] = {DType::Int8, DType::Int16, DType::Int32, DType::Int64};
    for (DType candidate : integers) {
      if (size_of(candidate) == size) return dtype = candidate, true;
    }
    return false;
  }
  for (int i = 0; i < kDTypeCount; ++i) {
    if (kFormats[i] && *format == *kFormats[i] && size_of(static_cast<DType>(i)) == size) {
      dtype = static_cast<DType>(i);
      return true;
    }
  }
  return false;
}

constexpr const char* kSupported =
    "; supported are bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32 and "
    "float64";

struct HeldBuffer {
  Py_buffer view{};
  ~HeldBuffer() {
    if (view.obj) PyBuffer_Release(&view);
  }
};

// Released where the last tensor goes, which may be a thread that does not hold the interpreter.
void release_held(HeldBuffer* held) {
  if (!Py_IsInitialized()) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  delete held;
  PyGILState_Release(state);
}

void release_object(PyObject* object) {
  if (!Py_IsInitialized()) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  Py_DECREF(object);
  PyGILState_Release(state);
}

// Strided memory of somebody else; strides in bytes.
struct ForeignMemory {
  void* data;
  DType dtype;
  int ndim;
  const Py_ssize_t *shape, *strides;
  bool writable;
};

// A tensor on it; `release` is called when the last tensor is gone.
template <class Release>
Tensor on_memory(const char* function, const ForeignMemory& memory, Release release) {
  const int64_t size = size_of(memory.dtype);
  Dims shape(memory.ndim, 0), strides(memory.ndim, 0);
  int64_t low = 0, high = 0;
  bool none = false;
  for (int d = 0; d < memory.ndim; ++d) {
    shape[d] = memory.shape[d];
    if (memory.strides[d] % size != 0) {
      fail<ValueError>(function, ": the stride ", memory.strides[d], " of dimension ", d,
                       " is no multiple of the element size ", size, "; use array.copy()");
    }
    strides[d] = memory.strides[d] / size;
    none |= shape[d] == 0;
    (strides[d] < 0 ? low : high) += (shape[d] - 1) * strides[d];
  }
  if (none) low = 0, high = -1, strides = contiguous_strides(shape);
  if (reinterpret_cast<uintptr_t>(memory.data) % static_cast<uintptr_t>(size) != 0) {
    fail<ValueError>(function, ": the memory of the array is not aligned; use array.copy()");
  }
  auto* storage = Storage::adopt(static_cast<char*>(memory.data) + low * size,
                                 (high - low + 1) * size, {}, memory.writable, release);
  return Tensor::make(StoragePtr(storage), -low, std::move(shape), std::move(strides),
                      memory.dtype);
}

nb::object numpy(const char* name) { return nb::module_::import_("numpy").attr(name); }

}  // namespace

int get_buffer(PyObject* self, Py_buffer* view, int flags) noexcept {
  view->obj = nullptr;
  const TensorBody& tensor = *body_of(self);
  if (const char* reason = refusal(tensor, flags)) {
    PyErr_SetString(PyExc_BufferError, reason);
    return -1;
  }
  try {
    auto held = std::make_unique<Export>();
    held->storage = tensor.storage_ptr();
    const int64_t size = size_of(tensor.dtype());
    for (int d = 0; d < tensor.ndim(); ++d) {
      held->shape.push_back(tensor.size(d));
      held->strides.push_back(tensor.strides()[d] * size);
    }
    view->buf = tensor.data();
    view->len = tensor.numel() * size;
    view->itemsize = size;
    view->readonly = !tensor.storage().writable();
    view->ndim = tensor.ndim();
    view->format = (flags & PyBUF_FORMAT)
                       ? const_cast<char*>(kFormats[static_cast<int>(tensor.dtype())])
                       : nullptr;
    view->shape = (flags & PyBUF_ND) ? held->shape.data() : nullptr;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? held->strides.data() : nullptr;
    view->suboffsets = nullptr;
    view->internal = held.release();
  } catch (...) {
    set_python_error();
    return -1;
  }
  view->obj = Py_NewRef(self);
  return 0;
}

void release_buffer(PyObject*, Py_buffer* view) noexcept {
  delete static_cast<Export*>(view->internal);
  view->internal = nullptr;
}

Tensor from_buffer(const char* function, PyObject* object) {
  auto held = std::make_unique<HeldBuffer>();
  Py_buffer& view = held->view;
  if (PyObject_GetBuffer(object, &view, PyBUF_RECORDS_RO) < 0) {
    PyErr_Clear();
    fail<TypeError>(function, ": no tensor can be made from this ", Py_TYPE(object)->tp_name,
                    ": its elements have no plain type", kSupported);
  }
  DType dtype;
  if (!dtype_of_format(view.format, view.itemsize, dtype)) {
    const char* format = view.format ? view.format : "B";
    if (*format == '>' || *format == '!') {
      fail<ValueError>(function,
                       ": the byte order of the array is not the machine's; convert it with "
                       "array.astype(array.dtype.newbyteorder('='))");
    }
    fail<TypeError>(function, ": elements of buffer format '", format, "' have no dtype here",
                    kSupported);
  }
  const Tensor tensor =
      on_memory(function, {view.buf, dtype, view.ndim, view.shape, view.strides, !view.readonly},
                [owner = held.get()] { release_held(owner); });
  held.release();
  return tensor;
}

bool is_array(PyObject* object) {
  if (std::strcmp(Py_TYPE(object)->tp_name, "numpy.ndarray") == 0) return true;
  if (!PyObject_CheckBuffer(object) || is_tensor(object)) return false;
  PyObject* modules = PyImport_GetModuleDict();
  if (!PyDict_GetItemString(modules, "numpy")) return false;
  return nb::isinstance(nb::handle(object), numpy("ndarray"));
}

Tensor from_array(const char* function, nb::handle array) {
  const auto& object = *reinterpret_cast<const ArrayObject*>(array.ptr());
  DType plain;
  if (NumpyApi::get().read_dtype(object, plain)) {
    PyObject* owner = Py_NewRef(array.ptr());
    try {
      return on_memory(function,
                       {object.data, plain, object.ndim, object.shape, object.strides,
                        (object.flags & ArrayObject::kWritable) != 0},
                       [owner] { release_object(owner); });
    } catch (...) {
      Py_DECREF(owner);
      throw;
    }
  }
  const nb::object dtype = array.attr("dtype");
  if (nb::cast<std::string>(nb::str(dtype)) != "bfloat16")
    return from_buffer(function, array.ptr());
  // The buffer protocol has no name for it: its bits are those of int16.
  const nb::object bits = array.attr("view")(numpy("int16"));
  const Tensor bits_tensor = from_buffer(function, bits.ptr());
  bits_tensor->reset(bits_tensor->storage_ptr(), bits_tensor->offset(), bits_tensor->shape(),
                     bits_tensor->strides(), DType::BFloat16);
  return bits_tensor;
}

Tensor array_operand(PyObject* object) {
  return is_array(object) ? from_array("array operand", object) : Tensor();
}

nb::object to_array(const TensorBody& tensor, const char* function) {
  if (tensor.requires_grad) {
    fail<RuntimeError>(function,
                       ": Can't call numpy() on Tensor that requires grad. Use "
                       "tensor.detach().numpy() instead.");
  }
  if (tensor.device().type != DeviceType::CPU) {
    fail<TypeError>(
        function, ": can't convert ", tensor.device(),
        " device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory "
        "first.");
  }
  if (tensor.dtype() != DType::BFloat16) {
    const int64_t size = size_of(tensor.dtype());
    Dims strides(tensor.strides());
    for (int64_t& stride : strides) stride *= size;
    static_assert(sizeof(Py_ssize_t) == sizeof(int64_t));
    return NumpyApi::get().array(tensor.dtype(), tensor.ndim(), tensor.shape().begin(),
                                 strides.begin(), tensor.data(), tensor.storage().writable(),
                                 nb::steal(to_python(alias(tensor))));
  }
  nb::object bfloat16;
  try {
    bfloat16 = nb::module_::import_("ml_dtypes").attr("bfloat16");
  } catch (nb::python_error&) {
    fail<TypeError>(function,
                    ": NumPy has no bfloat16; convert with tensor.float() first, or install "
                    "ml_dtypes");
  }
  const Tensor bits = alias(tensor);
  bits->reset(bits->storage_ptr(), bits->offset(), bits->shape(), bits->strides(), DType::Int16);
  return numpy("asarray")(nb::steal(to_python(bits))).attr("view")(bfloat16);
}

}  // namespace taeda::python
