// What a kernel finds wrong while nobody waits for it: kept on the device until somebody does.
#pragma once

#include <cstdint>

#include "taeda/kernels/export.h"

namespace taeda::cuda {

enum class FaultKind : int32_t {
  Index,         // value is out of bounds for dimension `dim` with size `bound`
  Target,        // a class that is not in [0, bound)
  ZeroDivision,  // of integers
  Probability,   // `real` is none
  Weight,        // `real` is no weight of a category
  NoWeight,      // all are zero
  FewWeights,    // `value` are positive, `bound` are drawn
};

// The first of the faults since the last look, of those at once any.
struct Fault {
  int32_t raised;
  FaultKind kind;
  const char* operation;  // an address of the CPU
  int64_t value, bound, dim;
  double real;
};

TAEDA_HD inline void raise_fault(Fault* place, const Fault& fault) {
#ifdef __CUDA_ARCH__
  if (atomicCAS(&place->raised, 0, 1) != 0) return;
#else
  if (place->raised) return;
#endif
  *place = fault;
}

// Where the kernels of the current device leave their faults.
Fault* fault_place();
// Throws what has been left on the device since the last look; the device must have done its work.
void check_faults(int device);

}  // namespace taeda::cuda
