// Reading and writing elements that indices name.
#include "taeda/kernels/ops/indexing.h"

#include <string_view>

#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

// Indices of any integer dtype as int64.
struct Indices {
  Operand operand;
  std::optional<Packed> packed;

  Indices(const char* name, nb::handle object) : operand(name, "indices", object) {
    if (!is_integral(operand.dtype())) {
      fail<TypeError>(name, ": indices must be integers, got ", operand.dtype());
    }
    packed.emplace(operand.array(), DType::Int64);
  }
  Array array() const { return packed->array(); }
  Sizes shape() const { return operand.shape(); }
};

// The shape of what the indices name: the axis gives way to their own.
Shape indexed_shape(Sizes shape, int axis, Sizes indices) {
  Shape result(shape.begin(), shape.begin() + axis);
  result.insert(result.end(), indices.begin(), indices.end());
  result.insert(result.end(), shape.begin() + axis + 1, shape.end());
  return result;
}

// The blocks that indices name along an axis; `dense` is in row-major order.
class NamedBlocks {
 public:
  NamedBlocks(const char* name, const Array& indexed, int axis, const Array& dense,
              const Indices& indices)
      : index_(indices.array()), dim_(axis) {
    const size_t before = static_cast<size_t>(axis), after = indexed.shape.size() - before - 1;
    blocks_ = {.dtype = indexed.dtype,
               .dense = dense.data,
               .indexed = indexed.data,
               .before = indexed.shape.first(before),
               .dense_before = dense.strides.first(before),
               .indexed_before = indexed.strides.first(before),
               .after = indexed.shape.last(after),
               .dense_after = dense.strides.last(after),
               .indexed_after = indexed.strides.last(after),
               .positions = index_.numel(),
               .dense_step = product(indexed.shape.last(after)),
               .list = {.operation = name,
                        .indices = {&index_, 1},
                        .dims = {&dim_, 1},
                        .sizes = indexed.shape.subspan(before, 1),
                        .strides = indexed.strides.subspan(before, 1)}};
  }
  NamedBlocks(const NamedBlocks&) = delete;
  NamedBlocks& operator=(const NamedBlocks&) = delete;

  void skip(int64_t index) { blocks_.list.skipped = index; }
  void take() const { cpu().indexing.take(blocks_); }
  void put(bool accumulate) const { cpu().indexing.put(blocks_, accumulate); }

 private:
  Array index_;
  int64_t dim_;
  IndexedBlocks blocks_;
};

int check_axis(const char* name, const Operand& x, int64_t axis) {
  if (x.shape().empty()) fail<IndexError>(name, ": x must have at least one dimension");
  return read_axis(name, axis, static_cast<int>(x.shape().size()));
}

nb::object take_rows(const char* name, const Operand& x, int axis, const Indices& indices,
                     nb::handle out) {
  const Array from = x.array();
  const Shape shape = indexed_shape(x.shape(), axis, indices.shape());
  Result result(name, out, x.dtype(), shape, {from, indices.operand.array()},
                {.layout = Layout::RowMajor});
  {
    const Array to = result.array();
    const ReleaseForLarge release(to.numel());
    NamedBlocks(name, from, axis, to, indices).take();
  }
  return result.finish();
}

nb::object take(nb::handle object, nb::handle indices_object, int64_t axis, nb::handle out) {
  const Operand x("take", "x", object);
  const int at = check_axis("take", x, axis);
  return take_rows("take", x, at, Indices("take", indices_object), out);
}

nb::object embedding(nb::handle object, nb::handle indices_object, nb::handle out) {
  const Operand weight("embedding", "weight", object);
  if (weight.shape().size() != 2) {
    fail<ValueError>("embedding: weight must have 2 dimensions, got ", ShapeText{weight.shape()});
  }
  return take_rows("embedding", weight, 0, Indices("embedding", indices_object), out);
}

