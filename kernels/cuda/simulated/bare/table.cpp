// A library that has a device but no kernels: what the core makes of empty places is tested by it.
#include "../../runtime/runtime.h"

extern "C" TAEDA_API const taeda::KernelTable* taeda_cuda_kernels() {
  static const taeda::KernelTable table = [] {
    taeda::KernelTable bare{};
    bare.version = taeda::kKernelTableVersion;
    bare.name = "bare";
    bare.memory = taeda::cuda::memory_kernels();
    bare.runtime = taeda::cuda::runtime_kernels();
    return bare;
  }();
  return &table;
}
