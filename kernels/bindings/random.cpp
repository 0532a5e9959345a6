// Random numbers: each depends on the seed, the offset and its place in the result alone.
#include "taeda/kernels/ops/random.h"

#include <nanobind/stl/string.h>

#include <cmath>

#include "bindings.h"
#include "operands.h"
#include "taeda/kernels/ops/parameters.h"

namespace taeda::python {
namespace {

uint64_t read_word(const char* name, const char* argument, nb::handle object) {
  uint64_t value;
  if (!nb::try_cast(object, value)) {
    fail<TypeError>(name, ": ", argument, " must be an int from 0 to 2^64 - 1, got ",
                    nb::cast<const char*>(nb::repr(object)));
  }
  return value;
}

RandomStream read_stream(const char* name, nb::handle seed, nb::handle offset) {
  return {read_word(name, "seed", seed), read_word(name, "offset", offset)};
}

// The dtype asked for, else that of `out`, else the usual one.
DType choose_dtype(const char* name, nb::handle dtype, nb::handle out, DType usual) {
  if (!dtype.is_none()) return read_dtype(name, dtype);
  return out.is_none() ? usual : Output(name, out).array().dtype;
}

Shape checked_shape(const char* name, nb::handle object) {
  const Shape shape = read_shape(name, "shape", object);
  for (int64_t size : shape) {
    if (size < 0) fail<ValueError>(name, ": negative size in the shape ", ShapeText{shape});
  }
  return shape;
}

nb::object fill(const char* name, Distribution distribution, double a, double b, nb::handle shape,
                nb::handle seed, nb::handle offset, nb::handle dtype_object, nb::handle out) {
  const Shape sizes = checked_shape(name, shape);
  const bool whole = distribution == Distribution::Geometric;
  const DType dtype = choose_dtype(name, dtype_object, out, whole ? DType::Int64 : DType::Float32);
  if (!whole || dtype == DType::Bool) check_float(name, "the result", dtype);
  const RandomStream stream = read_stream(name, seed, offset);
  Result result(name, out, dtype, sizes, {});
  {
    const ReleaseForLarge release(product(sizes));
    cpu().random.fill({result.array(), distribution, a, b, stream});
  }
  return result.finish();
}

void check(const char* name, bool holds, const char* rule, double value) {
  if (!holds) fail<ValueError>(name, ": ", rule, ", got ", value);
}

// A distribution with its parameters: names, defaults and rules are in the tables below.
struct Facts {
  const char* name;
  Distribution distribution;
  const char* a;  // names; null: no such parameter
  const char* b;
  double default_a, default_b;
  const char* what;
  const char* rule;  // what the parameters must fulfil
};

bool fulfils(Distribution distribution, double a, double b) {
  switch (distribution) {
    case Distribution::Uniform:
      return a <= b && std::isfinite(b - a);
    case Distribution::Normal:
    case Distribution::LogNormal:
      return b >= 0;
    case Distribution::Exponential:
      return a > 0;
    case Distribution::Cauchy:
      return b > 0;
    case Distribution::Geometric:
      return a > 0 && a < 1;
  }
  return false;
}

nb::object draw(const Facts& known, double a, double b, nb::handle shape, nb::handle seed,
                nb::handle offset, nb::handle dtype, nb::handle out) {
  if (!fulfils(known.distribution, a, b)) {
    if (known.b) fail<ValueError>(known.name, ": ", known.rule, ", got ", a, " and ", b);
    fail<ValueError>(known.name, ": ", known.rule, ", got ", a);
  }
  return fill(known.name, known.distribution, a, b, shape, seed, offset, dtype, out);
}

constexpr Facts kDistributions[] = {
    {"uniform", Distribution::Uniform, "low", "high", 0, 1, "Uniform numbers in [low, high).",
     "low must not exceed high"},
    {"normal", Distribution::Normal, "mean", "std", 0, 1,
     "Normal numbers of a mean and a standard deviation.", "std must not be negative"},
    {"log_normal", Distribution::LogNormal, "mean", "std", 0, 1,
     "exp(x) of normal numbers x of a mean and a standard deviation.", "std must not be negative"},
    {"exponential", Distribution::Exponential, "rate", nullptr, 1, 0,
     "Exponential numbers of a rate, of the density rate * exp(-rate * x).",
     "rate must be positive"},
    {"cauchy", Distribution::Cauchy, "median", "scale", 0, 1,
     "Cauchy numbers of a median and a scale.", "scale must be positive"},
    {"geometric", Distribution::Geometric, "p", nullptr, 0.5, 0,
     "Trials until the first success of probability p: 1, 2, ...", "p must lie between 0 and 1"},
};

std::string number_text(double value) { return nb::cast<std::string>(nb::repr(nb::float_(value))); }

void define(nb::module_& m, const Facts& known) {
  const bool whole = known.distribution == Distribution::Geometric;
  std::string signature = std::string("def ") + known.name + "(shape: int | tuple[int, ...], " +
                          known.a + ": float = " + number_text(known.default_a);
  if (known.b)
    signature += std::string(", ") + known.b + ": float = " + number_text(known.default_b);
  signature +=
      ", *, seed: int, offset: int = 0, dtype: typing.Any = None, "
      "out: typing.Any = None) -> typing.Any";
  const char* const doc = keep(
      std::string(known.what) + "\n\nThe result has the shape, and the dtype (" +
      (whole ? "int64" : "float32, a float dtype") +
      ") unless `out` has another. The same seed and\noffset give the same numbers; other offsets "
      "others. Raises ValueError: " +
      known.rule +
      ";\nTypeError for dtypes.\n\n>>> import numpy, taeda_kernels\n>>> a = taeda_kernels." +
      known.name + "((2, 3), seed=1)\n>>> a.shape, bool((a == taeda_kernels." + known.name +
      "((2, 3), seed=1)).all())\n((2, 3), True)");
  if (known.b) {
    m.def(
        known.name,
        [&known](nb::handle shape, double a, double b, nb::handle seed, nb::handle offset,
                 nb::handle dtype,
                 nb::handle out) { return draw(known, a, b, shape, seed, offset, dtype, out); },
        nb::arg("shape"), nb::arg(known.a) = known.default_a, nb::arg(known.b) = known.default_b,
        nb::kw_only(), nb::arg("seed"), nb::arg("offset") = 0, nb::arg("dtype") = nb::none(),
        nb::arg("out") = nb::none(), nb::sig(keep(signature)), doc);
  } else {
    m.def(
        known.name,
        [&known](nb::handle shape, double a, nb::handle seed, nb::handle offset, nb::handle dtype,
                 nb::handle out) { return draw(known, a, 0, shape, seed, offset, dtype, out); },
        nb::arg("shape"), nb::arg(known.a) = known.default_a, nb::kw_only(), nb::arg("seed"),
        nb::arg("offset") = 0, nb::arg("dtype") = nb::none(), nb::arg("out") = nb::none(),
        nb::sig(keep(signature)), doc);
  }
}

nb::object integers(nb::handle shape, int64_t low, int64_t high, nb::handle seed, nb::handle offset,
                    nb::handle dtype_object, nb::handle out) {
  const char* name = "integers";
  const Shape sizes = checked_shape(name, shape);
  if (low >= high) {
    fail<ValueError>(name, ": low must be below high, got ", low, " and ", high);
  }
  const DType dtype = choose_dtype(name, dtype_object, out, DType::Int64);
  const double largest = largest_value(dtype);
  const double smallest = is_floating(dtype) ? -largest : facts(dtype).is_signed ? -largest - 1 : 0;
  if (static_cast<double>(low) < smallest || static_cast<double>(high) - 1 > largest) {
    fail<ValueError>(name, ": ", dtype, " does not hold all integers from ", low, " to ", high - 1);
  }
  const RandomStream stream = read_stream(name, seed, offset);
  Result result(name, out, dtype, sizes, {});
  {
    const ReleaseForLarge release(product(sizes));
    const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
    cpu().random.integers({result.array(), low, range, stream});
  }
  return result.finish();
}

nb::object bernoulli(nb::handle p_object, nb::handle seed, nb::handle offset, nb::handle out) {
  const char* name = "bernoulli";
  const Operand p(name, "p", p_object);
  check_float(name, "p", p.dtype());
  const RandomStream stream = read_stream(name, seed, offset);
  Result result(name, out, DType::Bool, p.shape(), {p.array()});
  {
    const ReleaseForLarge release(p.array().numel());
    cpu().random.bernoulli({result.array(), p.array(), stream});
  }
  return result.finish();
}

nb::object dropout(nb::handle object, double p, nb::handle seed, nb::handle offset,
                   nb::handle out) {
  const char* name = "dropout";
  const Operand x(name, "x", object);
  check_float(name, "x", x.dtype());
  check(name, p >= 0 && p <= 1, "p must lie between 0 and 1", p);
  const RandomStream stream = read_stream(name, seed, offset);
  Result result(name, out, x.dtype(), x.shape(), {x.array()}, {.same_place_is_safe = true});
  {
    const ReleaseForLarge release(x.array().numel());
    cpu().random.dropout({.out = result.array(),
                          .in = x.array(),
                          .p = p,
                          .scale = p < 1 ? 1 / (1 - p) : 0,
                          .stream = stream});
  }
  return result.finish();
}

nb::object permutation(int64_t n, nb::handle seed, nb::handle offset, nb::handle out) {
  const char* name = "permutation";
  if (n < 0) fail<ValueError>(name, ": n must not be negative, got ", n);
  const RandomStream stream = read_stream(name, seed, offset);
  Result result(name, out, DType::Int64, {&n, 1}, {}, {.layout = Layout::RowMajor});
  {
    const ReleaseForLarge release(n);
    cpu().random.permutation(result.array(), stream);
  }
  return result.finish();
}

nb::object multinomial(nb::handle object, int64_t samples, bool replacement, nb::handle seed,
                       nb::handle offset, nb::handle out) {
  const char* name = "multinomial";
  const Operand weights(name, "weights", object);
  check_float(name, "weights", weights.dtype());
  const Sizes sizes = weights.shape();
  if (sizes.empty()) fail<ValueError>(name, ": weights must have at least one dimension");
  if (samples < 0 || (!replacement && samples > sizes.back())) {
    fail<ValueError>(name, ": cannot draw ", samples, " of ", sizes.back(),
                     " categories without replacement");
  }
  const RandomStream stream = read_stream(name, seed, offset);
  Shape shape(sizes.begin(), sizes.end());
  shape.back() = samples;
  const int64_t rows = product(sizes.first(sizes.size() - 1));
  Result result(name, out, DType::Int64, shape, {weights.array()}, {.layout = Layout::RowMajor});
  Packed packed(weights.array(), DType::Float64);
  const View to(result.array(), {rows, samples});
  if (product(shape) > 0) {
    const ReleaseForLarge release(weights.array().numel());
    cpu().random.multinomial({.out = to.array(),
                              .weights = packed.array({rows, sizes.back()}),
                              .replacement = replacement,
                              .stream = stream});
  }
  return result.finish();
}

}  // namespace

void init_random(nb::module_& m) {
  for (const Facts& known : kDistributions) define(m, known);
  m.def("integers", &integers, nb::arg("shape"), nb::arg("low"), nb::arg("high"), nb::kw_only(),
        nb::arg("seed"), nb::arg("offset") = 0, nb::arg("dtype") = nb::none(),
        nb::arg("out") = nb::none(),
        nb::sig("def integers(shape: int | tuple[int, ...], low: int, high: int, *, seed: int, "
                "offset: int = 0, dtype: typing.Any = None, out: typing.Any = None) "
                "-> typing.Any"),
        "Integers from low to high - 1, all equally likely.\n\n"
        "The result has the shape, and the dtype (int64) unless `out` has another. Raises "
        "ValueError for\nbounds that are not ascending or do not fit the dtype.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> a = taeda_kernels.integers(100, -1, 2, seed=1)\n"
        ">>> numpy.unique(a)\n"
        "array([-1,  0,  1])");
  m.def("bernoulli", &bernoulli, nb::arg("p"), nb::kw_only(), nb::arg("seed"),
        nb::arg("offset") = 0, nb::arg("out") = nb::none(),
        nb::sig("def bernoulli(p: typing.Any, *, seed: int, offset: int = 0, "
                "out: typing.Any = None) -> typing.Any"),
        "True with the probability of each element of p, of a float dtype.\n\n"
        "The result has the shape of p, of bool unless `out` has another dtype. Raises "
        "RuntimeError for\na probability outside of [0, 1], TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.bernoulli(numpy.array([0.0, 1.0]), seed=1)\n"
        "array([False,  True])");
  m.def("dropout", &dropout, nb::arg("x"), nb::arg("p") = 0.5, nb::kw_only(), nb::arg("seed"),
        nb::arg("offset") = 0, nb::arg("out") = nb::none(),
        nb::sig("def dropout(x: typing.Any, p: float = 0.5, *, seed: int, offset: int = 0, "
                "out: typing.Any = None) -> typing.Any"),
        "x / (1 - p), or 0 with the probability p, for each element.\n\n"
        "The result has the shape of x, of a float dtype; `out` may be x. Run on a gradient with "
        "the same\nseed and offset it is its own derivative. Raises ValueError for a p outside of "
        "[0, 1], TypeError\nfor dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> numpy.unique(taeda_kernels.dropout(numpy.ones(100), 0.75, seed=1))\n"
        "array([0., 4.])");
  m.def("permutation", &permutation, nb::arg("n"), nb::kw_only(), nb::arg("seed"),
        nb::arg("offset") = 0, nb::arg("out") = nb::none(),
        nb::sig("def permutation(n: int, *, seed: int, offset: int = 0, "
                "out: typing.Any = None) -> typing.Any"),
        "The numbers 0 to n - 1 in a random order: (n,) of int64.\n\n"
        "Raises ValueError for a negative n.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> numpy.sort(taeda_kernels.permutation(4, seed=1))\n"
        "array([0, 1, 2, 3])");
  m.def("multinomial", &multinomial, nb::arg("weights"), nb::arg("samples"), nb::kw_only(),
        nb::arg("replacement") = false, nb::arg("seed"), nb::arg("offset") = 0,
        nb::arg("out") = nb::none(),
        nb::sig("def multinomial(weights: typing.Any, samples: int, *, replacement: bool = False, "
                "seed: int, offset: int = 0, out: typing.Any = None) -> typing.Any"),
        "Draws of categories with probabilities in proportion to weights.\n\n"
        "weights (..., categories), of a float dtype, give (..., samples) of int64. Raises "
        "ValueError for\nmore samples than there are categories to draw without replacement, "
        "RuntimeError for weights that\nare negative, not finite or all zero, TypeError for "
        "dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.multinomial(numpy.array([0.0, 1.0]), 2, replacement=True, seed=1)\n"
        "array([1, 1])");
}

}  // namespace taeda::python