nb::object embedding_backward(nb::handle grad_object, nb::handle indices_object, int64_t rows,
                              nb::handle padding_object, nb::handle out) {
  const char* name = "embedding_backward";
  const Operand grad(name, "grad", grad_object);
  const Indices indices(name, indices_object);
  const Sizes sizes = grad.shape();
  if (sizes.empty()) fail<ValueError>(name, ": grad must have at least one dimension");
  check_shape(name, "grad", sizes, [&] {
    Shape shape(indices.shape().begin(), indices.shape().end());
    shape.push_back(sizes.back());
    return shape;
  }());
  if (rows < 0) fail<ValueError>(name, ": rows must not be negative, got ", rows);
  int64_t padding = -1;
  if (!padding_object.is_none() && !nb::try_cast(padding_object, padding)) {
    fail<TypeError>(name, ": padding_idx must be an int or None");
  }
  if (padding < -1 || padding >= rows) {
    fail<ValueError>(name, ": padding_idx must be a row from 0 to ", rows - 1, ", got ", padding);
  }
  const Shape shape{rows, sizes.back()};
  Result result(name, out, grad.dtype(), shape, {grad.array(), indices.operand.array()},
                {.layout = Layout::RowMajor});
  const Packed g(grad.array(), grad.dtype());
  {
    const Array to = result.array();
    const ReleaseForLarge release(g.array().numel() + to.numel());
    const uint64_t zero = 0;
    cpu().elementwise.fill(to, &zero);
    NamedBlocks blocks(name, to, 0, g.array(), indices);
    blocks.skip(padding);
    blocks.put(true);
  }
  return result.finish();
}

// A copy of x, or x itself as `out`, with values written to or added at what the indices name.
nb::object put(const char* name, bool accumulate, nb::handle object, nb::handle indices_object,
               nb::handle values_object, int64_t axis, nb::handle out) {
  const Operand x(name, "x", object), values(name, "values", values_object);
  const int at = check_axis(name, x, axis);
  const Indices indices(name, indices_object);
  const Shape shape = indexed_shape(x.shape(), at, indices.shape());
  const Sizes shapes[] = {shape, values.shape()};
  if (broadcast_shapes(name, shapes) != shape) {
    fail<ValueError>(name, ": values ", ShapeText{values.shape()},
                     " do not broadcast to the shape indexed, ", ShapeText{shape});
  }
  // x may be `out`; the others may not.
  Result result(name, out, x.dtype(), x.shape(), {x.array()}, {.same_place_is_safe = true});
  const Array others[] = {values.array(), indices.operand.array()};
  if (!out.is_none()) check_overlap(name, result.array(), others, false);
  const Packed dense(broadcast_to(values.array(), shape).array(), x.dtype());
  {
    const Array to = result.array();
    const ReleaseForLarge release(to.numel() + product(shape));
    if (to.data != x.array().data) cpu().elementwise.copy(to, x.array());
    NamedBlocks(name, to, at, dense.array(), indices).put(accumulate);
  }
  return result.finish();
}

void check_index_shape(const char* name, const Operand& x, const Indices& indices, int axis) {
  const Sizes shape = x.shape(), index = indices.shape();
  bool fits = shape.size() == index.size();
  for (size_t d = 0; fits && d < shape.size(); ++d) {
    fits = static_cast<int>(d) == axis || index[d] <= shape[d];
  }
  if (!fits && product(index) > 0) {
    fail<ValueError>(name, ": indices must have the dimensions of x and, but for axis ", axis,
                     ", be no larger, got ", ShapeText{index}, " for x of ", ShapeText{shape});
  }
}

nb::object gather(nb::handle object, nb::handle indices_object, int64_t axis, nb::handle out) {
  const char* name = "gather";
  const Operand x(name, "x", object);
  const int at = check_axis(name, x, axis);
  const Indices indices(name, indices_object);
  check_index_shape(name, x, indices, at);
  Result result(name, out, x.dtype(), indices.shape(), {x.array(), indices.operand.array()},
                {.layout = Layout::RowMajor});
  if (product(indices.shape()) > 0) {
    const ReleaseForLarge release(product(indices.shape()));
    cpu().indexing.gather({.operation = name,
                           .op = ScatterOp::Assign,
                           .dim = at,
                           .index = indices.array(),
                           .values = result.array(),
                           .indexed = x.array()});
  }
  return result.finish();
}

