// Sorting and searching on arrays.
#include "taeda/kernels/ops/sort.h"

#include <algorithm>
#include <string_view>

#include <nanobind/stl/string_view.h>

#include "bindings.h"
#include "operands.h"
#include "taeda/kernels/promotion.h"

namespace taeda::python {
namespace {

nb::tuple sort(nb::handle object, int64_t axis, bool descending, nb::handle out) {
  const Operand x("sort", "x", object);
  const Array array = x.array();
  const int at = read_axis("sort", axis, array.ndim());
  const auto outs = read_outs<2>("sort", out);
  Result values("sort", outs[0], x.dtype(), array.shape, {array});
  Result index("sort", outs[1], DType::Int64, array.shape, {array, values.array()});
  {
    const ReleaseForLarge release(array.numel());
    cpu().sort.sort({values.array(), index.array(), array, at, descending});
  }
  return nb::make_tuple(values.finish(), index.finish());
}

nb::object argsort(nb::handle object, int64_t axis, bool descending, nb::handle out) {
  const Operand x("argsort", "x", object);
  const Array array = x.array();
  const int at = read_axis("argsort", axis, array.ndim());
  Result index("argsort", out, DType::Int64, array.shape, {array});
  const Buffer values(x.dtype(), array.shape);
  {
    const ReleaseForLarge release(array.numel());
    cpu().sort.sort({values.array(), index.array(), array, at, descending});
  }
  return index.finish();
}

nb::tuple topk(nb::handle object, int64_t k, int64_t axis, bool largest, nb::handle out) {
  const Operand x("topk", "x", object);
  const Array array = x.array();
  const int at = read_axis("topk", axis, array.ndim()), last = std::max(array.ndim() - 1, 0);
  const int64_t size = array.ndim() ? array.shape[static_cast<size_t>(at)] : 1;
  if (k < 0 || k > size) {
    fail<ValueError>("topk: k must lie from 0 to the size of axis ", at, ", which is ", size,
                     ", got ", k);
  }
  Shape shape(array.shape.begin(), array.shape.end());
  if (array.ndim()) shape[static_cast<size_t>(at)] = k;
  const auto outs = read_outs<2>("topk", out);
  Result values("topk", outs[0], x.dtype(), shape, {array});
  Result index("topk", outs[1], DType::Int64, shape, {array, values.array()});
  // The kernel wants the axis last, and its results row-major.
  const View in = move_axis(array, at, last);
  const View value_rows = move_axis(values.array(), at, last);
  const View index_rows = move_axis(index.array(), at, last);
  const bool direct = value_rows.array().is_contiguous() && index_rows.array().is_contiguous();
  std::optional<Buffer> value_buffer, index_buffer;
  if (!direct) {
    value_buffer.emplace(x.dtype(), value_rows.shape);
    index_buffer.emplace(DType::Int64, index_rows.shape);
  }
  {
    const ReleaseForLarge release(array.numel());
    cpu().sort.top_k({.values = direct ? value_rows.array() : value_buffer->array(),
                      .index = direct ? index_rows.array() : index_buffer->array(),
                      .in = in.array(),
                      .k = k,
                      .largest = largest});
    if (!direct) {
      cpu().elementwise.copy(value_rows.array(), value_buffer->array());
      cpu().elementwise.copy(index_rows.array(), index_buffer->array());
    }
  }
  return nb::make_tuple(values.finish(), index.finish());
}

nb::object searchsorted(nb::handle sequence_object, nb::handle values_object, std::string_view side,
                        nb::handle out) {
  const char* name = "searchsorted";
  const Operand sequence(name, "sequence", sequence_object), wanted(name, "values", values_object);
  if (side != "left" && side != "right") {
    fail<ValueError>(name, ": side must be 'left' or 'right', got '", side, "'");
  }
  const Sizes known = sequence.shape(), asked = wanted.shape();
  bool fits = known.size() == 1 || (!known.empty() && known.size() == asked.size());
  for (size_t d = 0; fits && d + 1 < known.size(); ++d) fits = known[d] == asked[d];
  if (!fits) {
    fail<ValueError>(name,
                     ": the sequence must be a vector or have the shape of the values but "
                     "for the last axis, got ",
                     ShapeText{known}, " and ", ShapeText{asked});
  }
  const DType common = promote(sequence.dtype(), wanted.dtype());
  const DType dtype = common == DType::Float64 ? common
                      : is_floating(common)    ? DType::Float32
                                               : DType::Int64;
  Result result(name, out, DType::Int64, asked, {sequence.array(), wanted.array()},
                {.layout = Layout::RowMajor});
  if (product(asked) == 0) return result.finish();
  const int64_t rows = product(known.first(known.size() - 1));
  const Shape matrix{rows, product(asked) / rows};
  Packed sequences(sequence.array(), dtype), values(wanted.array(), dtype);
  const View positions(result.array(), matrix);
  {
    const ReleaseForLarge release(product(asked));
    cpu().sort.search({.out = positions.array(),
                       .sequence = sequences.array({rows, known.back()}),
                       .values = values.array(matrix),
                       .right = side == "right"});
  }
  return result.finish();
}

}  // namespace

void init_sort(nb::module_& m) {
  m.def("sort", &sort, nb::arg("x"), nb::arg("axis") = -1, nb::kw_only(),
        nb::arg("descending") = false, nb::arg("out") = nb::none(),
        nb::sig("def sort(x: typing.Any, axis: int = -1, *, descending: bool = False, "
                "out: tuple[typing.Any, typing.Any] | None = None) -> "
                "tuple[typing.Any, typing.Any]"),
        "The elements in order along axis, and where each was.\n\n"
        "Both have the shape of x. Equal elements keep their order; NaN is larger than any "
        "number.\nRaises IndexError for an axis out of range, ValueError for an `out` of another "
        "shape.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.sort(numpy.array([3, 1, 2]))\n"
        "(array([1, 2, 3]), array([1, 2, 0]))");
  m.def("argsort", &argsort, nb::arg("x"), nb::arg("axis") = -1, nb::kw_only(),
        nb::arg("descending") = false, nb::arg("out") = nb::none(),
        nb::sig("def argsort(x: typing.Any, axis: int = -1, *, descending: bool = False, "
                "out: typing.Any = None) -> typing.Any"),
        "The positions that put x in order along axis; equal elements keep their order.\n\n"
        "The shape is that of x. Raises IndexError for an axis out of range, ValueError for an\n"
        "`out` of another shape.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.argsort(numpy.array([3, 1, 2]))\n"
        "array([1, 2, 0])");
  m.def("topk", &topk, nb::arg("x"), nb::arg("k"), nb::arg("axis") = -1, nb::kw_only(),
        nb::arg("largest") = true, nb::arg("out") = nb::none(),
        nb::sig("def topk(x: typing.Any, k: int, axis: int = -1, *, largest: bool = True, "
                "out: tuple[typing.Any, typing.Any] | None = None) -> "
                "tuple[typing.Any, typing.Any]"),
        "The k largest (smallest) elements along axis in their order, and where they stand.\n\n"
        "Both have the shape of x but for k along axis; of equal elements the first are taken.\n"
        "Raises IndexError for an axis out of range, ValueError for a k beyond its size.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.topk(numpy.array([3, 1, 2]), 2)\n"
        "(array([3, 2]), array([0, 2]))");
  m.def(
      "searchsorted", &searchsorted, nb::arg("sequence"), nb::arg("values"), nb::kw_only(),
      nb::arg("side") = "left", nb::arg("out") = nb::none(),
      nb::sig("def searchsorted(sequence: typing.Any, values: typing.Any, *, "
              "side: str = 'left', out: typing.Any = None) -> typing.Any"),
      "Where each value belongs in an ascending sequence, before or after its equals.\n\n"
      "sequence (n,), or one for each row of the values (..., m): (..., n). Raises ValueError for\n"
      "shapes and another side.\n\n"
      ">>> import numpy, taeda_kernels\n"
      ">>> taeda_kernels.searchsorted(numpy.array([1, 3, 5]), numpy.array([3, 4]))\n"
      "array([1, 2])");
}

}  // namespace taeda::python
