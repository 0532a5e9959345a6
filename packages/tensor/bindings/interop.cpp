// NumPy and DLPack at the surface: from_numpy, numpy, __array__, from_dlpack, __dlpack__.
#include "interop.h"

#include <nanobind/stl/pair.h>

#include <memory>
#include <string_view>

#include "dlpack.h"
#include "taeda/kernels/registry.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda::python {
namespace {

// Keeps the memory of an exported tensor, and its shape and strides, where DLPack expects pointers.
struct Exported {
  StoragePtr storage;
  Dims shape, strides;
};

dlpack::DataType dlpack_dtype(DType dtype) {
  const uint8_t code = dtype == DType::Bool       ? dlpack::kBool
                       : dtype == DType::BFloat16 ? dlpack::kBfloat
                       : is_floating(dtype)       ? dlpack::kFloat
                       : dtype == DType::UInt8    ? dlpack::kUInt
                                                  : dlpack::kInt;
  return {code, static_cast<uint8_t>(size_of(dtype) * 8), 1};
}

DType dtype_of(dlpack::DataType type) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const dlpack::DataType own = dlpack_dtype(static_cast<DType>(i));
    if (own.code == type.code && own.bits == type.bits && type.lanes == 1)
      return static_cast<DType>(i);
  }
  fail<TypeError>("from_dlpack: elements of DLPack type code ", int{type.code}, " with ",
                  int{type.bits}, " bits and ", type.lanes, " lanes have no dtype here");
}

dlpack::Device place_of(Device device) {
  return {device.type == DeviceType::CUDA ? dlpack::kCUDA : dlpack::kCPU, device.index};
}

// Streams in the numbers of the protocol, which has no 0.
constexpr int64_t kNobody = -1, kDefaultStream = 1;

// The stream, by its number, waits for what the current one of the device has been given.
void let_wait(Device device, int64_t stream) {
  if (stream == kNobody) return;
  const RuntimeKernels& runtime = kernels(device).runtime;
  const StreamHandle current = runtime.current_stream(device.index);
  StreamHandle other = nullptr;
  if (stream != kDefaultStream) other = reinterpret_cast<StreamHandle>(stream);  // NOLINT
  if (other == current) return;
  const EventHandle event = runtime.create_event(device.index, false);
  runtime.record_event(device.index, event, current);
  runtime.wait_event(device.index, other, event);
  runtime.destroy_event(event);
}

template <class M>
M* export_tensor(const TensorBody& tensor) {
  auto context =
      std::make_unique<Exported>(Exported{tensor.storage_ptr(), tensor.shape(), tensor.strides()});
  auto managed = std::make_unique<M>();
  managed->view = {.data = tensor.data(),
                   .device = place_of(tensor.device()),
                   .ndim = tensor.ndim(),
                   .dtype = dlpack_dtype(tensor.dtype()),
                   .shape = context->shape.data(),
                   .strides = context->strides.data(),
                   .byte_offset = 0};
  managed->context = context.release();
  managed->deleter = [](M* self) {
    delete static_cast<Exported*>(self->context);
    delete self;
  };
  return managed.release();
}

// A capsule that nobody has taken frees what it holds.
template <class M>
void destroy_capsule(PyObject* capsule) {
  const char* name = PyCapsule_GetName(capsule);
  if (!PyCapsule_IsValid(capsule, name)) return;
  if (std::string_view(name) != dlpack::kName && std::string_view(name) != dlpack::kVersionedName)
    return;
  auto* managed = static_cast<M*>(PyCapsule_GetPointer(capsule, name));
  if (managed && managed->deleter) managed->deleter(managed);
}

template <class M>
nb::object capsule_of(M* managed, const char* name) {
  PyObject* capsule = PyCapsule_New(managed, name, destroy_capsule<M>);
  if (!capsule) {
    managed->deleter(managed);
    throw nb::python_error();
  }
  return nb::steal(capsule);
}

