#include "free_list.h"

#include <array>
#include <new>
#include <utility>

#include "taeda/kernels/export.h"

namespace taeda::autograd {
namespace {

constexpr size_t kStep = 64;     // sizes are rounded up to a cache line
constexpr size_t kClasses = 12;  // larger blocks come from the heap
constexpr int kKeep = 4096;      // blocks kept a class

struct Block {
  Block* next;
};

struct Lists {
  std::array<Block*, kClasses> first{};
  std::array<int, kClasses> count{};

  ~Lists();
};

// Null before the first use; what is released after the end of the thread goes to the heap.
TAEDA_NEAR thread_local Lists* open_lists = nullptr;
TAEDA_NEAR thread_local bool closed = false;

Lists::~Lists() {
  open_lists = nullptr;
  closed = true;
  for (Block* block : first) {
    while (block) ::operator delete(std::exchange(block, block->next));
  }
}

Lists* lists() {
  if (open_lists || closed) return open_lists;
  static thread_local Lists mine;
  return open_lists = &mine;
}

}  // namespace

void* allocate_block(size_t bytes) {
  const size_t index = (bytes - 1) / kStep;
  if (index >= kClasses) return ::operator new(bytes);
  Lists* mine = lists();
  if (Block* block = mine ? mine->first[index] : nullptr) {
    mine->first[index] = block->next;
    --mine->count[index];
    return block;
  }
  return ::operator new((index + 1) * kStep);
}

void release_block(void* memory, size_t bytes) {
  const size_t index = (bytes - 1) / kStep;
  Lists* mine = index < kClasses ? lists() : nullptr;
  if (!mine || mine->count[index] >= kKeep) return ::operator delete(memory);
  mine->first[index] = new (memory) Block{mine->first[index]};
  ++mine->count[index];
}

}  // namespace taeda::autograd
