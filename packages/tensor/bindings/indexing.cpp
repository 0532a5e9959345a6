// tensor[index] and tensor[index] = value. Ints, slices, None and ... make views; tensors, lists,
// arrays and masks among them name elements (see ops/indexing.h).
#include "taeda/tensor/ops/indexing.h"

#include "bindings.h"
#include "slots.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/views.h"

namespace taeda::python {
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

// Anything else that names elements: a list, a range, an array, a bool.
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
    } else {
      const Py_ssize_t count = PyTuple_GET_SIZE(index);
      // Arrays that may be masks become tensors first: how many dimensions they use matters.
      std::vector<nb::object> parts;
      int used = 0, ellipses = 0;
      for (Py_ssize_t i = 0; i < count; ++i) {
        parts.push_back(prepared(PyTuple_GET_ITEM(index, i)));
        used += dims_used(parts.back().ptr());
        ellipses += parts.back().ptr() == Py_Ellipsis;
      }
      if (ellipses > 1) fail<IndexError>("index: only one ... may appear");
      if (used > input_.ndim()) {
        fail<IndexError>("index: too many indices for a tensor of shape ", input_.shape(), ": ",
                         used);
      }
      for (const nb::object& part : parts) one(part.ptr(), input_.ndim() - used);
    }
    return std::move(parsed_);
  }

 private:
  static nb::object prepared(PyObject* part) {
    if (part == Py_None || part == Py_Ellipsis || PySlice_Check(part) || PyBool_Check(part) ||
        is_tensor(part) || is_scalar_index(part)) {
      return nb::borrow(part);
    }
    return nb::cast(index_tensor(part));
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

// The index of a single int, the most frequent of all, needs no parser.
Parsed parse(const Tensor& input, PyObject* index) {
  if (PyLong_CheckExact(index)) return {select(input, 0, index_value(index)), {}};
  return Parser(input)(index);
}

}  // namespace

PyObject* subscript_slot(PyObject* self, PyObject* index) noexcept {
  return slot([&]() -> PyObject* {
    const Tensor input(body_of(self));
    const Parsed parsed = parse(input, index);
    if (!parsed.indices.empty()) return to_python(taeda::index(parsed.view, parsed.indices));
    const bool is_same = parsed.view.body() == input.body();
    return to_python(is_same ? view(input, input.shape()) : parsed.view);
  });
}

