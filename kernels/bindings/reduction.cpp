// Reductions on arrays.
#include <cmath>

#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

// The kept dimensions of an array, then the reduced ones, as the kernels take them.
struct KeptFirst {
  View view;
  Shape kept_dims, result;  // the shape without the reduced axes, and the one that is returned
  int reduced = 0;

  KeptFirst(const Array& array, uint64_t axes, bool keepdims) {
    view.data = array.data;
    view.dtype = array.dtype;
    for (const bool wanted : {false, true}) {
      for (int d = 0; d < array.ndim(); ++d) {
        if ((axes >> d & 1) != wanted) continue;
        view.shape.push_back(array.shape[static_cast<size_t>(d)]);
        view.strides.push_back(array.strides[static_cast<size_t>(d)]);
        reduced += wanted;
      }
    }
    kept_dims.assign(view.shape.begin(), view.shape.end() - reduced);
    for (int d = 0; d < array.ndim(); ++d) {
      if (!(axes >> d & 1))
        result.push_back(array.shape[static_cast<size_t>(d)]);
      else if (keepdims)
        result.push_back(1);
    }
  }
  // The array of a result, without the dimensions of size 1 that keepdims leaves.
  View kept(const Array& out, uint64_t axes) const {
    View seen(out);
    if (out.shape.size() == kept_dims.size()) return seen;
    seen.shape = kept_dims;
    seen.strides.clear();
    for (int d = 0; d < out.ndim(); ++d) {
      if (!(axes >> d & 1)) seen.strides.push_back(out.strides[static_cast<size_t>(d)]);
    }
    return seen;
  }
};

void check_not_empty(const char* name, const Operand& x, const KeptFirst& in) {
  const Sizes reduced = Sizes(in.view.shape).last(static_cast<size_t>(in.reduced));
  if (product(in.kept_dims) > 0 && product(reduced) == 0) {
    fail<ValueError>(name, ": no result over axes of size 0 of the shape ", ShapeText{x.shape()},
                     ": there is nothing to choose from");
  }
}

enum class Kind { Sum, Float, Same, Bool, Count };

struct Reduction {
  const char* name;
  ReduceOp op;
  Kind kind;
  const char* what;     // the first sentence of the docstring
  const char* example;  // of the reduction of [[1, 2], [3, 4]]
};

constexpr Reduction kReductions[] = {
    {"sum", ReduceOp::Sum, Kind::Sum, "The sum over axes; integers and bool give int64.",
     "array([4., 6.])"},
    {"nansum", ReduceOp::NanSum, Kind::Sum, "The sum over axes, NaN counted as zero.",
     "array([4., 6.])"},
    {"mean", ReduceOp::Mean, Kind::Float,
     "The mean over axes; integers give float32, no elements give NaN.", "array([2., 3.])"},
    {"prod", ReduceOp::Prod, Kind::Sum, "The product over axes; integers and bool give int64.",
     "array([3., 8.])"},
    {"amax", ReduceOp::Max, Kind::Same, "The largest element over axes, NaN where there is one.",
     "array([3., 4.])"},
    {"amin", ReduceOp::Min, Kind::Same, "The smallest element over axes, NaN where there is one.",
     "array([1., 2.])"},
    {"any", ReduceOp::Any, Kind::Bool, "Whether an element over axes is not zero.",
     "array([ True,  True])"},
    {"all", ReduceOp::All, Kind::Bool, "Whether all elements over axes are not zero.",
     "array([ True,  True])"},
    {"count_nonzero", ReduceOp::CountNonzero, Kind::Count,
     "The number of elements over axes that are not zero.", "array([2, 2])"},
    {"logsumexp", ReduceOp::LogSumExp, Kind::Float,
     "log(sum(exp(x))) over axes, without overflow; integers give float32.",
     "array([3.12692801, 4.12692801])"},
};

