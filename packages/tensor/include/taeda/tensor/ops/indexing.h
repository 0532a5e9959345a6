// Reading and writing elements that integer tensors or masks name; joining tensors.
#pragma once

#include <vector>

#include "taeda/tensor/door.h"

namespace taeda {

// Elements named by integer tensors. inputs: the source, then an int64 index for each of `dims`
// (ascending); the indices broadcast. Their shape takes the place of the dims if these are
// neighbours, else it comes first.
struct TAEDA_API Index {
  static constexpr const char* name = "index";
  struct Attributes {
    Dims dims;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// The first input with `values` written, or added, at these elements; later indices win or add
// last. inputs: the source, the values (broadcast to what Index gives), then the indices.
struct TAEDA_API IndexPut {
  static constexpr const char* name = "index_put";
  static constexpr bool converts_output = true;
  struct Attributes {
    Dims dims;
    bool accumulate;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// Rows of a table. inputs: weight (rows, width), int64 indices of any shape.
struct TAEDA_API Embedding {
  static constexpr const char* name = "embedding";
  struct Attributes {
    int64_t padding_idx;  // that row gets no gradient; -1: none
  };
  static void infer(Inputs inputs, const Attributes&, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// The gradient of the table. inputs: the gradient, the indices.
struct TAEDA_API EmbeddingBackward {
  static constexpr const char* name = "embedding_backward";
  struct Attributes {
    int64_t rows, padding_idx;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// inputs: source, int64 index of the result's shape.
struct TAEDA_API Gather {
  static constexpr const char* name = "gather";
  struct Attributes {
    int dim;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// inputs: the tensor that is written to, int64 index, values of at least the index's shape.
struct TAEDA_API Scatter {
  static constexpr const char* name = "scatter";
  static constexpr bool converts_output = true;
  struct Attributes {
    int dim;
    ScatterOp op;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// The same, for the operations whose derivative needs the values: all but Assign and Add.
struct TAEDA_API ScatterReduce : Scatter {
  static constexpr const char* name = "scatter_reduce";
};
// Tensors one after the other along a dimension. Empty tensors of shape (0,) are left out.
struct TAEDA_API Cat {
  static constexpr const char* name = "cat";
  static constexpr bool converts_output = true;
  struct Attributes {
    int dim;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// Tensors of one shape along a new dimension.
struct TAEDA_API Stack {
  static constexpr const char* name = "stack";
  static constexpr bool converts_output = true;
  struct Attributes {
    int dim;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// The value where the mask holds. inputs: source, mask, zero-dimensional value of the source's
// dtype.
struct TAEDA_API MaskedFill {
  static constexpr const char* name = "masked_fill";
  static constexpr bool converts_output = true;
  using Attributes = NoAttributes;
  static void infer(Inputs inputs, const Attributes&, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// The elements where the mask holds, side by side. inputs: source, mask of its shape.
struct TAEDA_API MaskedSelect {
  static constexpr const char* name = "masked_select";
  struct Attributes {
    int64_t count;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// The next of the values where the mask holds. inputs: source, mask of its shape, as many values of
// its dtype, side by side.
struct TAEDA_API MaskedScatter {
  static constexpr const char* name = "masked_scatter";
  static constexpr bool converts_output = true;
  using Attributes = NoAttributes;
  static void infer(Inputs inputs, const Attributes&, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// The positions (count, ndim) of the elements that are not zero.
struct TAEDA_API Nonzero {
  static constexpr const char* name = "nonzero";
  struct Attributes {
    int64_t count;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
struct TAEDA_API Flip {
  static constexpr const char* name = "flip";
  static constexpr bool converts_output = true;
  struct Attributes {
    Dims dims;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// Elements moved on along dimensions; those that leave come in at the other end.
struct TAEDA_API Roll {
  static constexpr const char* name = "roll";
  static constexpr bool converts_output = true;
  struct Attributes {
    Dims shifts;  // of each dimension, from 0 to its size
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};
// The lower or upper triangle of matrices, the rest zero.
struct TAEDA_API Triangle {
  static constexpr const char* name = "triangle";
  struct Attributes {
    int64_t diagonal;
    bool lower;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&);
};

// An index for each of the first dimensions; an undefined Tensor leaves its dimension whole.
// Integer tensors of any dtype; bool tensors stand for the positions where they hold, and use as
// many dimensions as they have.
using Indices = std::vector<Tensor>;

TAEDA_API Tensor index(const Tensor& input, const Indices& indices);
TAEDA_API Tensor index_put(const Tensor& input, const Indices& indices, const Tensor& values,
                           bool accumulate = false);
TAEDA_API Tensor index_put_(const Tensor& input, const Indices& indices, const Tensor& values,
                            bool accumulate = false);
TAEDA_API Tensor index_select(const Tensor& input, int64_t dim, const Tensor& index);
TAEDA_API Tensor embedding(const Tensor& weight, const Tensor& indices, int64_t padding_idx = -1);
TAEDA_API Tensor embedding_backward(const Tensor& gradient, const Tensor& indices, int64_t rows,
                                    int64_t padding_idx);
TAEDA_API Tensor gather(const Tensor& input, int64_t dim, const Tensor& index);
TAEDA_API Tensor scatter(const Tensor& input, int64_t dim, const Tensor& index,
                         const Tensor& values, ScatterOp op = ScatterOp::Assign,
                         bool in_place = false);
enum class ScatterReduction : uint8_t { Sum, Product, Mean, Maximum, Minimum };
// All values that meet in one element, and that element itself with `include_self`, made one.
TAEDA_API Tensor scatter_reduce(const Tensor& input, int64_t dim, const Tensor& index,
                                const Tensor& values, ScatterReduction reduction,
                                bool include_self = true);
// Gather where index and input broadcast, but for dim.
TAEDA_API Tensor take_along_dim(const Tensor& input, const Tensor& index, int64_t dim);
TAEDA_API Tensor cat(const std::vector<Tensor>& tensors, int64_t dim = 0, const Tensor& out = {});
TAEDA_API Tensor stack(const std::vector<Tensor>& tensors, int64_t dim = 0, const Tensor& out = {});
TAEDA_API Tensor masked_fill(const Tensor& input, const Tensor& mask, const Tensor& value);
TAEDA_API Tensor masked_fill_(const Tensor& input, const Tensor& mask, const Tensor& value);
TAEDA_API Tensor masked_select(const Tensor& input, const Tensor& mask);
// The elements where the mask holds replaced by those of `source`, in row-major order.
TAEDA_API Tensor masked_scatter(const Tensor& input, const Tensor& mask, const Tensor& source,
                                bool in_place = false);
TAEDA_API Tensor nonzero(const Tensor& input);
TAEDA_API Tensor flip(const Tensor& input, const Dims& dims);
TAEDA_API Tensor roll(const Tensor& input, const Dims& shifts, const Dims& dims);
TAEDA_API Tensor repeat(const Tensor& input, const Dims& repeats);
TAEDA_API Tensor tril(const Tensor& input, int64_t diagonal = 0);
TAEDA_API Tensor triu(const Tensor& input, int64_t diagonal = 0);

}  // namespace taeda
