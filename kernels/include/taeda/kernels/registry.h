// The table of kernels that each device fills: the one place where a call meets its kernel.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "taeda/kernels/device.h"
#include "taeda/kernels/elementwise.h"
#include "taeda/kernels/error.h"
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
#include "taeda/kernels/ops/recurrence.h"
#include "taeda/kernels/ops/reduce.h"
#include "taeda/kernels/ops/sampling.h"
#include "taeda/kernels/ops/scan.h"
#include "taeda/kernels/ops/softmax.h"
#include "taeda/kernels/ops/sort.h"
#include "taeda/kernels/runtime.h"

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
  RuntimeKernels runtime;
  // Each family is pointers to kernels and nothing else.
  ElementwiseKernels elementwise;
  ReduceKernels reduce;
  ScanKernels scan;
  MatmulKernels matmul;
  ConvolutionKernels convolution;
  PoolKernels pool;
  SamplingKernels sampling;
  SoftmaxKernels softmax;
  AttentionKernels attention;
  RecurrenceKernels recurrence;
  NormalizationKernels normalization;
  LossKernels loss;
  IndexingKernels indexing;
  SortKernels sort;
  RandomKernels random;
  OptimizerKernels optimizer;
};

inline constexpr KernelTableVersion kKernelTableVersion{12, sizeof(KernelTable)};

// Throws RuntimeError, which names both versions, unless `library` was built against the table of
// this core: packages of different versions are installed side by side.
TAEDA_API void check_kernel_table(std::string_view library, KernelTableVersion version);

// A kernel that the table of a device lacks.
struct TAEDA_API MissingKernel : NotImplementedError {
  using NotImplementedError::NotImplementedError;
};

// The kernels of a device, loaded at first use. The CPU's: the widest instruction set that this
// machine has, or the one that the environment variable TAEDA_ISA names (portable, v3, v4). Another
// device's: the library that its plug-in has installed, or that TAEDA_CUDA_LIBRARY names. A kernel
// that the library lacks throws MissingKernel when it is called.
// Throws RuntimeError where no backend of that device is installed.
TAEDA_API const KernelTable& kernels(DeviceType type);

inline const KernelTable& kernels(Device device) { return kernels(device.type); }

// Whether a backend of that device is installed: it is loaded, the device itself not touched.
TAEDA_API bool has_kernels(DeviceType type);

// Finds the library of a device's plug-in; empty where none is installed. Called once a device.
using FindPlugin = std::string (*)(DeviceType type);
TAEDA_API void install_plugin_finder(FindPlugin find);

}  // namespace taeda
