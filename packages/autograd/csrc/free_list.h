// Small blocks of memory from lists that each thread keeps.
#pragma once

#include <cstddef>

namespace taeda::autograd {

// The size passed to release_block is that of its allocation.
void* allocate_block(size_t bytes);
void release_block(void* block, size_t bytes);

}  // namespace taeda::autograd