ScatterOp read_scatter_op(nb::handle object) {
  if (object.is_none()) return ScatterOp::Assign;
  const char* text = "";
  if (nb::try_cast(object, text)) {
    const std::string_view given(text);
    if (given == "add") return ScatterOp::Add;
    if (given == "multiply") return ScatterOp::Multiply;
    if (given == "amax") return ScatterOp::Maximum;
    if (given == "amin") return ScatterOp::Minimum;
  }
  fail<ValueError>(
      "scatter: reduce must be \"add\", \"multiply\", \"amax\", \"amin\" or None, got \"", text,
      "\"");
}

nb::object scatter(nb::handle object, nb::handle indices_object, nb::handle values_object,
                   int64_t axis, nb::handle reduce, nb::handle out) {
  const char* name = "scatter";
  const Operand x(name, "x", object), values(name, "values", values_object);
  const int at = check_axis(name, x, axis);
  const ScatterOp op = read_scatter_op(reduce);
  const Indices indices(name, indices_object);
  check_index_shape(name, x, indices, at);
  const Sizes shape = indices.shape(), shapes[] = {shape, values.shape()};
  if (broadcast_shapes(name, shapes) != Shape(shape.begin(), shape.end())) {
    fail<ValueError>(name, ": values ", ShapeText{values.shape()},
                     " do not broadcast to the shape of the indices, ", ShapeText{shape});
  }
  Result result(name, out, x.dtype(), x.shape(), {x.array()}, {.same_place_is_safe = true});
  const Array others[] = {values.array(), indices.operand.array()};
  if (!out.is_none()) check_overlap(name, result.array(), others, false);
  const Packed dense(broadcast_to(values.array(), shape).array(), x.dtype());
  {
    const Array to = result.array();
    const ReleaseForLarge release(to.numel());
    if (to.data != x.array().data) cpu().elementwise.copy(to, x.array());
    if (product(shape) > 0) {
      cpu().indexing.scatter({.operation = name,
                              .op = op,
                              .dim = at,
                              .index = indices.array(),
                              .values = dense.array(),
                              .indexed = to});
    }
  }
  return result.finish();
}

}  // namespace

