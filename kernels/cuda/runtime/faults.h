// What a kernel finds wrong while nobody waits for it: kept until somebody does.
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

struct Fault {
  FaultKind kind;
  int64_t value = 0, bound = 0, dim = 0;
  double real = 0;
};

// The first fault since the last look, of those at once any. Memory of the CPU that the device
// writes to, so that looking costs nothing.
struct FaultPlace {
  enum State : int32_t { Empty, Claimed, Left };
  int32_t state = Empty;
  const char* operation = nullptr;
  Fault fault{};
};

// Where the kernels of an operation leave their faults. The name comes from here because a text in
// a kernel's own code lies on the device, where nobody who reports it can read it.
class Faults {
 public:
  explicit Faults(const char* operation);

  TAEDA_HD void raise(const Fault& fault) const {
#ifdef __CUDA_ARCH__
    if (atomicCAS(&place_->state, FaultPlace::Empty, FaultPlace::Claimed) != FaultPlace::Empty) {
      return;
    }
    place_->operation = operation_;
    place_->fault = fault;
    __threadfence_system();
    atomicExch(&place_->state, FaultPlace::Left);
#else
    int32_t expected = FaultPlace::Empty;
    if (!__atomic_compare_exchange_n(&place_->state, &expected, FaultPlace::Claimed, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
      return;
    }
    place_->operation = operation_;
    place_->fault = fault;
    __atomic_store_n(&place_->state, FaultPlace::Left, __ATOMIC_RELEASE);
#endif
  }

 private:
  FaultPlace* place_;
  const char* operation_;
};

// Throws what a fault says.
[[noreturn]] void report(const char* operation, const Fault& fault);
// Throws what has been left since the last look; for those who have waited for a device.
void check_faults();

}  // namespace taeda::cuda
