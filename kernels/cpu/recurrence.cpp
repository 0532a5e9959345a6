// Entry point of the recurrent layers: the type of the maths.
#include "families.h"
#include "recurrence/sequence.h"

namespace taeda::cpu::inline TAEDA_ISA {

RecurrenceKernels recurrence_kernels() {
  return {.forward =
              [](const RecurrenceCall& call) {
                if (call.hidden.dtype == DType::Float64)
                  recurrence_forward<double>(call);
                else
                  recurrence_forward<float>(call);
              },
          .backward =
              [](const RecurrenceBackwardCall& call) {
                if (call.hidden.dtype == DType::Float64)
                  recurrence_backward<double>(call);
                else
                  recurrence_backward<float>(call);
              }};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
