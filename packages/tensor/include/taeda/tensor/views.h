// Views: other shapes and strides of the same memory. Nothing is copied, and a write into one is
// seen in all.
#pragma once

#include "taeda/tensor/door.h"

namespace taeda {

// Dimension i of the result is dimension dims[i] of the input.
struct TAEDA_API Permute {
  static constexpr const char* name = "permute";
  struct Attributes {
    Dims dims;
  };
  static ViewSpec view(const TensorBody& input, const Attributes& attributes);
};
// Another shape of the same elements in row-major order.
struct TAEDA_API View {
  static constexpr const char* name = "view";
  struct Attributes {
    Dims shape;
  };
  static ViewSpec view(const TensorBody& input, const Attributes& attributes);
};
// Dimensions of size 1, and new leading ones, repeated without memory.
struct TAEDA_API Expand {
  static constexpr const char* name = "expand";
  struct Attributes {
    Dims shape;
  };
  static ViewSpec view(const TensorBody& input, const Attributes& attributes);
};
// Indices start, start + step, ... below end of one dimension. The step may be negative.
struct TAEDA_API Slice {
  static constexpr const char* name = "slice";
  struct Attributes {
    int dim;
    int64_t start, length, step;
  };
  static ViewSpec view(const TensorBody& input, const Attributes& attributes);
};
// One index of one dimension, which vanishes.
struct TAEDA_API Select {
  static constexpr const char* name = "select";
  struct Attributes {
    int dim;
    int64_t index;
  };
  static ViewSpec view(const TensorBody& input, const Attributes& attributes);
};
// The diagonal of two dimensions, which becomes the last dimension.
struct TAEDA_API Diagonal {
  static constexpr const char* name = "diagonal";
  struct Attributes {
    int64_t offset;
    int dim1, dim2;
  };
  static ViewSpec view(const TensorBody& input, const Attributes& attributes);
};
// Windows of `size` every `step` along one dimension; the window becomes the last dimension.
struct TAEDA_API Unfold {
  static constexpr const char* name = "unfold";
  struct Attributes {
    int dim;
    int64_t size, step;
  };
  static ViewSpec view(const TensorBody& input, const Attributes& attributes);
};
// Any shape, strides and offset within the storage.
struct TAEDA_API AsStrided {
  static constexpr const char* name = "as_strided";
  struct Attributes {
    Dims shape, strides;
    int64_t offset;
  };
  static ViewSpec view(const TensorBody& input, const Attributes& attributes);
};

TAEDA_API Tensor permute(const Tensor& input, const Dims& dims);
TAEDA_API Tensor transpose(const Tensor& input, int64_t dim0, int64_t dim1);
TAEDA_API Tensor view(const Tensor& input, const Dims& shape);  // one size may be -1
TAEDA_API Tensor reshape(const Tensor& input,
                         const Dims& shape);  // a view where possible, else a copy
TAEDA_API Tensor flatten(const Tensor& input, int64_t start_dim = 0, int64_t end_dim = -1);
TAEDA_API Tensor expand(const Tensor& input, const Dims& shape);  // -1 keeps a size
TAEDA_API Tensor broadcast_to(const Tensor& input, const Dims& shape);
TAEDA_API Tensor squeeze(const Tensor& input);
TAEDA_API Tensor squeeze(const Tensor& input, int64_t dim);
TAEDA_API Tensor unsqueeze(const Tensor& input, int64_t dim);
TAEDA_API Tensor slice(const Tensor& input, int64_t dim, int64_t start, int64_t end, int64_t step);
TAEDA_API Tensor narrow(const Tensor& input, int64_t dim, int64_t start, int64_t length);
TAEDA_API Tensor select(const Tensor& input, int64_t dim, int64_t index);
TAEDA_API Tensor diagonal(const Tensor& input, int64_t offset, int64_t dim1, int64_t dim2);
TAEDA_API Tensor unfold(const Tensor& input, int64_t dim, int64_t size, int64_t step);
TAEDA_API Tensor as_strided(const Tensor& input, const Dims& shape, const Dims& strides,
                            int64_t offset);

}  // namespace taeda
