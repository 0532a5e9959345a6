// What each family of kernels contributes to the table.
#pragma once

#include "taeda/kernels/registry.h"

namespace taeda::cuda {

ElementwiseKernels elementwise_kernels();
ReduceKernels reduce_kernels();
ScanKernels scan_kernels();
SoftmaxKernels softmax_kernels();
NormalizationKernels normalization_kernels();
LossKernels loss_kernels();
PoolKernels pool_kernels();
SamplingKernels sampling_kernels();
SortKernels sort_kernels();
IndexingKernels indexing_kernels();
MatmulKernels matmul_kernels();
ConvolutionKernels convolution_kernels();
AttentionKernels attention_kernels();
RecurrenceKernels recurrence_kernels();
RandomKernels random_kernels();
OptimizerKernels optimizer_kernels();

// out = in, converted, of one shape, both on the current device.
void copy_array(const Array& out, const Array& in);
// Each element becomes *value, one element of the dtype of `out`, in the memory of the CPU.
void fill_array(const Array& out, const void* value);

}  // namespace taeda::cuda
