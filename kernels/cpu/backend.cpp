// The entry point of a CPU backend: one library for each instruction set.
#include "families.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/registry.h"

namespace taeda::cpu::inline TAEDA_ISA {

#define TAEDA_TEXT_OF(NAME) #NAME
#define TAEDA_TEXT(NAME) TAEDA_TEXT_OF(NAME)

static const KernelTable table{
    .version = kKernelTableVersion,
    .name = "cpu/" TAEDA_TEXT(TAEDA_ISA),
    .memory = {.allocate = [](size_t bytes, int8_t) { return taeda::allocate(bytes); },
               .deallocate = [](void* block, size_t bytes,
                                int8_t) noexcept { taeda::deallocate(block, bytes); }},
    .runtime = {},
    .elementwise = elementwise_kernels(),
    .reduce = reduce_kernels(),
    .scan = scan_kernels(),
    .matmul = matmul_kernels(),
    .convolution = convolution_kernels(),
    .pool = pool_kernels(),
    .sampling = sampling_kernels(),
    .softmax = softmax_kernels(),
    .attention = attention_kernels(),
    .recurrence = recurrence_kernels(),
    .normalization = normalization_kernels(),
    .loss = loss_kernels(),
    .indexing = indexing_kernels(),
    .sort = sort_kernels(),
    .random = random_kernels(),
    .optimizer = optimizer_kernels(),
};

}  // namespace taeda::cpu::inline TAEDA_ISA

extern "C" TAEDA_API const taeda::KernelTable* taeda_cpu_kernels() { return &taeda::cpu::table; }
