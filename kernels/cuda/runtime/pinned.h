// Memory of the CPU that a device reads and writes while nobody waits, kept for reuse: pinning
// takes longer than most copies.
#pragma once

#include "driver.h"

namespace taeda::cuda {

void* allocate_pinned(size_t bytes);
// The block is given out again once the copies that were told of are done.
void deallocate_pinned(void* block) noexcept;
// A copy of the stream reads or writes the block that `data` lies in, if it is one.
void pinned_is_used(const void* data, StreamHandle stream);
// Gives what is not in use back to the driver.
void empty_pinned_cache();

}  // namespace taeda::cuda