DType result_dtype(const Reduction& reduction, DType dtype, nb::handle wanted) {
  if (wanted.is_valid() && !wanted.is_none()) {
    const DType chosen = read_dtype(reduction.name, wanted);
    if (reduction.kind == Kind::Float) check_float(reduction.name, "the result", chosen);
    return chosen;
  }
  switch (reduction.kind) {
    case Kind::Sum:
      return sum_dtype(dtype);
    case Kind::Float:
      return float_for(dtype);
    case Kind::Bool:
      return DType::Bool;
    case Kind::Count:
      return DType::Int64;
    default:
      return dtype;
  }
}

nb::object reduce(const char* name, ReduceOp op, const Operand& x, DType dtype, nb::handle axis,
                  bool keepdims, nb::handle out) {
  const Array array = x.array();
  const uint64_t axes = read_axes(name, axis, array.ndim());
  const KeptFirst in(array, axes, keepdims);
  if (op == ReduceOp::Max || op == ReduceOp::Min) check_not_empty(name, x, in);
  Result result(name, out, dtype, in.result, {array});
  const View kept = in.kept(result.array(), axes);
  {
    const ReleaseForLarge release(array.numel());
    cpu().reduce.run({op, kept.array(), in.view.array(), in.reduced});
  }
  return result.finish();
}

nb::object run_reduction(const Reduction& reduction, nb::handle object, nb::handle axis,
                         nb::handle dtype, bool keepdims, nb::handle out) {
  const Operand x(reduction.name, "x", object);
  const DType chosen = result_dtype(reduction, x.dtype(), dtype);
  const bool sums_integers = reduction.op == ReduceOp::NanSum && !is_floating(chosen);
  const ReduceOp op = sums_integers ? ReduceOp::Sum : reduction.op;
  return reduce(reduction.name, op, x, chosen, axis, keepdims, out);
}

nb::object vector_norm(nb::handle object, nb::handle axis, double order, nb::handle dtype,
                       bool keepdims, nb::handle out) {
  const char* name = "vector_norm";
  const Operand x(name, "x", object);
  const DType chosen = dtype.is_none() ? float_for(x.dtype()) : read_dtype(name, dtype);
  check_float(name, "the result", chosen);
  const ReduceOp op = order == 1   ? ReduceOp::SumAbs
                      : order == 2 ? ReduceOp::Norm2
                                   : ReduceOp::MaxAbs;
  if (op == ReduceOp::MaxAbs && !(std::isinf(order) && order > 0)) {
    fail<ValueError>(name, ": ord must be 1, 2 or infinity, got ", order);
  }
  if (op != ReduceOp::MaxAbs) return reduce(name, op, x, chosen, axis, keepdims, out);
  const KeptFirst in(x.array(), read_axes(name, axis, x.array().ndim()), keepdims);
  check_not_empty(name, x, in);
  return reduce(name, op, x, chosen, axis, keepdims, out);
}

nb::object arg_reduce(const char* name, bool largest, nb::handle object, nb::handle axis,
                      bool keepdims, nb::handle out) {
  const Operand x(name, "x", object);
  const Array array = x.array();
  int64_t one;
  if (!axis.is_none() && !nb::try_cast(axis, one)) {
    fail<TypeError>(name, ": axis must be an int, or None for the position in the flat array");
  }
  const uint64_t axes = read_axes(name, axis, array.ndim());
  const KeptFirst in(array, axes, keepdims);
  check_not_empty(name, x, in);
  Result result(name, out, DType::Int64, in.result, {array});
  const View kept = in.kept(result.array(), axes);
  {
    const ReleaseForLarge release(array.numel());
    cpu().reduce.arg({.largest = largest,
                      .index = kept.array(),
                      .value = {},
                      .in = in.view.array(),
                      .reduced_ndim = in.reduced});
  }
  return result.finish();
}

