// The class Tensor: its attributes. Operations are added to it by the files of their families.
#include <atomic>

#include "options.h"
#include "slots.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/views.h"

namespace taeda::python {

void set_tensor_type(PyTypeObject* type);

namespace {

// An instance of a Python subclass on the memory of `data`: parameters and buffers.
nb::object make_subclass(nb::handle type, const TensorBody& data, bool requires_grad) {
  nb::object instance = nb::inst_alloc(type);
  auto* body = nb::inst_ptr<TensorBody>(instance);
  new (body)
      TensorBody(data.storage_ptr(), data.offset(), data.shape(), data.strides(), data.dtype());
  nb::inst_mark_ready(instance);
  body->set_owner(instance.ptr());
  body->requires_grad = requires_grad;
  return instance;
}

void set_requires_grad(TensorBody& body, bool requires_grad) {
  if (requires_grad) check_may_require_grad(body);
  body.requires_grad = requires_grad;
}

void set_grad(TensorBody& body, nb::handle value) {
  if (value.is_none()) {
    body.grad = nullptr;
    return;
  }
  if (!is_tensor(value.ptr())) {
    fail<TypeError>("grad: expected a Tensor or None, got ", Py_TYPE(value.ptr())->tp_name);
  }
  TensorBody* grad = body_of(value.ptr());
  if (grad->shape() != body.shape() || grad->dtype() != body.dtype()) {
    fail<RuntimeError>("grad: the gradient has shape ", grad->shape(), " and dtype ", grad->dtype(),
                       ", its tensor shape ", body.shape(), " and dtype ", body.dtype());
  }
  if (grad == &body) fail<RuntimeError>("grad: a tensor cannot be its own gradient");
  body.grad = grad;
}

void set_data(TensorBody& body, const TensorBody& other) {
  body.reset(other.storage_ptr(), other.offset(), other.shape(), other.strides(), other.dtype());
}

nb::object as_object(PyObject* owned) { return nb::steal(owned); }

nb::object size(const TensorBody& body, nb::handle dim) {
  if (dim.is_none()) return as_object(size_object(body.shape()));
  return nb::int_(body.size(wrap_dim("size", nb::cast<int64_t>(dim), body.ndim())));
}
nb::object stride(const TensorBody& body, nb::handle dim) {
  if (dim.is_none()) return as_object(tuple_object(body.strides()));
  return nb::int_(body.strides()[wrap_dim("stride", nb::cast<int64_t>(dim), body.ndim())]);
}

// As many dead Tensor objects are kept, with the memory of their bodies, for the next ones.
constexpr uint32_t kPooledTensors = 1024;

// Whether this thread holds the interpreter: every change of a count asks, and PyGILState_Check
// takes its time.
bool holds_interpreter() {
#if PY_VERSION_HEX >= 0x030D0000
  return PyThreadState_GetUnchecked() != nullptr;
#elif PY_VERSION_HEX >= 0x030C0000
  return _PyThreadState_UncheckedGet() != nullptr;
#else
  // The state of whichever thread holds it. It is looked into only where it was this thread's own,
  // and may since have become that of another.
  TAEDA_NEAR static thread_local const PyThreadState* own = nullptr;
  const PyThreadState* current = _PyThreadState_UncheckedGet();
  if (current && current == own && current->thread_id == PyThread_get_thread_ident()) return true;
  if (!PyGILState_Check()) return false;
  own = current;
  return true;
#endif
}

// Only a thread that holds the interpreter can make objects.
BodyPlace take_place() {
  if (!holds_interpreter()) return {};
  nb::object object = nb::inst_alloc(reinterpret_cast<PyObject*>(api().tensor_type));
  void* memory = nb::inst_ptr<TensorBody>(object);
  return {memory, object.release().ptr()};
}
void place_ready(void* object) { nb::inst_mark_ready(static_cast<PyObject*>(object)); }
void abandon_place(void* object) { Py_DECREF(static_cast<PyObject*>(object)); }

// Counts of bodies may change on threads that do not hold the interpreter.
template <class Change>
void with_interpreter(Change&& change) noexcept {
  if (holds_interpreter()) return change();
  if (!Py_IsInitialized()) return;  // after the interpreter's end there is nobody to tell
  const PyGILState_STATE state = PyGILState_Ensure();
  change();
  PyGILState_Release(state);
}
void increase(void* object) noexcept {
  with_interpreter([object] { Py_INCREF(static_cast<PyObject*>(object)); });
}
void decrease(void* object) noexcept {
  with_interpreter([object] { Py_DECREF(static_cast<PyObject*>(object)); });
}
int64_t count_of(void* object) noexcept { return Py_REFCNT(static_cast<PyObject*>(object)); }

// The attributes that every module reads are descriptors of the C API, which take half as long.
PyGetSetDef getters[] = {
    {"shape", [](PyObject* self, void*) { return size_object(body_of(self)->shape()); }, nullptr,
     "The sizes of the dimensions.", nullptr},
    {"dtype",
     [](PyObject* self, void*) {
       return Py_NewRef(api().dtypes[static_cast<int>(body_of(self)->dtype())]);
     },
     nullptr, "The type of the elements.", nullptr},
    {"device", [](PyObject* self, void*) { return api().device_object(body_of(self)->device()); },
     nullptr, "Where the memory lives.", nullptr},
    {"ndim", [](PyObject* self, void*) { return PyLong_FromLong(body_of(self)->ndim()); }, nullptr,
     "The number of dimensions.", nullptr},
};
void add_getters(TensorClass& tensor) {
  for (PyGetSetDef& getter : getters) {
    PyObject* descriptor =
        PyDescr_NewGetSet(reinterpret_cast<PyTypeObject*>(tensor.ptr()), &getter);
    if (!descriptor) throw nb::python_error();
    nb::setattr(tensor, getter.name, nb::steal(descriptor));
  }
}

}  // namespace

TensorClass bind_tensor(nb::module_& m) {
  static std::vector<PyType_Slot> slots = number_slots();
  TensorClass tensor(m, "Tensor", nb::type_slots(slots.data()), nb::dynamic_attr(),
                     nb::is_weak_referenceable(), nb::pooled(kPooledTensors),
                     "A multi-dimensional array: a strided view of a storage.");
  set_tensor_type(reinterpret_cast<PyTypeObject*>(tensor.ptr()));
  Counted::install_owners({increase, decrease, count_of});
  install_body_places({take_place, place_ready, abandon_place});

  add_getters(tensor);
  tensor
      .def_prop_rw(
          "requires_grad", [](const TensorBody& self) { return self.requires_grad; },
          set_requires_grad, "Whether operations on the tensor are recorded.")
      .def_prop_rw(
          "grad", [](const TensorBody& self) { return Tensor(self.grad); }, set_grad,
          nb::for_setter(nb::arg("grad").none()),
          nb::for_getter(nb::sig("def grad(self) -> Tensor | None")),
          "The gradient that backward() has accumulated, or None.")
      .def_prop_rw(
          "data", [](const TensorBody& self) { return alias(self); }, set_data,
          "The same memory without history; assigning replaces the memory.")
      .def_prop_ro(
          "_base", [](const TensorBody& self) { return Tensor(self.base); },
          nb::sig("def _base(self) -> Tensor | None"))
      .def_prop_ro(
          "_version",
          [](const TensorBody& self) {
            if (self.storage().is_inference()) {
              fail<RuntimeError>("_version: Inference tensors do not track version counter.");
            }
            return self.version();
          })
      .def(
          "is_inference", [](const TensorBody& self) { return self.storage().is_inference(); },
          "Whether the memory of the tensor was made in inference mode.")
      .def_prop_ro("itemsize", [](const TensorBody& self) { return size_of(self.dtype()); })
      .def_prop_ro("nbytes",
                   [](const TensorBody& self) { return self.numel() * size_of(self.dtype()); })
      .def_prop_ro("is_cuda",
                   [](const TensorBody& self) { return self.device().type == DeviceType::CUDA; })
      .def_prop_ro("is_cpu",
                   [](const TensorBody& self) { return self.device().type == DeviceType::CPU; })
      .def("size", size, nb::arg("dim") = nb::none(),
           nb::sig("def size(self, dim: int | None = None) -> Size | int"),
           "The sizes, or the size of one dimension.")
      .def("stride", stride, nb::arg("dim") = nb::none(),
           nb::sig("def stride(self, dim: int | None = None) -> tuple[int, ...] | int"),
           "The strides in elements, or that of one dimension.")
      .def("dim", &TensorBody::ndim, "The number of dimensions.")
      .def("ndimension", &TensorBody::ndim)
      .def("numel", &TensorBody::numel, "The number of elements.")
      .def("nelement", &TensorBody::numel)
      .def(
          "element_size", [](const TensorBody& self) { return size_of(self.dtype()); },
          "Bytes of an element.")
      .def("storage_offset", &TensorBody::offset, "Where the view begins, in elements.")
      .def(
          "data_ptr",
          [](const TensorBody& self) { return reinterpret_cast<uintptr_t>(self.data()); },
          "The address of the first element.")
      .def(
          "is_contiguous",
          [](const TensorBody& self, nb::handle format) {
            if (format.is_none()) return self.is_contiguous();
            const NamedFormat named = format_of("is_contiguous", format);
            return named.fits(self) && lies_in(named.format, self);
          },
          nb::arg("memory_format") = nb::none(),
          "Whether the elements lie row-major (in memory_format) without gaps.")
      .def("is_floating_point", [](const TensorBody& self) { return is_floating(self.dtype()); })
      .def("is_signed", [](const TensorBody& self) { return facts(self.dtype()).is_signed; })
      .def(
          "requires_grad_",
          [](nb::handle_t<TensorBody> self, bool requires_grad) {
            nb::setattr(self, "requires_grad", nb::bool_(requires_grad));
            return nb::borrow(self);
          },
          nb::arg("requires_grad") = true,
          nb::sig("def requires_grad_(self, requires_grad: bool = True) -> Tensor"),
          "Sets requires_grad and returns the tensor.")
      .def(
          "item", [](const TensorBody& self) { return item(self); },
          "The one element as a Python number.")
      .def(
          "detach", [](const TensorBody& self) { return alias(self); },
          "The same memory, without history.")
      .def_static("_make_subclass", make_subclass, nb::arg("cls"), nb::arg("data"),
                  nb::arg("requires_grad") = false);
  tensor.attr("grad") = tensor.attr("grad").attr("deleter")(
      nb::cpp_function([](TensorBody& self) { self.grad = {}; }));
  return tensor;
}

}  // namespace taeda::python
