#include "faults.h"

#include <atomic>

#include "allocator.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

struct Place {
  std::atomic<Fault*> memory{nullptr};
  std::atomic<bool> in_use{false};  // since the last look
};
Place places[kMaxDevices];

[[noreturn]] void raise(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::Index:
      fail<IndexError>(fault.operation, ": index ", fault.value, " is out of bounds for dimension ",
                       fault.dim, " with size ", fault.bound);
    case FaultKind::Target:
      fail<IndexError>(fault.operation, ": target ", fault.value, " is out of bounds for ",
                       fault.bound, " classes");
    case FaultKind::ZeroDivision:
      fail<RuntimeError>("ZeroDivisionError: ", fault.operation, ": an integer is divided by zero");
    case FaultKind::Probability:
      fail<RuntimeError>(fault.operation, ": probabilities must lie in [0, 1], got ", fault.real);
    case FaultKind::Weight:
      fail<RuntimeError>(
          fault.operation,
          ": probability tensor contains either `inf`, `nan` or element < 0: ", fault.real);
    case FaultKind::NoWeight:
      fail<RuntimeError>(fault.operation, ": invalid distribution (sum of probabilities <= 0)");
    case FaultKind::FewWeights:
      fail<RuntimeError>(fault.operation, ": ", fault.bound,
                         " samples without replacement need as many positive probabilities, got ",
                         fault.value);
  }
  fail<RuntimeError>("unknown fault of a kernel");
}

}  // namespace

Fault* fault_place() {
  Place& place = places[current_device()];
  place.in_use = true;
  if (Fault* memory = place.memory) return memory;
  auto* memory = static_cast<Fault*>(allocate(sizeof(Fault), -1));
  driver().zero(memory, sizeof(Fault), current_stream());
  driver().synchronize();
  Fault* expected = nullptr;
  if (place.memory.compare_exchange_strong(expected, memory)) return memory;
  deallocate(memory, sizeof(Fault), -1);
  return expected;
}

void check_faults(int device) {
  Place& place = places[device];
  if (!place.in_use.exchange(false)) return;
  const UseDevice use(static_cast<int8_t>(device));
  const StreamHandle stream = current_stream();
  Fault fault;
  driver().copy(&fault, place.memory, sizeof(Fault), stream);
  driver().synchronize_stream(stream);
  if (!fault.raised) return;
  driver().zero(place.memory, sizeof(Fault), stream);
  raise(fault);
}

}  // namespace taeda::cuda
