// The entry point of the library.
#include "families.h"
#include "libraries/libraries.h"
#include "runtime/runtime.h"

namespace taeda::cuda {

// Made at the first call, which touches no device. Families that are missing stay empty: the core
// lets them throw.
static KernelTable make_table() {
  KernelTable table{};
  table.version = kKernelTableVersion;
  table.name = "cuda";
  table.memory = memory_kernels();
  table.runtime = runtime_kernels();
  table.runtime.library_version = library_version;
  table.elementwise = elementwise_kernels();
  table.reduce = reduce_kernels();
  table.scan = scan_kernels();
  table.matmul = with_cublas(matmul_kernels());
  table.convolution = with_cudnn(convolution_kernels());
  table.pool = pool_kernels();
  table.sampling = sampling_kernels();
  table.softmax = softmax_kernels();
  table.attention = attention_kernels();
  table.recurrence = recurrence_kernels();
  table.normalization = normalization_kernels();
  table.loss = loss_kernels();
  table.indexing = indexing_kernels();
  table.sort = sort_kernels();
  table.random = random_kernels();
  table.optimizer = optimizer_kernels();
  return table;
}

}  // namespace taeda::cuda

extern "C" TAEDA_API const taeda::KernelTable* taeda_cuda_kernels() {
  static const taeda::KernelTable table = taeda::cuda::make_table();
  return &table;
}
