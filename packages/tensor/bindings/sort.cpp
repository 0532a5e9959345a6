// Sorting, ranking, searching and counting.
#include "taeda/tensor/ops/sort.h"

#include "bindings.h"
#include "results.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/views.h"

namespace taeda::python {
namespace {

template <class Function, class... Extra>
void both(nb::module_& m, TensorClass& tensor, const char* name, Function function,
          const Extra&... extra) {
  m.def(name, function, nb::arg("input"), extra...);
  tensor.def(name, function, extra...);
}

// The values alone, or with what was asked for.
nb::any unique_parts(UniqueResult result, bool inverse, bool counts) {
  if (!inverse && !counts) return nb::borrow<nb::any>(nb::cast(result.values));
  if (!counts) return nb::borrow<nb::any>(nb::make_tuple(result.values, result.inverse));
  if (!inverse) return nb::borrow<nb::any>(nb::make_tuple(result.values, result.counts));
  return nb::borrow<nb::any>(nb::make_tuple(result.values, result.inverse, result.counts));
}
void check_no_dim(const char* name, const nb::object& dim) {
  if (!dim.is_none()) {
    fail<NotImplementedError>(name, ": only dim=None, the flattened tensor, is supported");
  }
}

Tensor search(const Tensor& sequence, const Operand& values, bool out_int32, bool right,
              const nb::object& side) {
  const bool from_right =
      side.is_none() ? right : std::string_view(nb::cast<const char*>(side)) == "right";
  const Tensor result = searchsorted(sequence, values.tensor(), from_right);
  return out_int32 ? to(result, DType::Int32) : result;
}

}  // namespace

void bind_sort(nb::module_& m, TensorClass& tensor) {
  both(
      m, tensor, "sort", [](const Tensor& input, int64_t dim, bool descending, bool)->Pair<"sort"> {
        return sort(input, dim, descending);
      },
      nb::arg("dim") = -1, nb::arg("descending") = false, nb::arg("stable") = true,
      "The elements of a dimension in order, equal ones as they were, and where each was.");
  both(
      m, tensor, "argsort",
      [](const Tensor& input, int64_t dim, bool descending, bool) {
        return sort(input, dim, descending).second;
      },
      nb::arg("dim") = -1, nb::arg("descending") = false, nb::arg("stable") = true,
      "The indices that sort a dimension.");
  both(
      m, tensor, "msort", [](const Tensor& input) { return sort(input, 0).first; },
      "The elements of the first dimension in order.");
  both(
      m, tensor, "topk",
      [](const Tensor& input, int64_t k, int64_t dim, bool largest, bool)->Pair<"topk"> {
        return topk(input, k, dim, largest);
      },
      nb::arg("k"), nb::arg("dim") = -1, nb::arg("largest") = true, nb::arg("sorted") = true,
      "The k largest or smallest elements in order, and where they were.");
  both(
      m, tensor, "kthvalue",
      [](const Tensor& input, int64_t k, int64_t dim, bool keepdim)->Pair<"kthvalue"> {
        return kthvalue(input, k, dim, keepdim);
      },
      nb::arg("k"), nb::arg("dim") = -1, nb::arg("keepdim") = false,
      "The k-th smallest element, counted from 1, and where it was.");
  both(
      m, tensor, "median", [](const Tensor& input) { return median(input); },
      "The lower median of all elements.");
  both(
      m, tensor, "median", [](const Tensor& input, int64_t dim, bool keepdim)->Pair<"median"> {
        return median(input, dim, keepdim);
      },
      nb::arg("dim"), nb::arg("keepdim") = false,
      "The lower median along a dimension and where it was.");
  both(
      m, tensor, "unique",
      [](const Tensor& input, bool, bool return_inverse, bool return_counts,
         const nb::object& dim) {
        check_no_dim("unique", dim);
        return unique_parts(unique(input, return_inverse, return_counts), return_inverse,
                            return_counts);
      },
      nb::arg("sorted") = true, nb::arg("return_inverse") = false, nb::arg("return_counts") = false,
      nb::arg("dim") = nb::none(),
      "The distinct elements in order; with their places in the input and their counts.");
  both(
      m, tensor, "unique_consecutive",
      [](const Tensor& input, bool return_inverse, bool return_counts, const nb::object& dim) {
        check_no_dim("unique_consecutive", dim);
        return unique_parts(unique_consecutive(input, return_inverse, return_counts),
                            return_inverse, return_counts);
      },
      nb::arg("return_inverse") = false, nb::arg("return_counts") = false,
      nb::arg("dim") = nb::none(), "The elements without those equal to their predecessor.");
  m.def("searchsorted", search, nb::arg("sorted_sequence"), nb::arg("input"), nb::kw_only(),
        nb::arg("out_int32") = false, nb::arg("right") = false, nb::arg("side") = nb::none(),
        "Where each value would be inserted to keep the sequence ascending.");
  m.def(
      "bucketize",
      [](const Operand& input, const Tensor& boundaries, bool out_int32, bool right) {
        return search(boundaries, input, out_int32, right, nb::none());
      },
      nb::arg("input"), nb::arg("boundaries"), nb::kw_only(), nb::arg("out_int32") = false,
      nb::arg("right") = false, "The number of the interval between boundaries for each value.");
  both(
      m, tensor, "bincount",
      [](const Tensor& input, const OptionalTensor& weights, int64_t minlength) {
        return bincount(input, given(weights), minlength);
      },
      nb::arg("weights") = nb::none(), nb::arg("minlength") = 0,
      "How often each integer occurs, or the sum of its weights.");
}

}  // namespace taeda::python
