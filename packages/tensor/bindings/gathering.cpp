// Functions and methods that join, select, gather and scatter.
#include "bindings.h"
#include "indexing.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/creation.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/views.h"

namespace taeda::python {
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
  if (!values.tensor()->wrapped_number) return values.tensor();
  return expand(moved(values.tensor(), input.dtype(), input.device()), shape);
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
  const bool is_one = alpha.tensor()->wrapped_number && item(*alpha.tensor()).as_double() == 1;
  const Tensor values = is_one ? source : run<Elementwise<Mul>>({source.body(), alpha.body()});
  return put_rows<kInPlace>("index_add", input, dim, index, values, true);
}
template <bool kInPlace>
Tensor index_copy(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& source) {
  return put_rows<kInPlace>("index_copy", input, dim, index, source, false);
}
template <bool kInPlace>
Tensor index_fill(const Tensor& input, int64_t dim, const Tensor& index, const Operand& value) {
  return put_rows<kInPlace>("index_fill", input, dim, index, value.tensor(), false);
}

template <bool kInPlace>
Tensor put_at(const Tensor& input, nb::handle indices, const Operand& values, bool accumulate) {
  return kInPlace ? index_put_(input, indices_of(indices), values.tensor(), accumulate)
                  : index_put(input, indices_of(indices), values.tensor(), accumulate);
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
        return masked_fill(input, mask, value.tensor());
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
            return masked_fill_(self, mask, value.tensor());
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
  m.def(
      "where",
      [](const Tensor& condition, const nb::args& others) {
        if (others.size() > 0) {
          fail<TypeError>(
              "where: input and other are needed both, or neither, each a tensor or a "
              "number");
        }
        return nonzero_of(condition, true);
      },
      nb::arg("condition"), nb::arg("others"),
      nb::sig("def where(condition: Tensor) -> tuple[Tensor, ...]"),
      "The positions of the elements that are true: a vector for each dimension.");
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