int assign_slot(PyObject* self, PyObject* index, PyObject* value) noexcept {
  PyObject* done = slot([&]() -> PyObject* {
    if (!value) fail<TypeError>("index: elements of a tensor cannot be deleted");
    const Parsed target = parse(Tensor(body_of(self)), index);
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

namespace {

std::vector<Tensor> tensors_of(const char* name, nb::handle sequence) {
  std::vector<Tensor> result;
  PyObject* fast = PySequence_Fast(sequence.ptr(), "a sequence of tensors is needed");
  if (!fast) throw nb::python_error();
  const nb::object held = nb::steal(fast);
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(fast);
  result.reserve(static_cast<size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(fast, i);
    if (!is_tensor(item)) {
      fail<TypeError>(name, ": expected Tensor as element ", i, ", got ", Py_TYPE(item)->tp_name);
    }
    result.emplace_back(body_of(item));
  }
  return result;
}

Tensor optional_tensor(const nb::object& object) {
  return object.is_none() ? Tensor() : nb::cast<Tensor>(object);
}

Indices indices_of(nb::handle sequence) {
  Indices result;
  for (nb::handle each : sequence) {
    result.push_back(each.is_none() ? Tensor() : index_tensor(each.ptr()));
  }
  return result;
}

// The values of scatter and index_fill: a number becomes a tensor of the dtype written.
Tensor values_like(const Tensor& input, const Operand& values, const Dims& shape) {
  if (!values.tensor->wrapped_number) return values.tensor;
  return expand(to(values.tensor, input.dtype()), shape);
}

ScatterOp scatter_op(const char* name, std::string_view reduce) {
  if (reduce == "add" || reduce == "sum") return ScatterOp::Add;
  if (reduce == "multiply" || reduce == "prod") return ScatterOp::Multiply;
  if (reduce == "amax") return ScatterOp::Maximum;
  if (reduce == "amin") return ScatterOp::Minimum;
  fail<RuntimeError>(
      name, ": reduce must be one of add, multiply, sum, prod, mean, amax, amin, got ", reduce);
}

template <bool kInPlace>
Tensor scatter_any(const Tensor& input, int64_t dim, const Tensor& index, const Operand& src,
                   const nb::object& reduce) {
  const ScatterOp op =
      reduce.is_none() ? ScatterOp::Assign : scatter_op("scatter", nb::cast<const char*>(reduce));
  return scatter(input, dim, index, values_like(input, src, index.shape()), op, kInPlace);
}
template <bool kInPlace>
Tensor scatter_add(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& src) {
  return scatter(input, dim, index, src, ScatterOp::Add, kInPlace);
}

ScatterReduction scatter_reduction(std::string_view reduce) {
  if (reduce == "sum") return ScatterReduction::Sum;
  if (reduce == "prod") return ScatterReduction::Product;
  if (reduce == "mean") return ScatterReduction::Mean;
  if (reduce == "amax") return ScatterReduction::Maximum;
  if (reduce == "amin") return ScatterReduction::Minimum;
  fail<RuntimeError>("scatter_reduce: reduce must be one of sum, prod, mean, amax, amin, got ",
                     reduce);
}
template <bool kInPlace>
Tensor scatter_reduced(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& src,
                       const char* reduce, bool include_self) {
  const Tensor result =
      scatter_reduce(input, dim, index, src, scatter_reduction(reduce), include_self);
  return kInPlace ? copy_(input, result) : result;
}

Tensor along_dim(const Tensor& input, const Tensor& indices, const nb::object& dim) {
  if (!dim.is_none()) return take_along_dim(input, indices, nb::cast<int64_t>(dim));
  return take_along_dim(reshape(input, {-1}), reshape(indices, {-1}), 0);
}

// Rows of one dimension.
template <bool kInPlace>
Tensor put_rows(const char* name, const Tensor& input, int64_t dim, const Tensor& index,
                const Tensor& values, bool accumulate) {
  const int at = wrap_dim(name, dim, input.ndim());
  if (index.ndim() > 1)
    fail<IndexError>(name, ": the index must be a vector, got shape ", index.shape());
  Indices indices(static_cast<size_t>(at));
  indices.push_back(index.ndim() == 0 ? unsqueeze(index, 0) : index);
  return kInPlace ? index_put_(input, indices, values, accumulate)
                  : index_put(input, indices, values, accumulate);
}
template <bool kInPlace>
Tensor index_add(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& source,
                 const Operand& alpha) {
  const bool is_one = alpha.tensor->wrapped_number && item(*alpha.tensor).as_double() == 1;
  const Tensor values = is_one ? source : run<Elementwise<Mul>>({source.body(), alpha.body()});
  return put_rows<kInPlace>("index_add", input, dim, index, values, true);
}
template <bool kInPlace>
Tensor index_copy(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& source) {
  return put_rows<kInPlace>("index_copy", input, dim, index, source, false);
}
template <bool kInPlace>
Tensor index_fill(const Tensor& input, int64_t dim, const Tensor& index, const Operand& value) {
  return put_rows<kInPlace>("index_fill", input, dim, index, value.tensor, false);
}

template <bool kInPlace>
Tensor put_at(const Tensor& input, nb::handle indices, const Operand& values, bool accumulate) {
  return kInPlace ? index_put_(input, indices_of(indices), values.tensor, accumulate)
                  : index_put(input, indices_of(indices), values.tensor, accumulate);
}

Tensor take(const Tensor& input, const Tensor& index) {
  return taeda::index(reshape(input, {-1}), {index});
}

nb::object nonzero_of(const Tensor& input, bool as_tuple) {
  if (!as_tuple) return nb::cast(nonzero(input));
  const Tensor source = input.ndim() == 0 ? unsqueeze(input, 0) : input;
  const Tensor positions = nonzero(source);
  nb::list columns;
  for (int d = 0; d < source.ndim(); ++d) columns.append(select(positions, 1, d));
  return nb::tuple(columns);
}

Tensor roll_any(const Tensor& input, const Dims& shifts, const nb::object& dims) {
  return roll(input, shifts, dims.is_none() ? Dims() : nb::cast<Dims>(dims));
}

// A function of the module and the method of the same name.
template <class Function, class... Extra>
void both(nb::module_& m, TensorClass& tensor, const char* name, Function function,
          const Extra&... extra) {
  m.def(name, function, nb::arg("input"), extra...);
  tensor.def(name, function, extra...);
}

void bind_joins(nb::module_& m) {
  const auto cat_any = [](nb::handle tensors, int64_t dim, const nb::object& out) {
    return cat(tensors_of("cat", tensors), dim, optional_tensor(out));
  };
#define TAEDA_CAT(NAME)                                                                           \
  m.def(NAME, cat_any, nb::arg("tensors"), nb::arg("dim") = 0, nb::kw_only(),                     \
        nb::arg("out") = nb::none(),                                                              \
        nb::sig(                                                                                  \
            "def " NAME                                                                           \
            "(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor"), \
        "The tensors one after the other along a dimension.")
  TAEDA_CAT("cat");
  TAEDA_CAT("concat");
  TAEDA_CAT("concatenate");
#undef TAEDA_CAT
  m.def(
      "stack",
      [](nb::handle tensors, int64_t dim, const nb::object& out) {
        return stack(tensors_of("stack", tensors), dim, optional_tensor(out));
      },
      nb::arg("tensors"), nb::arg("dim") = 0, nb::kw_only(), nb::arg("out") = nb::none(),
      nb::sig("def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> "
              "Tensor"),
      "The tensors, all of one shape, along a new dimension.");
}

void bind_rearranging(nb::module_& m, TensorClass& tensor) {
  m.def("flip", flip, nb::arg("input"), nb::arg("dims"), "The order of some dimensions reversed.");
  tensor.def(
      "flip",
      [](const Tensor& self, const nb::args& dims) {
        return flip(self, dims_from_args("flip", dims));
      },
      nb::sig("def flip(self, *dims: int | Sequence[int]) -> Tensor"),
      "The order of some dimensions reversed.");
  tensor.def(
      "repeat",
      [](const Tensor& self, const nb::args& sizes) {
        return repeat(self, dims_from_args("repeat", sizes));
      },
      nb::sig("def repeat(self, *repeats: int | Sequence[int]) -> Tensor"),
      "The tensor so many times along each dimension.");
  both(m, tensor, "roll", roll_any, nb::arg("shifts"), nb::arg("dims") = nb::none(),
       "Elements shifted along dims; those that leave come in at the other end.");
  both(m, tensor, "tril", tril, nb::arg("diagonal") = 0,
       "The lower triangle of matrices, the rest zero.");
  both(m, tensor, "triu", triu, nb::arg("diagonal") = 0,
       "The upper triangle of matrices, the rest zero.");
}

void bind_masks(nb::module_& m, TensorClass& tensor) {
  both(m, tensor, "masked_select", masked_select, nb::arg("mask"),
       "The elements where the mask holds, as a vector.");
  both(
      m, tensor, "masked_fill",
      [](const Tensor& input, const Tensor& mask, const Operand& value) {
        return masked_fill(input, mask, value.tensor);
      },
      nb::arg("mask"), nb::arg("value"), "The value where the mask holds, else the element.");
  both(
      m, tensor, "masked_scatter",
      [](const Tensor& input, const Tensor& mask, const Tensor& source) {
        return masked_scatter(input, mask, source);
      },
      nb::arg("mask"), nb::arg("source"),
      "The elements where the mask holds replaced by those of source, in order.");
  tensor
      .def(
          "masked_fill_",
          [](const Tensor& self, const Tensor& mask, const Operand& value) {
            return masked_fill_(self, mask, value.tensor);
          },
          nb::arg("mask"), nb::arg("value"), "In place: the value where the mask holds.")
      .def(
          "masked_scatter_",
          [](const Tensor& self, const Tensor& mask, const Tensor& source) {
            return masked_scatter(self, mask, source, true);
          },
          nb::arg("mask"), nb::arg("source"), "In place: elements of source where the mask holds.");
  both(m, tensor, "nonzero", nonzero_of, nb::kw_only(), nb::arg("as_tuple") = false,
       "The positions of the elements that are not zero, one a row; or a vector for each "
       "dimension.");
  both(m, tensor, "argwhere", nonzero, "The positions of the elements that are not zero.");
}

void bind_gathering(nb::module_& m, TensorClass& tensor) {
  both(
      m, tensor, "gather",
      [](const Tensor& input, int64_t dim, const Tensor& index, bool) {
        return gather(input, dim, index);
      },
      nb::arg("dim"), nb::arg("index"), nb::kw_only(), nb::arg("sparse_grad") = false,
      "out[..., i, ...] = input[..., index[..., i, ...], ...] along dim.");
  both(m, tensor, "take", take, nb::arg("index"), "Elements of the flattened tensor.");
  both(m, tensor, "take_along_dim", along_dim, nb::arg("indices"), nb::arg("dim") = nb::none(),
       "gather of input and indices that broadcast; without dim both are flattened.");
  both(m, tensor, "index_select", index_select, nb::arg("dim"), nb::arg("index"),
       "The rows of one dimension that a vector names.");
  m.def("embedding", embedding, nb::arg("weight"), nb::arg("indices"), nb::arg("padding_idx") = -1,
        "The rows of a table; the row padding_idx gets no gradient.");
}

// name and name_: function, method and in-place method.
template <class Function, class... Extra>
void written(nb::module_& m, TensorClass& tensor, const char* name, const char* in_place_name,
             Function function, Function in_place, const char* doc, const Extra&... extra) {
  both(m, tensor, name, function, extra..., doc);
  tensor.def(in_place_name, in_place, extra..., doc);
}

void bind_writes(nb::module_& m, TensorClass& tensor) {
  written(
      m, tensor, "scatter", "scatter_", scatter_any<false>, scatter_any<true>,
      "A copy with out[..., index[..., i, ...], ...] = src[..., i, ...] along dim; the last write "
      "wins.",
      nb::arg("dim"), nb::arg("index"), nb::arg("src"), nb::kw_only(),
      nb::arg("reduce") = nb::none());
  // torch calls a number `value`.
  tensor.def("scatter_", scatter_any<true>, nb::arg("dim"), nb::arg("index"), nb::arg("value"),
             nb::kw_only(), nb::arg("reduce") = nb::none());
  tensor.def("scatter", scatter_any<false>, nb::arg("dim"), nb::arg("index"), nb::arg("value"),
             nb::kw_only(), nb::arg("reduce") = nb::none());
  m.def("scatter", scatter_any<false>, nb::arg("input"), nb::arg("dim"), nb::arg("index"),
        nb::arg("value"), nb::kw_only(), nb::arg("reduce") = nb::none());
  written(m, tensor, "scatter_add", "scatter_add_", scatter_add<false>, scatter_add<true>,
          "Adds src at the positions that index names, in order.", nb::arg("dim"), nb::arg("index"),
          nb::arg("src"));
  written(m, tensor, "scatter_reduce", "scatter_reduce_", scatter_reduced<false>,
          scatter_reduced<true>,
          "The values of src that meet in an element, and the element itself, made one: sum, prod, "
          "mean, "
          "amax or amin.",
          nb::arg("dim"), nb::arg("index"), nb::arg("src"), nb::arg("reduce"), nb::kw_only(),
          nb::arg("include_self") = true);
  written(m, tensor, "index_add", "index_add_", index_add<false>, index_add<true>,
          "Adds alpha * source to the rows that index names, in order.", nb::arg("dim"),
          nb::arg("index"), nb::arg("source"), nb::kw_only(), nb::arg("alpha") = 1);
  written(m, tensor, "index_copy", "index_copy_", index_copy<false>, index_copy<true>,
          "Writes source into the rows that index names.", nb::arg("dim"), nb::arg("index"),
          nb::arg("source"));
  written(m, tensor, "index_fill", "index_fill_", index_fill<false>, index_fill<true>,
          "Writes a value into the rows that index names.", nb::arg("dim"), nb::arg("index"),
          nb::arg("value"));
  written(m, tensor, "index_put", "index_put_", put_at<false>, put_at<true>,
          "Writes, or adds, values at the elements that the indices name, in order.",
          nb::arg("indices"), nb::arg("values"), nb::arg("accumulate") = false);
}

}  // namespace

void bind_indexing(nb::module_& m, TensorClass& tensor) {
  bind_joins(m);
  bind_rearranging(m, tensor);
  bind_masks(m, tensor);
  bind_gathering(m, tensor);
  bind_writes(m, tensor);
}

}  // namespace taeda::python