// With `root` the standard deviation. Integers compute in float32.
std::pair<nb::object, nb::object> moments(const char* name, nb::handle object, nb::handle axis,
                                          double correction, bool keepdims, bool root,
                                          nb::handle variance_out, nb::handle mean_out,
                                          bool wants_mean) {
  const Operand x(name, "x", object);
  const Array array = x.array();
  const DType dtype = float_for(x.dtype());
  const uint64_t axes = read_axes(name, axis, array.ndim());
  const KeptFirst in(array, axes, keepdims);
  Result variance(name, variance_out, dtype, in.result, {array});
  std::optional<Result> mean;
  if (wants_mean)
    mean.emplace(name, mean_out, dtype, in.result,
                 std::initializer_list<Array>{array, variance.array()});
  const View kept_variance = in.kept(variance.array(), axes);
  const View kept_mean = mean ? in.kept(mean->array(), axes) : View();
  {
    const ReleaseForLarge release(array.numel());
    cpu().reduce.moments({.variance = kept_variance.array(),
                          .mean = kept_mean.array(),
                          .in = in.view.array(),
                          .reduced_ndim = in.reduced,
                          .correction = correction,
                          .root = root});
  }
  return {variance.finish(), mean ? mean->finish() : nb::none()};
}

constexpr const char* kAxes =
    "\n\naxis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay "
    "with\nsize 1. ";
constexpr const char* kErrors =
    "Raises IndexError for an axis out of range, ValueError for an `out` of\nanother shape";

void define_reduction(nb::module_& m, const Reduction& known) {
  const bool chooses = known.kind == Kind::Sum || known.kind == Kind::Float;
  std::string doc = std::string(known.what) + kAxes;
  if (chooses) doc += "The maths runs in dtype. ";
  doc += std::string(kErrors) + (known.kind == Kind::Same ? " or an empty axis" : "") +
         ", TypeError for dtypes.\n\n>>> import numpy, taeda_kernels\n>>> taeda_kernels." +
         known.name + "(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)\n" + known.example;
  const std::string start = std::string("def ") + known.name +
                            "(x: typing.Any, axis: int | "
                            "tuple[int, ...] | None = None, *, ";
  const std::string end = "keepdims: bool = False, out: typing.Any = None) -> typing.Any";
  const Reduction* const reduction = &known;
  if (chooses) {
    m.def(
        known.name,
        [reduction](nb::handle x, nb::handle axis, nb::handle dtype, bool keepdims,
                    nb::handle out) {
          return run_reduction(*reduction, x, axis, dtype, keepdims, out);
        },
        nb::arg("x"), nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("dtype") = nb::none(),
        nb::arg("keepdims") = false, nb::arg("out") = nb::none(),
        nb::sig(keep(start + "dtype: typing.Any = None, " + end)), keep(doc));
  } else {
    m.def(
        known.name,
        [reduction](nb::handle x, nb::handle axis, bool keepdims, nb::handle out) {
          return run_reduction(*reduction, x, axis, {}, keepdims, out);
        },
        nb::arg("x"), nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("keepdims") = false,
        nb::arg("out") = nb::none(), nb::sig(keep(start + end)), keep(doc));
  }
}

void define_arg(nb::module_& m, const char* name, bool largest) {
  const std::string which = largest ? "largest" : "smallest";
  m.def(
      name,
      [name, largest](nb::handle x, nb::handle axis, bool keepdims, nb::handle out) {
        return arg_reduce(name, largest, x, axis, keepdims, out);
      },
      nb::arg("x"), nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("keepdims") = false,
      nb::arg("out") = nb::none(),
      nb::sig(keep(std::string("def ") + name +
                   "(x: typing.Any, axis: int | None = None, *, "
                   "keepdims: bool = False, out: typing.Any = None) -> typing.Any")),
      keep("The int64 position of the first " + which +
           " element along axis, or in the flat "
           "array.\n\nNaN comes before every number. Raises IndexError for an axis out of range, "
           "ValueError for\nan empty axis and an `out` of another shape.\n\n"
           ">>> import numpy, taeda_kernels\n>>> taeda_kernels." +
           name + "(numpy.array([[1, 5, 2], [7, 3, 9]]), axis=1)\n" +
           (largest ? "array([1, 2])" : "array([0, 1])")));
}

