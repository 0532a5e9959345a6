// tensor[index] and tensor[index] = value. Ints, slices, None and ... make views; tensors, lists,
// arrays and masks among them name elements (see ops/indexing.h).
#include "taeda/tensor/ops/indexing.h"

#include "bindings.h"
#include "indexing.h"
#include "slots.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/views.h"

namespace taeda::python {

Tensor index_tensor(PyObject* object) {
  if (is_tensor(object)) {
    const Tensor tensor(body_of(object));
    return tensor.dtype() == DType::UInt8 ? to(tensor, DType::Bool) : tensor;
  }
  if (PyBool_Check(object)) return scalar_tensor(object == Py_True, DType::Bool);
  if (PyFloat_Check(object) || PyUnicode_Check(object) || PyDict_Check(object)) {
    fail<IndexError>(
        "index: only integers, slices, None, ..., tensors, sequences and arrays can be an "
        "index, got ",
        Py_TYPE(object)->tp_name);
  }
  static PyObject* make =
      nb::object(nb::module_::import_("taeda_tensor").attr("as_tensor")).release().ptr();
  const bool is_array =
      PyList_Check(object) || PyTuple_Check(object) || PyObject_HasAttrString(object, "__array__");
  const nb::object source = is_array ? nb::borrow(object) : nb::steal(PySequence_List(object));
  if (!source.is_valid()) {
    PyErr_Clear();
    fail<IndexError>("index: unsupported index ", Py_TYPE(object)->tp_name);
  }
  const Tensor tensor = nb::cast<Tensor>(nb::handle(make)(source));
  return tensor.numel() == 0 && is_floating(tensor.dtype()) ? to(tensor, DType::Int64) : tensor;
}

namespace {

int64_t index_value(PyObject* object) {
  const Py_ssize_t value = PyNumber_AsSsize_t(object, PyExc_IndexError);
  if (value == -1 && PyErr_Occurred()) throw nb::python_error();
  return value;
}

bool is_plain_index(PyObject* object) {
  return PyLong_CheckExact(object) ||
         (PyIndex_Check(object) && !PyBool_Check(object) && !is_tensor(object) &&
          !PyObject_HasAttrString(object, "__array__"));
}

// An integer tensor without dimensions is an int, as are NumPy's integers.
bool is_scalar_index(PyObject* object) {
  if (is_plain_index(object)) return true;
  if (is_tensor(object)) {
    const TensorBody& body = *body_of(object);
    return body.ndim() == 0 && is_integral(body.dtype());
  }
  if (PyBool_Check(object) || !PyIndex_Check(object)) return false;
  Scalar number;
  return read_number(object, number) && number.kind() == DType::Int64;
}

Tensor sliced(const Tensor& input, int dim, PyObject* object) {
  Py_ssize_t start, stop, step;
  if (PySlice_Unpack(object, &start, &stop, &step) < 0) throw nb::python_error();
  if (step <= 0) {
    fail<ValueError>("index: the step of a slice must be positive, got ", step, "; use flip()");
  }
  if (start == 0 && stop >= input->size(dim) && step == 1) return input;
  return slice(input, dim, start, stop, step);
}

// What an index stands for: a view of the input, then the tensors that name elements of it.
struct Parsed {
  Tensor view;
  Indices indices;  // one for each of the view's first dimensions; trailing ones are left out
};

int dims_used(PyObject* index) {
  if (index == Py_None || index == Py_Ellipsis || PyBool_Check(index)) return 0;
  if (is_tensor(index)) {
    const TensorBody& body = *body_of(index);
    if (body.dtype() == DType::Bool || body.dtype() == DType::UInt8) return body.ndim();
  }
  return 1;
}

class Parser {
 public:
  explicit Parser(const Tensor& input) : input_(input) { parsed_.view = input; }

  Parsed operator()(PyObject* index) {
    if (!PyTuple_Check(index)) {
      one(index, 0);
      return std::move(parsed_);
    }
    const Py_ssize_t count = PyTuple_GET_SIZE(index);
    // Arrays that may be masks become tensors first: how many dimensions they use matters.
    nb::object made;
    for (Py_ssize_t i = 0; i < count && !made.is_valid(); ++i) {
      if (!is_ready(PyTuple_GET_ITEM(index, i))) made = prepared(index);
    }
    if (made.is_valid()) index = made.ptr();
    int used = 0, ellipses = 0;
    for (Py_ssize_t i = 0; i < count; ++i) {
      used += dims_used(PyTuple_GET_ITEM(index, i));
      ellipses += PyTuple_GET_ITEM(index, i) == Py_Ellipsis;
    }
    if (ellipses > 1) fail<IndexError>("index: only one ... may appear");
    if (used > input_.ndim()) {
      fail<IndexError>("index: too many indices for a tensor of shape ", input_.shape(), ": ",
                       used);
    }
    for (Py_ssize_t i = 0; i < count; ++i) one(PyTuple_GET_ITEM(index, i), input_.ndim() - used);
    return std::move(parsed_);
  }

