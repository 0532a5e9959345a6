// The part of cuBLASLt that is used, declared from its documentation: versions 12 and 13.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace taeda::cuda::blas {

// Numbers of the interface.
enum Status : int { kSuccess = 0, kNotSupported = 15 };
enum Type : int { kFloat32 = 0, kFloat64 = 1, kFloat16 = 2, kBFloat16 = 14 };
enum Compute : int { kComputeFloat32 = 68, kComputeFloat64 = 70, kComputeTf32 = 77 };
enum Transpose : int { kAsIs = 0, kTransposed = 1 };
enum Epilogue : int { kPlain = 1, kBias = 4 };
enum OperationAttribute : int {
  kTransposeA = 3,
  kTransposeB = 4,
  kEpilogue = 7,
  kBiasPointer = 8,
};
enum LayoutAttribute : int { kBatchCount = 5, kBatchStride = 6 };
enum PreferenceAttribute : int {
  kMaxWorkspaceBytes = 1,
  kReductionSchemes = 3,
  kAlignmentA = 5,  // then those of B, C and D
};
// How sums that were cut along k come together. The one in place is left out always: it rounds to
// the dtype of the result at every cut.
enum ReductionScheme : uint32_t { kThroughCompute = 2, kThroughOutput = 4 };

struct Algorithm {
  uint64_t words[8];
};
struct Suggestion {
  Algorithm algorithm;
  size_t workspace_bytes;
  int status;
  float waves;
  int reserved[4];
};
static_assert(sizeof(Suggestion) == 96);

// Handles, descriptors and streams are pointers to what only the library knows.
struct Library {
  size_t (*version)();
  const char* (*status_text)(int status);
  int (*create)(void** handle);
  int (*create_operation)(void** operation, int compute, int scale_type);
  int (*destroy_operation)(void* operation);
  int (*set_operation)(void* operation, int attribute, const void* value, size_t bytes);
  int (*create_layout)(void** layout, int type, uint64_t rows, uint64_t columns, int64_t step);
  int (*destroy_layout)(void* layout);
  int (*set_layout)(void* layout, int attribute, const void* value, size_t bytes);
  int (*create_preference)(void** preference);
  int (*destroy_preference)(void* preference);
  int (*set_preference)(void* preference, int attribute, const void* value, size_t bytes);
  int (*suggest)(void* handle, void* operation, void* a, void* b, void* c, void* d,
                 void* preference, int wanted, Suggestion* suggestions, int* found);
  int (*multiply)(void* handle, void* operation, const void* alpha, const void* a, void* a_layout,
                  const void* b, void* b_layout, const void* beta, const void* c, void* c_layout,
                  void* d, void* d_layout, const Algorithm* algorithm, void* workspace,
                  size_t workspace_bytes, void* stream);
};

// Opened at the first call; null, and why, where it cannot be used.
const Library* library(std::string* problem = nullptr);
// Of the current device; null where the library cannot use the device.
void* handle(const Library& library);

}  // namespace taeda::cuda::blas
