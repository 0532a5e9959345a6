#include "faults.h"

#include <atomic>
#include <new>

#include "devices.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

// Of each device.
std::atomic<FaultPlace*> places[kMaxDevices];

FaultPlace* place_of_device() {
  std::atomic<FaultPlace*>& place = places[resolve(-1)];
  if (FaultPlace* made = place) return made;
  auto* const made = new (driver().allocate_pinned(sizeof(FaultPlace))) FaultPlace;
  FaultPlace* expected = nullptr;
  if (place.compare_exchange_strong(expected, made)) return made;
  driver().release_pinned(made);
  return expected;
}

}  // namespace

void report(const char* operation, const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::Index:
      fail<IndexError>(operation, ": index ", fault.value, " is out of bounds for dimension ",
                       fault.dim, " with size ", fault.bound);
    case FaultKind::Target:
      fail<IndexError>(operation, ": target ", fault.value, " is out of bounds for ", fault.bound,
                       " classes");
    case FaultKind::ZeroDivision:
      fail<RuntimeError>("ZeroDivisionError: ", operation, ": an integer is divided by zero");
    case FaultKind::Probability:
      fail<RuntimeError>(operation, ": probabilities must lie in [0, 1], got ", fault.real);
    case FaultKind::Weight:
      fail<RuntimeError>(
          operation,
          ": probability tensor contains either `inf`, `nan` or element < 0: ", fault.real);
    case FaultKind::NoWeight:
      fail<RuntimeError>(operation, ": invalid distribution (sum of probabilities <= 0)");
    case FaultKind::FewWeights:
      fail<RuntimeError>(operation, ": ", fault.bound,
                         " samples without replacement need as many positive probabilities, got ",
                         fault.value);
  }
  fail<RuntimeError>("unknown fault of a kernel");
}

Faults::Faults(const char* operation) : place_(place_of_device()), operation_(operation) {}

void check_faults() {
  for (std::atomic<FaultPlace*>& given : places) {
    FaultPlace* const place = given;
    if (!place) continue;
    int32_t expected = FaultPlace::Left;
    if (!__atomic_compare_exchange_n(&place->state, &expected, FaultPlace::Claimed, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
      continue;
    }
    const char* const operation = place->operation;
    const Fault fault = place->fault;
    __atomic_store_n(&place->state, FaultPlace::Empty, __ATOMIC_RELEASE);
    report(operation, fault);
  }
}

}  // namespace taeda::cuda