 private:
  static bool is_ready(PyObject* part) {
    return PyLong_CheckExact(part) || PySlice_Check(part) || part == Py_None ||
           part == Py_Ellipsis || PyBool_Check(part) || is_tensor(part) || is_scalar_index(part);
  }
  static nb::object prepared(PyObject* index) {
    const Py_ssize_t count = PyTuple_GET_SIZE(index);
    nb::object parts = nb::steal(PyTuple_New(count));
    if (!parts.is_valid()) throw nb::python_error();
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject* part = PyTuple_GET_ITEM(index, i);
      PyTuple_SET_ITEM(parts.ptr(), i,
                       is_ready(part) ? Py_NewRef(part) : to_python(index_tensor(part)));
    }
    return parts;
  }

  // One part of the index; ... skips `skipped` dimensions.
  void one(PyObject* part, int skipped) {
    if (part == Py_Ellipsis) {
      dim_ += skipped;
    } else if (is_scalar_index(part)) {
      check_room();
      parsed_.view = select(parsed_.view, dim_, index_value(part));
    } else if (PySlice_Check(part)) {
      check_room();
      parsed_.view = sliced(parsed_.view, dim_++, part);
    } else if (part == Py_None) {
      parsed_.view = unsqueeze(parsed_.view, dim_++);
    } else {
      name_elements(index_tensor(part));
    }
  }

  void check_room() const {
    if (dim_ >= parsed_.view.ndim()) {
      fail<IndexError>("index: too many indices for a tensor of shape ", input_.shape());
    }
  }

  void name_elements(Tensor tensor) {
    if (tensor.dtype() == DType::Bool && tensor.ndim() == 0) {
      // A mask without dimensions: a new dimension of size 1 or 0.
      const bool holds = item(*tensor).as_bool();
      parsed_.view = unsqueeze(parsed_.view, dim_);
      tensor = zeros({holds ? 1 : 0}, DType::Int64);
    }
    spread_mask();
    parsed_.indices.resize(static_cast<size_t>(dim_));
    const int used = tensor.dtype() == DType::Bool ? tensor.ndim() : 1;
    if (dim_ + used > parsed_.view.ndim()) check_shape(tensor);
    parsed_.indices.push_back(std::move(tensor));
    dim_ += used;
    if (used > 1 && dim_ > used) spread_mask();
  }

  [[noreturn]] void check_shape(const Tensor& tensor) const {
    if (tensor.dtype() == DType::Bool) {
      fail<IndexError>("index: the shape of the mask ", tensor.shape(),
                       " does not match the shape of "
                       "the indexed tensor ",
                       input_.shape());
    }
    fail<IndexError>("index: too many indices for a tensor of shape ", input_.shape());
  }

  // A mask of several dimensions is one entry, which only the first of all indices may be: else
  // entries and dimensions would part, and the columns of its positions stand for it.
  void spread_mask() {
    if (parsed_.indices.empty()) return;
    const Tensor mask = parsed_.indices.back();
    if (mask.dtype() != DType::Bool || mask.ndim() < 2) return;
    const int first = static_cast<int>(parsed_.indices.size()) - 1;
    for (int d = 0; d < mask.ndim(); ++d) {
      if (mask->size(d) != parsed_.view->size(first + d)) check_shape(mask);
    }
    parsed_.indices.pop_back();
    const Tensor positions = nonzero(mask);
    for (int d = 0; d < mask.ndim(); ++d) parsed_.indices.push_back(select(positions, 1, d));
  }

  const Tensor& input_;
  Parsed parsed_;
  int dim_ = 0;
};

}  // namespace

PyObject* subscript_slot(PyObject* self, PyObject* index) noexcept {
  return slot([&]() -> PyObject* {
    Borrowed borrowed(body_of(self));
    const Tensor& input = *borrowed;
    // A single int, the most frequent index of all, needs no parser.
    if (PyLong_CheckExact(index)) return to_python(select(input, 0, index_value(index)));
    const Parsed parsed = Parser(input)(index);
    if (!parsed.indices.empty()) return to_python(taeda::index(parsed.view, parsed.indices));
    const bool is_same = parsed.view.body() == input.body();
    return to_python(is_same ? view(input, input.shape()) : parsed.view);
  });
}

int assign_slot(PyObject* self, PyObject* index, PyObject* value) noexcept {
  PyObject* done = slot([&]() -> PyObject* {
    if (!value) fail<TypeError>("index: elements of a tensor cannot be deleted");
    Borrowed borrowed(body_of(self));
    const Parsed target = Parser(*borrowed)(index);
    SlotOperand source;
    if (!source.read(value)) {
      fail<TypeError>("index: a tensor or a number is needed on the right, got ",
                      Py_TYPE(value)->tp_name);
    }
    Tensor values(source.body());
    if (!target.indices.empty()) {
      index_put_(target.view, target.indices, values);
    } else if (values->wrapped_number) {
      fill_(target.view, item(*values));
    } else {
      // Leading dimensions of size 1 may be left over: x[0] = y of shape (1, n).
      while (values.ndim() > target.view.ndim() && values->size(0) == 1)
        values = select(values, 0, 0);
      copy_(target.view, values);
    }
    return Py_None;
  });
  return done ? 0 : -1;
}

}  // namespace taeda::python
