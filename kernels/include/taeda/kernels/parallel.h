// The thread pool: work is cut into blocks whose borders never depend on the number of threads.
#pragma once

#include <cstdint>
#include <type_traits>

#include "taeda/kernels/export.h"

namespace taeda {

// Number of threads that share a parallel loop, the caller included. At least 1.
TAEDA_API int num_threads();
// Takes effect with the next loop. Throws ValueError below 1.
TAEDA_API void set_num_threads(int count);
// True inside a block of a parallel loop: nested loops run in the calling thread.
TAEDA_API bool in_parallel();

// A short loop would be over before a thread that sleeps has woken: who is awake shares it.
enum class LoopLength { Long, Short };
// Of a loop that does so much: long from `least` on.
constexpr LoopLength loop_length(int64_t work, int64_t least) {
  return work < least ? LoopLength::Short : LoopLength::Long;
}

namespace detail {
TAEDA_API void parallel_run(int64_t blocks, LoopLength length, void (*run)(void*, int64_t),
                            void* context);
}

// Calls body(block) for each block in [0, blocks), in any order, on the caller and the pool's
// workers. An exception of a block is thrown again in the caller once all have ended.
template <class Body>
void parallel_blocks(int64_t blocks, Body&& body, LoopLength length = LoopLength::Long) {
  if (blocks <= 1) {
    if (blocks == 1) body(int64_t{0});
    return;
  }
  auto run = [](void* context, int64_t block) {
    (*static_cast<std::remove_reference_t<Body>*>(context))(block);
  };
  detail::parallel_run(blocks, length, run, const_cast<void*>(static_cast<const void*>(&body)));
}

// Calls body(begin, end) over [0, count) cut into pieces of `grain` elements.
template <class Body>
void parallel_for(int64_t count, int64_t grain, Body&& body, LoopLength length = LoopLength::Long) {
  if (count <= grain) {
    if (count > 0) body(int64_t{0}, count);
    return;
  }
  const int64_t blocks = (count + grain - 1) / grain;
  const auto piece = [&](int64_t block) {
    const int64_t begin = block * grain;
    body(begin, begin + grain < count ? begin + grain : count);
  };
  parallel_blocks(blocks, piece, length);
}

}  // namespace taeda
