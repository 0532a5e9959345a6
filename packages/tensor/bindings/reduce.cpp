// Reductions and scans.
#include "taeda/tensor/ops/reduce.h"

#include "results.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/ops/scan.h"

namespace taeda::python {
namespace {

using Keyword = nb::kw_only;
using OptionalDim = std::optional<int64_t>;
using OptionalDType = std::optional<DType>;

// Binds a function of the module and the method of the same name.
template <class Function, class... Extra>
void both(nb::module_& m, TensorClass& tensor, const char* name, Function function,
          const Extra&... extra) {
  m.def(name, function, nb::arg("input"), extra...);
  tensor.def(name, function, extra...);
}

const auto dim_or_none = [] { return nb::arg("dim") = nb::none(); };
const auto keepdim_false = [] { return nb::arg("keepdim") = false; };
const auto dtype_or_none = [] { return nb::arg("dtype") = nb::none(); };
const auto out_or_none = [] { return nb::arg("out") = nb::none(); };
// NumPy's names of the same arguments, which PyTorch takes too.
const auto axis = [] { return nb::arg("axis"); };
const auto keepdims_false = [] { return nb::arg("keepdims") = false; };

using SumLike = Tensor (*)(const Tensor&, const OptionalDims&, bool, OptionalDType, const Tensor&);

template <SumLike function>
void bind_sum(nb::module_& m, TensorClass& tensor, const char* name, const char* doc) {
  const auto call = [](const Tensor& input, const OptionalDims& dim, bool keepdim,
                       OptionalDType dtype, const OptionalTensor& out) {
    return function(input, dim, keepdim, dtype, given(out));
  };
  both(m, tensor, name, call, dim_or_none(), keepdim_false(), Keyword(), dtype_or_none(),
       out_or_none(), doc);
  const auto numpy_call = [](const Tensor& input, const OptionalDims& dim, bool keepdim,
                             OptionalDType dtype) {
    return function(input, dim, keepdim, dtype, {});
  };
  both(m, tensor, name, numpy_call, Keyword(), axis(), keepdims_false(), dtype_or_none(), doc);
}

using ExtremeLike = Tensor (*)(const Tensor&, const OptionalDims&, bool, const Tensor&);

template <ExtremeLike function>
void bind_extreme(nb::module_& m, TensorClass& tensor, const char* name, const char* doc) {
  const auto call = [](const Tensor& input, const OptionalDims& dim, bool keepdim,
                       const OptionalTensor& out) {
    return function(input, dim, keepdim, given(out));
  };
  both(m, tensor, name, call, dim_or_none(), keepdim_false(), Keyword(), out_or_none(), doc);
  const auto numpy_call = [](const Tensor& input, const OptionalDims& dim, bool keepdim) {
    return function(input, dim, keepdim, {});
  };
  both(m, tensor, name, numpy_call, Keyword(), axis(), keepdims_false(), doc);
}

using ArgLike = Tensor (*)(const Tensor&, OptionalDim, bool, const Tensor&);

template <ArgLike function>
void bind_arg(nb::module_& m, TensorClass& tensor, const char* name, const char* doc) {
  const auto call = [](const Tensor& input, OptionalDim dim, bool keepdim,
                       const OptionalTensor& out) {
    return function(input, dim, keepdim, given(out));
  };
  both(m, tensor, name, call, dim_or_none(), keepdim_false(), Keyword(), out_or_none(), doc);
  const auto numpy_call = [](const Tensor& input, OptionalDim dim, bool keepdim) {
    return function(input, dim, keepdim, {});
  };
  both(m, tensor, name, numpy_call, Keyword(), axis(), keepdims_false(), doc);
}

// max and min: over everything, along a dimension with the positions, or of two tensors.
template <bool largest>
void bind_max(nb::module_& m, TensorClass& tensor) {
  using Result = std::conditional_t<largest, Pair<"max">, Pair<"min">>;
  const char* name = largest ? "max" : "min";
  const char* doc = largest
                        ? "The largest element: of all, along dim with its position, or of each "
                          "pair with other."
                        : "The smallest element: of all, along dim with its position, or of "
                          "each pair with other.";
  both(
      m, tensor, name, [](const Tensor& input) { return largest ? amax(input) : amin(input); },
      doc);
  const auto along = [](const Tensor& input, int64_t dim, bool keepdim) -> Result {
    return largest ? max(input, dim, keepdim) : min(input, dim, keepdim);
  };
  both(m, tensor, name, along, nb::arg("dim"), keepdim_false(), doc);
  both(m, tensor, name, along, Keyword(), axis(), keepdims_false(), doc);
  both(
      m, tensor, name,
      [](const Tensor& input, const Tensor& other) {
        return largest ? apply<Maximum>(input, other) : apply<Minimum>(input, other);
      },
      nb::arg("other"), doc);
}

// One result or two, with PyTorch's three ways to say how the variance is corrected.
template <class Function>
void bind_moments(nb::module_& m, TensorClass& tensor, const char* name, Function function,
                  bool method, const char* doc) {
  const auto overload = [&](auto call, const auto&... extra) {
    m.def(name, call, nb::arg("input"), extra..., doc);
    if (method) tensor.def(name, call, extra..., doc);
  };
  overload([function](const Tensor& input,
                      bool unbiased) { return function(input, {}, unbiased ? 1.0 : 0.0, false); },
           nb::arg("unbiased"));
  overload([function](const Tensor& input, const OptionalDims& dim, bool unbiased,
                      bool keepdim) { return function(input, dim, unbiased ? 1.0 : 0.0, keepdim); },
           nb::arg("dim").none(), nb::arg("unbiased"), keepdim_false());
  overload(
      [function](const Tensor& input, const OptionalDims& dim, std::optional<double> correction,
                 bool keepdim) { return function(input, dim, correction.value_or(1.0), keepdim); },
      dim_or_none(), Keyword(), nb::arg("correction").none() = 1.0, keepdim_false());
  overload(
      [function](const Tensor& input, const OptionalDims& dim, std::optional<double> correction,
                 bool keepdim) { return function(input, dim, correction.value_or(1.0), keepdim); },
      Keyword(), axis(), nb::arg("correction").none() = 1.0, keepdims_false());
}

nb::typed<nb::tuple, Tensor, Tensor> pair_of(const std::pair<Tensor, Tensor>& values) {
  return nb::make_tuple(values.first, values.second);
}

Tensor norm(const Tensor& input, const nb::object& p, const OptionalDims& dim, bool keepdim,
            OptionalDType dtype) {
  double order = 2;
  if (nb::isinstance<nb::str>(p)) {
    const std::string_view text = nb::cast<const char*>(p);
    if (text == "inf" || text == "-inf") {
      order = text == "inf" ? HUGE_VAL : -HUGE_VAL;
    } else if (text != "fro") {
      fail<RuntimeError>("norm: p must be a number, \"fro\" or \"inf\", got \"", text, "\"");
    }
  } else if (!p.is_none()) {
    Scalar value;
    if (!read_number(p.ptr(), value)) {
      fail<TypeError>("norm: p must be a number or \"fro\", got ", Py_TYPE(p.ptr())->tp_name);
    }
    order = value.as_double();
  }
  return vector_norm(input, order, dim, keepdim, dtype);
}

void bind_scans(nb::module_& m, TensorClass& tensor) {
  const auto with_dtype = [&](const char* name, auto call, const char* doc) {
    both(m, tensor, name, call, nb::arg("dim"), Keyword(), dtype_or_none(), out_or_none(), doc);
  };
  with_dtype(
      "cumsum",
      [](const Tensor& input, int64_t dim, OptionalDType dtype, const OptionalTensor& out) {
        return cumsum(input, dim, dtype, given(out));
      },
      "Sums of all elements up to each along dim; of integers in int64.");
  with_dtype(
      "cumprod",
      [](const Tensor& input, int64_t dim, OptionalDType dtype, const OptionalTensor& out) {
        return cumprod(input, dim, dtype, given(out));
      },
      "Products of all elements up to each along dim; of integers in int64.");
  both(m, tensor, "logcumsumexp", logcumsumexp, nb::arg("dim"),
       "log(sum(exp)) of all elements up to each along dim, without overflow.");
  both(
      m, tensor, "cummax",
      [](const Tensor& input, int64_t dim)->Pair<"cummax"> { return cummax(input, dim); },
      nb::arg("dim"), "The largest elements up to each along dim and their positions.");
  both(
      m, tensor, "cummin",
      [](const Tensor& input, int64_t dim)->Pair<"cummin"> { return cummin(input, dim); },
      nb::arg("dim"), "The smallest elements up to each along dim and their positions.");
}

}  // namespace

void bind_reduce(nb::module_& m, TensorClass& tensor) {
  bind_sum<sum>(m, tensor, "sum", "The sum over dim, or of all elements; of integers in int64.");
  bind_sum<nansum>(m, tensor, "nansum", "The sum over dim where NaN counts as zero.");
  bind_sum<mean>(m, tensor, "mean", "The mean over dim, or of all elements, of float tensors.");
  both(
      m, tensor, "nanmean",
      [](const Tensor& input, const OptionalDims& dim, bool keepdim, OptionalDType dtype) {
        return nanmean(input, dim, keepdim, dtype);
      },
      dim_or_none(), keepdim_false(), Keyword(), dtype_or_none(),
      "The mean over dim of what is not NaN.");
  both(
      m, tensor, "prod",
      [](const Tensor& input, OptionalDim dim, bool keepdim, OptionalDType dtype,
         const OptionalTensor& out) { return prod(input, dim, keepdim, dtype, given(out)); },
      dim_or_none(), keepdim_false(), Keyword(), dtype_or_none(), out_or_none(),
      "The product along dim, or of all elements; of integers in int64.");
  bind_extreme<amax>(m, tensor, "amax", "The largest element over dim; NaN where there is one.");
  bind_extreme<amin>(m, tensor, "amin", "The smallest element over dim; NaN where there is one.");
  bind_extreme<any>(m, tensor, "any", "Whether an element over dim is not zero.");
  bind_extreme<all>(m, tensor, "all", "Whether no element over dim is zero.");
  both(
      m, tensor, "equal",
      [](const Tensor& input, const Tensor& other) {
        return input.shape() == other.shape() && item(*all(apply<Equal>(input, other))).as_bool();
      },
      nb::arg("other"),
      "Whether both have the same shape and the same elements.\n\n"
      ">>> equal(tensor([1, 2]), tensor([1, 2]))\nTrue");
  bind_max<true>(m, tensor);
  bind_max<false>(m, tensor);
  bind_arg<argmax>(m, tensor, "argmax",
                   "The first position of the largest element along dim, or among all in row-major "
                   "order.");
  bind_arg<argmin>(m, tensor, "argmin",
                   "The first position of the smallest element along dim, or among all in "
                   "row-major order.");
  bind_moments(m, tensor, "var", var, true,
               "sum (x - mean)^2 / (n - correction) over dim, or of all elements.");
  bind_moments(m, tensor, "std", standard_deviation, true,
               "The square root of the variance over dim, or of all elements.");
  bind_moments(
      m, tensor, "var_mean",
      [](const Tensor& input, const OptionalDims& dim, double correction, bool keepdim) {
        return pair_of(var_mean(input, dim, correction, keepdim));
      },
      false, "The variance and the mean over dim, or of all elements.");
  bind_moments(
      m, tensor, "std_mean",
      [](const Tensor& input, const OptionalDims& dim, double correction, bool keepdim) {
        const auto [variance, mean] = var_mean(input, dim, correction, keepdim);
        return pair_of({apply<Sqrt>(variance), mean});
      },
      false, "The standard deviation and the mean over dim, or of all elements.");
  both(
      m, tensor, "count_nonzero",
      [](const Tensor& input, const OptionalDims& dim) { return count_nonzero(input, dim); },
      dim_or_none(), "How many elements over dim are not zero.");
  both(
      m, tensor, "logsumexp",
      [](const Tensor& input, const Dims& dim, bool keepdim) {
        return logsumexp(input, dim, keepdim);
      },
      nb::arg("dim"), keepdim_false(), "log(sum(exp(x))) over dim, without overflow.");
  both(m, tensor, "norm", norm, nb::arg("p").none() = "fro", dim_or_none(), keepdim_false(),
       dtype_or_none(), "(sum |x|^p)^(1/p) over dim, or of all elements; \"fro\" is p = 2.");
  m.def(
      "linalg_vector_norm",
      [](const Tensor& x, double ord, const OptionalDims& dim, bool keepdim, OptionalDType dtype) {
        return vector_norm(x, ord, dim, keepdim, dtype);
      },
      nb::arg("x"), nb::arg("ord") = 2.0, dim_or_none(), keepdim_false(), Keyword(),
      dtype_or_none(), "(sum |x|^ord)^(1/ord) over dim, or of all elements.");
  bind_scans(m, tensor);
}

}  // namespace taeda::python
