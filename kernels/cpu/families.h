// What each family of kernels contributes to the table of a CPU backend.
#pragma once

#include "taeda/kernels/registry.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

ElementwiseKernels elementwise_kernels();
ReduceKernels reduce_kernels();
ScanKernels scan_kernels();
MatmulKernels matmul_kernels();
ConvolutionKernels convolution_kernels();
PoolKernels pool_kernels();
SamplingKernels sampling_kernels();
SoftmaxKernels softmax_kernels();
AttentionKernels attention_kernels();
RecurrenceKernels recurrence_kernels();
NormalizationKernels normalization_kernels();
LossKernels loss_kernels();
IndexingKernels indexing_kernels();
SortKernels sort_kernels();
RandomKernels random_kernels();
OptimizerKernels optimizer_kernels();

}  // namespace taeda::cpu::inline TAEDA_ISA