nb::object to_dlpack(const Tensor& self, nb::handle stream, nb::handle max_version,
                     nb::handle dl_device, nb::handle copy) {
  if (self->requires_grad) {
    PyErr_SetString(
        PyExc_BufferError,
        "__dlpack__: a tensor that requires grad cannot be exported; use tensor.detach()");
    throw nb::python_error();
  }
  if (!stream.is_none() && self.device().type == DeviceType::CPU) {
    fail<RuntimeError>("__dlpack__: a CPU tensor has no stream; pass stream=None");
  }
  if (!dl_device.is_none()) {
    const auto wanted = nb::cast<std::pair<int, int>>(nb::tuple(dl_device));
    if (wanted.first != place_of(self.device()).type) {
      PyErr_SetString(PyExc_BufferError, "__dlpack__: export to another device is not possible");
      throw nb::python_error();
    }
  }
  const bool copied = !copy.is_none() && nb::cast<bool>(copy);
  const Tensor exported = copied ? clone(self) : self;
  // After the copy, which the reader has to wait for too.
  if (self.device().type == DeviceType::CUDA) {
    let_wait(self.device(), stream.is_none() ? kDefaultStream : nb::cast<int64_t>(stream));
  }
  const bool versioned = !max_version.is_none() && nb::cast<int>(nb::tuple(max_version)[0]) >= 1;
  const bool writable = exported->storage().writable();
  if (!versioned) {
    if (!writable) {
      PyErr_SetString(PyExc_BufferError,
                      "__dlpack__: the memory is read-only, which only DLPack 1 can say; pass "
                      "max_version=(1, 0) or use tensor.clone()");
      throw nb::python_error();
    }
    return capsule_of(export_tensor<dlpack::Managed>(*exported), dlpack::kName);
  }
  auto* managed = export_tensor<dlpack::ManagedVersioned>(*exported);
  managed->version = {1, 0};
  managed->flags = (writable ? 0 : dlpack::kReadOnly) | (copied ? dlpack::kIsCopied : 0);
  return capsule_of(managed, dlpack::kVersionedName);
}

template <class M>
Tensor import_tensor(M* managed, bool writable) {
  // Whatever goes wrong from here on, the producer gets its memory back.
  std::unique_ptr<M, void (*)(M*)> owner(managed, [](M* taken) {
    if (taken->deleter) taken->deleter(taken);
  });
  const dlpack::TensorView& view = managed->view;
  Device device;
  if (view.device.type == dlpack::kCUDA && has_kernels(DeviceType::CUDA)) {
    device = {DeviceType::CUDA, static_cast<int8_t>(view.device.index)};
  } else if (view.device.type != dlpack::kCPU) {
    fail<RuntimeError>("from_dlpack: the memory is on device type ", view.device.type,
                       "; installed: cpu (1). Copy it to the CPU first");
  }
  const DType dtype = dtype_of(view.dtype);
  const Dims shape(Sizes(view.shape, static_cast<size_t>(view.ndim)));
  Dims strides = view.strides ? Dims(Sizes(view.strides, static_cast<size_t>(view.ndim)))
                              : contiguous_strides(shape);
  int64_t low = 0, high = 0;
  bool none = false;
  for (int d = 0; d < shape.size(); ++d) {
    none |= shape[d] == 0;
    (strides[d] < 0 ? low : high) += (shape[d] - 1) * strides[d];
  }
  if (none) low = 0, high = -1, strides = contiguous_strides(shape);
  const int64_t size = size_of(dtype);
  char* start = static_cast<char*>(view.data) + view.byte_offset + low * size;
  auto* storage = Storage::adopt(start, (high - low + 1) * size, device, writable, [managed] {
    if (!managed->deleter || !Py_IsInitialized()) return;
    const PyGILState_STATE state = PyGILState_Ensure();  // a producer's deleter may be Python's
    managed->deleter(managed);
    PyGILState_Release(state);
  });
  owner.release();
  return Tensor::make(StoragePtr(storage), -low, shape, std::move(strides), dtype);
}

// The stream that will read the memory, for the producer to order its work before.
nb::object stream_for(nb::handle source) {
  if (!nb::hasattr(source, "__dlpack_device__")) return nb::none();
  const auto [type, index] =
      nb::cast<std::pair<int, int>>(nb::tuple(source.attr("__dlpack_device__")()));
  if (type != dlpack::kCUDA || !has_kernels(DeviceType::CUDA)) return nb::none();
  const Device device{DeviceType::CUDA, static_cast<int8_t>(index)};
  const auto current = kernels(device).runtime.current_stream(device.index);
  return nb::int_(current ? reinterpret_cast<int64_t>(current) : kDefaultStream);
}

nb::object request_capsule(nb::handle source) {
  if (PyCapsule_CheckExact(source.ptr())) return nb::borrow(source);
  if (!nb::hasattr(source, "__dlpack__")) {
    fail<TypeError>("from_dlpack: the object needs a __dlpack__ method, got ",
                    Py_TYPE(source.ptr())->tp_name);
  }
  const nb::object stream = stream_for(source);
  const nb::object give = source.attr("__dlpack__");
  try {
    return give(nb::arg("stream") = stream, nb::arg("max_version") = nb::make_tuple(1, 0));
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_TypeError)) throw;
    // A producer from before version 1.
    return stream.is_none() ? give() : give(nb::arg("stream") = stream);
  }
}

