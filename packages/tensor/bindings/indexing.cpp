// tensor[index] and tensor[index] = value. Ints, slices, None and ... make views here; tensors, lists and
// masks gather and scatter (see ops/indexing.h).
#include "bindings.h"
#include "slots.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/views.h"

namespace taeda::python {
namespace {

int64_t index_value(PyObject* object) {
  const Py_ssize_t value = PyNumber_AsSsize_t(object, PyExc_IndexError);
  if (value == -1 && PyErr_Occurred()) throw nb::python_error();
  return value;
}

bool is_plain_index(PyObject* object) {
  return PyLong_CheckExact(object) || (PyIndex_Check(object) && !PyBool_Check(object) &&
                                       !is_tensor(object) && !PyObject_HasAttrString(object, "shape"));
}

Tensor sliced(const Tensor& input, int dim, PyObject* object) {
  Py_ssize_t start, stop, step;
  if (PySlice_Unpack(object, &start, &stop, &step) < 0) throw nb::python_error();
  if (step < 0) {
    fail<ValueError>("index: the step of a slice must be positive, got ", step, "; use flip()");
  }
  return slice(input, dim, start, stop, step);
}

// One index, neither tensor nor list, applied at `dim`, which moves on. False for an advanced index.
bool apply_basic(Tensor& result, PyObject* index, int& dim) {
  if (is_plain_index(index)) {
    result = select(result, dim, index_value(index));
  } else if (PySlice_Check(index)) {
    if (dim >= result.ndim()) {
      fail<IndexError>("index: too many indices for a tensor of dimension ", result.ndim());
    }
    result = sliced(result, dim++, index);
  } else if (index == Py_None) {
    result = unsqueeze(result, dim++);
  } else {
    return false;
  }
  return true;
}

int dims_used(PyObject* index) { return index == Py_None || index == Py_Ellipsis ? 0 : 1; }

// The view that an index of ints, slices, None and one ... gives; undefined for an advanced index.
Tensor basic(const Tensor& input, PyObject* index) {
  Tensor result = input;
  int dim = 0;
  if (!PyTuple_Check(index)) {
    if (index == Py_Ellipsis) return view(input, input.shape());
    return apply_basic(result, index, dim) ? result : Tensor();
  }
  const Py_ssize_t count = PyTuple_GET_SIZE(index);
  int used = 0;
  for (Py_ssize_t i = 0; i < count; ++i) used += dims_used(PyTuple_GET_ITEM(index, i));
  bool ellipsis = false;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* part = PyTuple_GET_ITEM(index, i);
    if (part == Py_Ellipsis) {
      if (ellipsis) fail<IndexError>("index: only one ... may appear");
      ellipsis = true;
      dim += input.ndim() - used;
    } else {
      if (is_plain_index(part) && dim >= result.ndim()) {
        fail<IndexError>("index: too many indices for a tensor of shape ", input.shape());
      }
      if (!apply_basic(result, part, dim)) return Tensor();
    }
  }
  return count == 0 || result.body() == input.body() ? view(input, input.shape()) : result;
}

}  // namespace

PyObject* subscript_slot(PyObject* self, PyObject* index) noexcept {
  return slot([&]() -> PyObject* {
    const Tensor result = basic(Tensor(body_of(self)), index);
    if (!result.defined()) fail<TypeError>("index: unsupported index ", Py_TYPE(index)->tp_name);
    return to_python(result);
  });
}

int assign_slot(PyObject* self, PyObject* index, PyObject* value) noexcept {
  PyObject* done = slot([&]() -> PyObject* {
    if (!value) fail<TypeError>("index: elements of a tensor cannot be deleted");
    const Tensor target = basic(Tensor(body_of(self)), index);
    if (!target.defined()) fail<TypeError>("index: unsupported index ", Py_TYPE(index)->tp_name);
    SlotOperand source;
    if (!source.read(value)) {
      fail<TypeError>("index: a tensor or a number is needed on the right, got ",
                      Py_TYPE(value)->tp_name);
    }
    if (source.body()->wrapped_number) fill_(target, item(*source.body()));
    else copy_(target, Tensor(source.body()));
    return Py_None;
  });
  return done ? 0 : -1;
}

void bind_indexing(nb::module_&, TensorClass&) {}

}  // namespace taeda::python
