// How the simulated device runs the threads of a kernel: one after another. Built with the
// sanitizer of threads it is a detector of races: each thread of a block is then one of the
// sanitizer's, with a stack of its own, and meets the others at the end of a step alone.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

#include "../runtime/geometry.h"

namespace taeda::cuda::simulated {

#ifdef __SANITIZE_THREAD__

using Call = void (*)(void* what, int64_t number);
template <class Function>
void call(void* what, int64_t number) {
  (*static_cast<Function*>(what))(number);
}

// One after another, but as if by threads that meet before and after. Called by a block.
void run_step(bool down, Call call, void* step);
// The items of a launch, from the last to the first, by few threads that meet before and after.
void run_items(int64_t items, int64_t stride, Call call, void* body);
// The same of blocks, which are two by turns; call(what, 2 * item + which of them).
void run_blocks(int64_t items, int64_t stride, Call call, void* body);

template <class Step>
void each_thread(bool down, Step& step) {
  auto run = [&](int64_t thread) { step(static_cast<int>(thread)); };
  run_step(down, call<decltype(run)>, &run);
}
template <class Body>
void each_item(int64_t items, int64_t stride, const Body& body) {
  auto run = [&](int64_t item) { body(item); };
  run_items(items, stride, call<decltype(run)>, &run);
}
template <class Block, class Shared, class Body>
void each_block(int64_t items, int64_t stride, const Body& body) {
  const auto shared = std::make_unique<Shared[]>(2);
  const Block block[2];
  auto run = [&](int64_t number) {
    body(block[number % 2], shared[static_cast<size_t>(number % 2)], number / 2);
  };
  run_blocks(items, stride, call<decltype(run)>, &run);
}

#else

template <class Step>
void each_thread(bool down, Step& step) {
  for (int i = 0; i < kThreads; ++i) step(down ? kThreads - 1 - i : i);
}
// From the last to the first: nothing may depend on the order.
template <class Body>
void each_item(int64_t items, int64_t stride, const Body& body) {
  for (int64_t start = stride - 1; start >= 0; --start) {
    for (int64_t i = start; i < items; i += stride) body(i);
  }
}
template <class Block, class Shared, class Body>
void each_block(int64_t items, int64_t stride, const Body& body) {
  Shared shared;
  const Block block;
  each_item(items, stride, [&](int64_t item) {
    // Nobody may count on what another block has left.
    std::memset(static_cast<void*>(&shared), 0xa5, sizeof(shared));
    body(block, shared, item);
  });
}

#endif

}  // namespace taeda::cuda::simulated
