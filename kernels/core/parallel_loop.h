// One parallel loop: who takes which of its blocks.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>

namespace taeda {

inline thread_local bool inside_block = false;

// The blocks are dealt in runs, one a thread, so that a thread meets the part of an array that it
// wrote in the loop before and that its caches still hold. Who is done with its own run helps with
// the others': a worker that the system has put aside, or has not yet woken, delays the loop by no
// more than the block it holds. Helpers take the last blocks of a run: where a worker is late by
// the same time in every loop they are the same ones, which then stay in the helper's caches.
class Loop {
 public:
  // A loop of more is several loops.
  static constexpr int64_t kMostBlocks = int64_t{1} << 30;

  Loop(void (*run)(void*, int64_t), void* context, int64_t first, int64_t blocks, int64_t threads)
      : run_(run), context_(context), count_(static_cast<int>(std::min(threads, kMostRuns))) {
    const int64_t length = blocks / count_, longer = blocks % count_;
    for (int index = 0; index < count_; ++index) {
      const int64_t end = first + length + (index < longer);
      runs_[index].deal(first, end - first);
      first = end;
    }
  }

  // `place` is the same for a thread in every loop: 0 for the caller.
  void work(int place) {
    inside_block = true;
    const int own = place % count_;
    while (const std::optional<int64_t> block = runs_[own].take_first()) run(*block);
    for (int step = 1; step < count_; ++step) {
      Run& other = runs_[(own + step) % count_];
      while (const std::optional<int64_t> block = other.take_last()) run(*block);
    }
    inside_block = false;
  }

  void rethrow_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static constexpr int64_t kMostRuns = 64;

  // On a cache line of its own.
  class alignas(64) Run {
   public:
    void deal(int64_t first, int64_t blocks) {
      first_ = first;
      left_.store(blocks << 32, std::memory_order_relaxed);
    }
    std::optional<int64_t> take_first() {
      const int64_t left = left_.fetch_add(1, std::memory_order_relaxed);
      if (begin(left) >= end(left)) return std::nullopt;
      return first_ + begin(left);
    }
    std::optional<int64_t> take_last() {
      const int64_t left = left_.fetch_sub(int64_t{1} << 32, std::memory_order_relaxed);
      if (begin(left) >= end(left)) return std::nullopt;
      return first_ + end(left) - 1;
    }
    void drop() { left_.store(0, std::memory_order_relaxed); }

   private:
    static int32_t begin(int64_t left) { return static_cast<int32_t>(left); }
    static int32_t end(int64_t left) { return static_cast<int32_t>(left >> 32); }

    int64_t first_;
    // Blocks [begin, end) from the first one on, in one word, so that both sides take from what is
    // left. Whoever comes too late moves a border of nothing.
    std::atomic<int64_t> left_;
  };

  void run(int64_t block) {
    try {
      run_(context_, block);
    } catch (...) {
      std::lock_guard lock(failure_mutex_);
      if (!failure_) failure_ = std::current_exception();
      for (int index = 0; index < count_; ++index) runs_[index].drop();
    }
  }

  void (*run_)(void*, int64_t);
  void* context_;
  int count_;
  Run runs_[kMostRuns];
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
};

}  // namespace taeda
