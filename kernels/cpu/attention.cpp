// Entry point of attention: the type of the maths.
#include "attention/blocks.h"
#include "families.h"

namespace taeda::cpu::inline TAEDA_ISA {

AttentionKernels attention_kernels() {
  return {.forward =
              [](const AttentionCall& call) {
                if (call.out.dtype == DType::Float64)
                  attention_forward<double>(call);
                else
                  attention_forward<float>(call);
              },
          .backward =
              [](const AttentionBackwardCall& call) {
                if (call.out.dtype == DType::Float64)
                  attention_backward<double>(call);
                else
                  attention_backward<float>(call);
              }};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