void init_indexing(nb::module_& m) {
  m.def("take", &take, nb::arg("x"), nb::arg("indices"), nb::arg("axis") = 0, nb::kw_only(),
        nb::arg("out") = nb::none(),
        nb::sig("def take(x: typing.Any, indices: typing.Any, axis: int = 0, *, "
                "out: typing.Any = None) -> typing.Any"),
        "The slices of x that integer indices name along an axis.\n\n"
        "In the shape of the result the axis gives way to the shape of the indices; negative ones\n"
        "count from the end. Raises IndexError for an index or axis that is not there, ValueError\n"
        "for an `out` of another shape or overlapping an operand, TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.take(numpy.array([[1, 2], [3, 4]]), numpy.array([1, 0, -1]))\n"
        "array([[3, 4],\n"
        "       [1, 2],\n"
        "       [3, 4]])");
  const auto define_put = [&m](const char* name, bool accumulate, const char* doc,
                               const char* example) {
    m.def(
        name,
        [=](nb::handle x, nb::handle indices, nb::handle values, int64_t axis, nb::handle out) {
          return put(name, accumulate, x, indices, values, axis, out);
        },
        nb::arg("x"), nb::arg("indices"), nb::arg("values"), nb::arg("axis") = 0, nb::kw_only(),
        nb::arg("out") = nb::none(),
        nb::sig(keep(std::string("def ") + name +
                     "(x: typing.Any, indices: typing.Any, values: typing.Any, axis: int = 0, *, "
                     "out: typing.Any = None) -> typing.Any")),
        keep(std::string(doc) +
             "\n\nThe values broadcast to the shape that take gives, and are converted to the "
             "dtype of x;\n`out` may be x. Equal indices are served in their order. Raises "
             "IndexError for an index or axis\nthat is not there, ValueError for shapes, "
             "TypeError for dtypes.\n\n>>> import numpy, taeda_kernels\n" +
             example));
  };
  define_put("index_copy", false,
             "A copy of x in which values replace the slices that indices name along an axis.",
             ">>> taeda_kernels.index_copy(numpy.zeros(3), numpy.array([2, 0]), "
             "numpy.array([5.0, 6.0]))\narray([6., 0., 5.])");
  define_put("index_add", true,
             "A copy of x in which values are added to the slices that indices name along an axis.",
             ">>> taeda_kernels.index_add(numpy.zeros(3), numpy.array([2, 2]), "
             "numpy.array([5.0, 6.0]))\narray([ 0.,  0., 11.])");
  m.def("gather", &gather, nb::arg("x"), nb::arg("indices"), nb::arg("axis"), nb::kw_only(),
        nb::arg("out") = nb::none(),
        nb::sig("def gather(x: typing.Any, indices: typing.Any, axis: int, *, "
                "out: typing.Any = None) -> typing.Any"),
        "For each position of the indices the element of x that they name along an axis.\n\n"
        "result[i, j] = x[indices[i, j], j] for axis 0. The indices have the dimensions of x and "
        "are no\nlarger but along the axis; so is the result. Raises IndexError for an index or "
        "axis that is not\nthere, ValueError for shapes, TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.gather(numpy.array([[1, 2], [3, 4]]), numpy.array([[1, 0]]), 0)\n"
        "array([[3, 2]])");
  m.def("scatter", &scatter, nb::arg("x"), nb::arg("indices"), nb::arg("values"), nb::arg("axis"),
        nb::kw_only(), nb::arg("reduce") = nb::none(), nb::arg("out") = nb::none(),
        nb::sig("def scatter(x: typing.Any, indices: typing.Any, values: typing.Any, axis: int, "
                "*, reduce: str | None = None, out: typing.Any = None) -> typing.Any"),
        "A copy of x in which values replace the elements that indices name along an axis.\n\n"
        "result[indices[i, j], j] = values[i, j] for axis 0. With reduce \"add\", \"multiply\", "
        "\"amax\" or\n\"amin\" the values are combined with what is there, in the order of the "
        "indices. The values\nbroadcast to the shape of the indices; `out` may be x. Raises "
        "IndexError for an index or axis that\nis not there, ValueError for shapes, TypeError for "
        "dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.scatter(numpy.zeros(3), numpy.array([1, 1]), numpy.array([2.0, 3.0]), "
        "0, reduce=\"add\")\n"
        "array([0., 5., 0.])");
  m.def("embedding", &embedding, nb::arg("weight"), nb::arg("indices"), nb::kw_only(),
        nb::arg("out") = nb::none(),
        nb::sig("def embedding(weight: typing.Any, indices: typing.Any, *, "
                "out: typing.Any = None) -> typing.Any"),
        "The rows of weight (n, d) that indices (...) name: (..., d).\n\n"
        "Raises IndexError for an index that is not there, ValueError for shapes, TypeError for "
        "dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.embedding(numpy.array([[1.0], [2.0]]), numpy.array([1, 1]))\n"
        "array([[2.],\n"
        "       [2.]])");
  m.def("embedding_backward", &embedding_backward, nb::arg("grad"), nb::arg("indices"),
        nb::arg("rows"), nb::kw_only(), nb::arg("padding_idx") = nb::none(),
        nb::arg("out") = nb::none(),
        nb::sig("def embedding_backward(grad: typing.Any, indices: typing.Any, rows: int, *, "
                "padding_idx: int | None = None, out: typing.Any = None) -> typing.Any"),
        "The gradient of embedding's weight (rows, d) from that of its result (..., d).\n\n"
        "Rows that were taken several times add up in the order of the indices; the row "
        "padding_idx gets\nnone. Raises IndexError for an index that is not there, ValueError for "
        "shapes, TypeError for\ndtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.embedding_backward(numpy.ones((2, 1)), numpy.array([1, 1]), 2)\n"
        "array([[0.],\n"
        "       [2.]])");
}

}  // namespace taeda::python
