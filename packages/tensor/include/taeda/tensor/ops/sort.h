// Sorting, ranking and searching.
#pragma once

#include <utility>

#include "taeda/tensor/door.h"

namespace taeda {

// Stable; NaN counts as larger than every number. outputs: values, int64 indices.
struct TAEDA_API Sort {
  static constexpr const char* name = "sort";
  struct Attributes {
    int dim;
    bool descending;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// Along the last dimension, in order. outputs: values, int64 indices.
struct TAEDA_API TopK {
  static constexpr const char* name = "topk";
  struct Attributes {
    int64_t k;
    bool largest;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// inputs: ascending sequences (rows or 1, n), values (rows, m) of the same dtype.
struct TAEDA_API SearchSorted {
  static constexpr const char* name = "searchsorted";
  struct Attributes {
    bool right;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};

using ValuesAndIndices = std::pair<Tensor, Tensor>;

struct UniqueResult {
  Tensor values, inverse, counts;
};

TAEDA_API ValuesAndIndices sort(const Tensor& input, int64_t dim = -1, bool descending = false);
TAEDA_API ValuesAndIndices topk(const Tensor& input, int64_t k, int64_t dim = -1,
                                bool largest = true);
// The k-th smallest, counted from 1.
TAEDA_API ValuesAndIndices kthvalue(const Tensor& input, int64_t k, int64_t dim = -1,
                                    bool keepdim = false);
// The lower median; NaN where there is one.
TAEDA_API ValuesAndIndices median(const Tensor& input, int64_t dim, bool keepdim = false);
TAEDA_API Tensor median(const Tensor& input);
// The distinct elements in order and, where wanted, where each element is among them and how often
// each occurs.
TAEDA_API UniqueResult unique(const Tensor& input, bool inverse, bool counts);
// The same of neighbours that are equal, in the order in which they come.
TAEDA_API UniqueResult unique_consecutive(const Tensor& input, bool inverse, bool counts);
TAEDA_API Tensor searchsorted(const Tensor& sequence, const Tensor& values, bool right = false);
// How often each integer from 0 on occurs, or the sum of its weights.
TAEDA_API Tensor bincount(const Tensor& input, const Tensor& weights = {}, int64_t minlength = 0);

}  // namespace taeda
