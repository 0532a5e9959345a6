// Tensors made from a rule: progressions and the identity. They are computed on the CPU and then
// moved.
#pragma once

#include "taeda/tensor/memory_format.h"

namespace taeda {

// start, start + step, ... below end: ceil((end - start) / step) elements, counted in integers
// where all three are integers.
TAEDA_API Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step, DType dtype,
                        Device device = {});
// `steps` elements from start to end, both included, at equal distances; exact at both ends.
TAEDA_API Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps, DType dtype,
                          Device device = {});
// base to the power of linspace(start, end).
TAEDA_API Tensor logspace(const Scalar& start, const Scalar& end, int64_t steps, double base,
                          DType dtype, Device device = {});
// Ones on the diagonal, else zeros.
TAEDA_API Tensor eye(int64_t rows, int64_t columns, DType dtype, Device device = {});
// Uninitialised memory for any strides.
TAEDA_API Tensor empty_strided(const Dims& shape, const Dims& strides, DType dtype,
                               Device device = {});
// The same elements on another device, in another dtype or in another layout; the input itself
// where nothing changes. Without `wait` a copy from or to pinned memory may still be under way.
TAEDA_API Tensor moved(const Tensor& input, DType dtype, Device device, bool copy = false,
                       bool wait = true, MemoryFormat format = MemoryFormat::Preserve);

// A copy on the CPU in page-locked memory, which a CUDA device copies from and to by itself.
TAEDA_API Tensor pinned(const Tensor& input);
TAEDA_API bool is_pinned(const Tensor& input);

}  // namespace taeda
