// The table of kernels that each device fills: the one place where a call meets its kernel.
#pragma once

#include <cstdint>
#include <string_view>

#include "taeda/kernels/device.h"
#include "taeda/kernels/elementwise.h"
#include "taeda/kernels/export.h"
#include "taeda/kernels/ops/attention.h"
#include "taeda/kernels/ops/convolution.h"
#include "taeda/kernels/ops/indexing.h"
#include "taeda/kernels/ops/loss.h"
#include "taeda/kernels/ops/matmul.h"
#include "taeda/kernels/ops/normalization.h"
#include "taeda/kernels/ops/optimizer.h"
#include "taeda/kernels/ops/pool.h"
#include "taeda/kernels/ops/random.h"
#include "taeda/kernels/ops/reduce.h"
#include "taeda/kernels/ops/scan.h"
#include "taeda/kernels/ops/softmax.h"
#include "taeda/kernels/ops/sort.h"

namespace taeda {

// Memory of a device.
struct MemoryKernels {
  void* (*allocate)(size_t bytes, int8_t device_index);
  void (*deallocate)(void* block, size_t bytes, int8_t device_index) noexcept;
};

// What a library was built against. The number counts changes that leave the size of the table as
// it is, such as one of a call's members.
struct KernelTableVersion {
  uint32_t number, bytes;

  friend bool operator==(const KernelTableVersion&, const KernelTableVersion&) = default;
};

struct KernelTable {
  KernelTableVersion version;  // stays first, so that every core can read it
  std::string_view name;       // "cpu/v3", "cuda"
  MemoryKernels memory;
  ElementwiseKernels elementwise;
  ReduceKernels reduce;
  ScanKernels scan;
  MatmulKernels matmul;
  ConvolutionKernels convolution;
  PoolKernels pool;
  SoftmaxKernels softmax;
  AttentionKernels attention;
  NormalizationKernels normalization;
  LossKernels loss;
  IndexingKernels indexing;
  SortKernels sort;
  RandomKernels random;
  OptimizerKernels optimizer;
};

inline constexpr KernelTableVersion kKernelTableVersion{3, sizeof(KernelTable)};

// Throws RuntimeError, which names both versions, unless `library` was built against the table of
// this core: packages of different versions are installed side by side.
TAEDA_API void check_kernel_table(std::string_view library, KernelTableVersion version);

// The kernels of a device. The CPU's are loaded at first use: the widest instruction set that this
// machine has, or the one that the environment variable TAEDA_ISA names (portable, v3, v4).
// Throws RuntimeError where no backend of that device is installed.
TAEDA_API const KernelTable& kernels(DeviceType type);

inline const KernelTable& kernels(Device device) { return kernels(device.type); }

// A plug-in calls this when it is loaded.
TAEDA_API void register_kernels(DeviceType type, const KernelTable& table);

TAEDA_API bool has_kernels(DeviceType type);

}  // namespace taeda