Tensor from_dlpack(nb::handle source) {
  const nb::object capsule = request_capsule(source);
  if (PyCapsule_IsValid(capsule.ptr(), dlpack::kVersionedName)) {
    auto* managed = static_cast<dlpack::ManagedVersioned*>(
        PyCapsule_GetPointer(capsule.ptr(), dlpack::kVersionedName));
    if (managed->version.major > 1) {
      fail<RuntimeError>("from_dlpack: version ", managed->version.major, ".",
                         managed->version.minor,
                         " is newer than version 1, which is understood here");
    }
    PyCapsule_SetName(capsule.ptr(), dlpack::kUsedVersionedName);
    return import_tensor(managed, !(managed->flags & dlpack::kReadOnly));
  }
  if (!PyCapsule_IsValid(capsule.ptr(), dlpack::kName)) {
    fail<RuntimeError>("from_dlpack: the capsule holds no tensor, or has been used before");
  }
  auto* managed = static_cast<dlpack::Managed*>(PyCapsule_GetPointer(capsule.ptr(), dlpack::kName));
  PyCapsule_SetName(capsule.ptr(), dlpack::kUsedName);
  return import_tensor(managed, true);
}

nb::object numpy_method(const Tensor& self, bool force) {
  return to_array(force ? *alias(*self) : *self, "numpy");
}

nb::object array_method(const TensorBody& self, nb::handle dtype, nb::handle copy) {
  nb::object array = to_array(self, "__array__");
  const bool must_copy = !copy.is_none() && nb::cast<bool>(copy);
  const bool may_copy = copy.is_none() || must_copy;
  if (!dtype.is_none() && !array.attr("dtype").equal(dtype)) {
    if (!may_copy)
      fail<ValueError>("__array__: another dtype needs a copy, which copy=False forbids");
    return array.attr("astype")(dtype);
  }
  return must_copy ? nb::object(array.attr("copy")()) : array;
}

}  // namespace

void bind_interop(nb::module_& m, TensorClass& tensor) {
  m.def(
      "from_numpy",
      [](nb::handle array) {
        if (!is_array(array.ptr())) {
          fail<TypeError>("from_numpy: expected np.ndarray (got ", Py_TYPE(array.ptr())->tp_name,
                          "); use as_tensor() for other objects");
        }
        return from_array("from_numpy", array);
      },
      nb::arg("ndarray").none(),
      "A tensor on the memory of a NumPy array: a write into one is seen in the other.\n\n"
      "A read-only array makes a tensor that cannot be written.");
  m.def("from_dlpack", from_dlpack, nb::arg("ext_tensor").none(),
        "A tensor on the memory of any object with __dlpack__.");
  m.def(
      "_from_buffer", [](nb::handle object) { return from_buffer("frombuffer", object.ptr()); },
      nb::arg("buffer"));
  m.def("_is_array", [](nb::handle object) { return is_array(object.ptr()); }, nb::arg("object"));
  tensor
      .def("numpy", numpy_method, nb::kw_only(), nb::arg("force") = false,
           nb::sig("def numpy(self, *, force: bool = False) -> Any"),
           "A NumPy array on the same memory. bfloat16 needs the package ml_dtypes.")
      .def("__array__", array_method, nb::arg("dtype") = nb::none(), nb::arg("copy") = nb::none(),
           nb::sig("def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any"))
      .def("__dlpack__", to_dlpack, nb::kw_only(), nb::arg("stream") = nb::none(),
           nb::arg("max_version") = nb::none(), nb::arg("dl_device") = nb::none(),
           nb::arg("copy") = nb::none(),
           nb::sig(
               "def __dlpack__(self, *, stream: Any = None, max_version: tuple[int, int] | None = "
               "None, dl_device: tuple[int, int] | None = None, copy: bool | None = None) -> Any"))
      .def(
          "__dlpack_device__",
          [](const TensorBody& self) {
            const bool cuda = self.device().type == DeviceType::CUDA;
            return nb::make_tuple(cuda ? int{dlpack::kCUDA} : int{dlpack::kCPU},
                                  int{self.device().index});
          },
          nb::sig("def __dlpack_device__(self) -> tuple[int, int]"));
}

}  // namespace taeda::python