void define_moments(nb::module_& m) {
  for (const bool root : {false, true}) {
    const char* name = root ? "std" : "var";
    m.def(
        name,
        [name, root](nb::handle x, nb::handle axis, double correction, bool keepdims,
                     nb::handle out) {
          return moments(name, x, axis, correction, keepdims, root, out, {}, false).first;
        },
        nb::arg("x"), nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("correction") = 0.0,
        nb::arg("keepdims") = false, nb::arg("out") = nb::none(),
        nb::sig(keep(std::string("def ") + name +
                     "(x: typing.Any, axis: int | tuple[int, ...] | None = None, *, correction: "
                     "float = 0.0, keepdims: bool = False, out: typing.Any = None) -> "
                     "typing.Any")),
        keep(std::string(root ? "The standard deviation over axes: the root of the variance."
                              : "The variance over axes: sum((x - mean)^2) / (n - correction).") +
             kAxes + "Integers give float32.\n" + kErrors +
             ".\n\n"
             ">>> import numpy, taeda_kernels\n>>> taeda_kernels." +
             name + "(numpy.array([1.0, 2.0, 3.0]), correction=1)\narray(1.)"));
  }
  m.def(
      "var_mean",
      [](nb::handle x, nb::handle axis, double correction, bool keepdims, nb::handle out) {
        const auto outs = read_outs<2>("var_mean", out);
        const auto [variance, mean] =
            moments("var_mean", x, axis, correction, keepdims, false, outs[0], outs[1], true);
        return nb::make_tuple(variance, mean);
      },
      nb::arg("x"), nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("correction") = 0.0,
      nb::arg("keepdims") = false, nb::arg("out") = nb::none(),
      nb::sig("def var_mean(x: typing.Any, axis: int | tuple[int, ...] | None = None, *, "
              "correction: float = 0.0, keepdims: bool = False, "
              "out: tuple[typing.Any, typing.Any] | None = None) -> "
              "tuple[typing.Any, typing.Any]"),
      keep(std::string("The variance and the mean over axes, in two passes.") + kAxes +
           "`out` is a pair of\narrays. " + kErrors +
           ".\n\n"
           ">>> import numpy, taeda_kernels\n"
           ">>> taeda_kernels.var_mean(numpy.array([1.0, 2.0, 3.0]), correction=1)\n"
           "(array(1.), array(2.))"));
}

}  // namespace

void init_reduction(nb::module_& m) {
  for (const Reduction& reduction : kReductions) define_reduction(m, reduction);
  m.def("vector_norm", &vector_norm, nb::arg("x"), nb::arg("axis") = nb::none(), nb::kw_only(),
        nb::arg("ord") = 2.0, nb::arg("dtype") = nb::none(), nb::arg("keepdims") = false,
        nb::arg("out") = nb::none(),
        nb::sig("def vector_norm(x: typing.Any, axis: int | tuple[int, ...] | None = None, *, "
                "ord: float = 2.0, dtype: typing.Any = None, keepdims: bool = False, "
                "out: typing.Any = None) -> typing.Any"),
        keep(std::string("sum(|x|) for ord=1, sqrt(sum(x^2)) for 2, max(|x|) for infinity, over "
                         "axes.") +
             kAxes + "Integers give float32.\n" + kErrors +
             ", another ord or nothing to choose\nfrom.\n\n"
             ">>> import numpy, taeda_kernels\n"
             ">>> taeda_kernels.vector_norm(numpy.array([3.0, 4.0]))\narray(5.)"));
  define_arg(m, "argmax", true);
  define_arg(m, "argmin", false);
  define_moments(m);
}

}  // namespace taeda::python
