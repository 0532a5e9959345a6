#include "free_list.h"

#include <array>
#include <new>
#include <utility>

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
  bool closed = false;

  // What is released after the end of the thread goes to the heap.
  ~Lists() {
    closed = true;
    for (Block* block : first) {
      while (block) ::operator delete(std::exchange(block, block->next));
    }
    first = {};
  }
};
thread_local Lists lists;

}  // namespace

void* allocate_block(size_t bytes) {
  const size_t index = (bytes - 1) / kStep;
  if (index >= kClasses) return ::operator new(bytes);
  Lists& mine = lists;
  if (Block* block = mine.first[index]) {
    mine.first[index] = block->next;
    --mine.count[index];
    return block;
  }
  return ::operator new((index + 1) * kStep);
}

void release_block(void* memory, size_t bytes) {
  const size_t index = (bytes - 1) / kStep;
  Lists& mine = lists;
  if (index >= kClasses || mine.closed || mine.count[index] >= kKeep) {
    return ::operator delete(memory);
  }
  auto* block = new (memory) Block{mine.first[index]};
  mine.first[index] = block;
  ++mine.count[index];
}

}  // namespace taeda::autograd
