#include "taeda/kernels/allocator.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "size_class.h"
#include "taeda/kernels/error.h"

namespace taeda {
namespace {

constexpr size_t kSmallLimit = size_t{64} << 10;  // up to here blocks are cached by thread
constexpr size_t kHugeLimit = size_t{4} << 20;    // from here the kernel is asked for huge pages
// Large allocations after which a class that none of them asked for makes room for others.
constexpr int64_t kStale = 4096;
constexpr int kSmallClasses = size_class(kSmallLimit).index + 1;

// A cached block's first bytes link to the next one.
struct FreeBlock {
  FreeBlock* next;
};

void* system_allocate(size_t bytes) {
  void* block = nullptr;
  const size_t alignment = bytes >= kHugeLimit ? size_t{2} << 20 : kAlignment;
  if (posix_memalign(&block, alignment, bytes) != 0) return nullptr;
  if (bytes >= kHugeLimit) madvise(block, bytes, MADV_HUGEPAGE);
  return block;
}

// Written by one thread only, read by any: plain loads and stores, no locked instruction.
struct Counter {
  std::atomic<int64_t> value{0};
  void add(int64_t amount) {
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
};

struct ThreadCache;

// Large blocks, and the sums of threads that have ended. Never destroyed: tensors may outlive it.
struct SharedCache {
  std::mutex mutex;
  std::array<FreeBlock*, kClassCount> free{};
  std::array<int64_t, kClassCount> last_use{};  // by the count of allocations
  std::unordered_map<void*, int> larger;  // blocks in use that stand in for smaller ones: the class
  size_t limit;
  int64_t cached = 0, large_in_use = 0, peak = 0, allocations = 0, hits = 0, small_in_use = 0;
  std::vector<ThreadCache*> threads;

  SharedCache() {
    const size_t memory =
        static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGE_SIZE));
    limit = std::max(size_t{1} << 30, memory / 8);
  }

  int64_t small_now() const;

  // A cached block of this class or of one of the next two, to which `size` is then set: else what
  // a training step needs at one time would stay beside what it needs at another. Null for none.
  void* take(SizeClass& size) {
    const int last = std::min(size.index + 2, kClassCount - 1);
    int index = size.index;
    last_use[index] = allocations;
    while (index < last && !free[index]) ++index;
    FreeBlock* block = free[index];
    if (!block) return nullptr;
    last_use[index] = allocations;
    if (index != size.index) {
      larger.emplace(block, index);
      size = {index, class_bytes(index)};
    }
    free[index] = block->next;
    cached -= static_cast<int64_t>(size.bytes);
    return block;
  }
  // What `size` was set to when the block was taken.
  SizeClass give_up(void* block, SizeClass size) {
    const auto found = larger.find(block);
    if (found == larger.end()) return size;
    size = {found->second, class_bytes(found->second)};
    larger.erase(found);
    return size;
  }
  bool has_room(size_t bytes) const { return static_cast<size_t>(cached) + bytes <= limit; }
  // Takes out blocks of classes that are not used any more, until there is room for others: else a
  // long run would meet a cache full of what it needed long ago. The rest stays: of blocks that
  // take turns, those that fit are worth keeping.
  FreeBlock* take_stale(size_t bytes) {
    FreeBlock* taken = nullptr;
    for (int index = kClassCount - 1; index >= 0 && !has_room(bytes); --index) {
      if (allocations - last_use[index] <= kStale) continue;
      while (free[index] && !has_room(bytes)) {
        FreeBlock* block = free[index];
        free[index] = block->next;
        cached -= static_cast<int64_t>(class_bytes(index));
        block->next = taken;
        taken = block;
      }
    }
    return taken;
  }
  static void release(FreeBlock* list) {
    while (list) {
      FreeBlock* next = list->next;
      std::free(list);
      list = next;
    }
  }
  void release_all() {
    for (FreeBlock*& list : free) {
      release(list);
      list = nullptr;
    }
    cached = 0;
  }
};

SharedCache& shared_cache() {
  alignas(SharedCache) static unsigned char memory[sizeof(SharedCache)];
  static SharedCache* instance = new (memory) SharedCache;
  return *instance;
}

constexpr int kBlocksPerClass = 64;
constexpr size_t kBytesPerClass = size_t{256} << 10;

struct ThreadCache {
  std::array<FreeBlock*, kSmallClasses> free{};
  std::array<std::atomic<uint16_t>, kSmallClasses> count{};  // written by its thread only
  Counter in_use, allocations, misses;

  ThreadCache() {
    SharedCache& shared = shared_cache();
    std::lock_guard lock(shared.mutex);
    shared.threads.push_back(this);
  }
  ~ThreadCache();

  int64_t cached() const {
    int64_t bytes = 0;
    for (int i = 0; i < kSmallClasses; ++i) {
      bytes += static_cast<int64_t>(class_bytes(i)) * count[i].load(std::memory_order_relaxed);
    }
    return bytes;
  }
  void change_count(int index, int change) {
    const int before = count[index].load(std::memory_order_relaxed);
    count[index].store(static_cast<uint16_t>(before + change), std::memory_order_relaxed);
  }
  void release_all() {
    for (int i = 0; i < kSmallClasses; ++i) {
      SharedCache::release(free[i]);
      free[i] = nullptr;
      count[i].store(0, std::memory_order_relaxed);
    }
  }
};

// Null before first use and again once the thread has taken its cache down.
TAEDA_NEAR thread_local ThreadCache* this_thread = nullptr;
thread_local bool thread_ended = false;

ThreadCache::~ThreadCache() {
  this_thread = nullptr;
  thread_ended = true;
  release_all();
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  shared.small_in_use += in_use.value;
  shared.allocations += allocations.value;
  shared.hits += allocations.value - misses.value;
  std::erase(shared.threads, this);
}

ThreadCache* thread_cache() {
  if (this_thread) return this_thread;
  if (thread_ended) return nullptr;
  thread_local ThreadCache cache;
  return this_thread = &cache;
}

int64_t SharedCache::small_now() const {
  int64_t sum = small_in_use;
  for (const ThreadCache* thread : threads) sum += thread->in_use.value;
  return sum;
}

[[noreturn]] void out_of_memory(size_t bytes) {
  const MemoryStats stats = memory_stats();
  fail<OutOfMemoryError>("cannot allocate ", bytes, " bytes: tensors hold ", stats.allocated_bytes,
                         " bytes, the cache ", stats.cached_bytes,
                         " (already given back); delete tensors that are not needed, or use a "
                         "smaller batch");
}

void* allocate_large(SizeClass size) {
  SharedCache& shared = shared_cache();
  void* block = nullptr;
  {
    std::lock_guard lock(shared.mutex);
    ++shared.allocations;
    block = shared.take(size);
    shared.hits += block != nullptr;
    shared.large_in_use += static_cast<int64_t>(size.bytes);
    shared.peak = std::max(shared.peak, shared.large_in_use + shared.small_now());
  }
  if (block) return block;
  block = system_allocate(size.bytes);
  if (!block) {
    empty_cache();
    block = system_allocate(size.bytes);
  }
  if (!block) {
    {
      std::lock_guard lock(shared.mutex);
      shared.large_in_use -= static_cast<int64_t>(size.bytes);
    }
    out_of_memory(size.bytes);
  }
  return block;
}

void deallocate_large(void* block, SizeClass size) noexcept {
  SharedCache& shared = shared_cache();
  std::unique_lock lock(shared.mutex);
  size = shared.give_up(block, size);
  shared.large_in_use -= static_cast<int64_t>(size.bytes);
  FreeBlock* stale = shared.has_room(size.bytes) ? nullptr : shared.take_stale(size.bytes);
  if (shared.has_room(size.bytes)) {
    shared.cached += static_cast<int64_t>(size.bytes);
    shared.free[size.index] = new (block) FreeBlock{shared.free[size.index]};
  } else {
    stale = new (block) FreeBlock{stale};
  }
  lock.unlock();
  SharedCache::release(stale);
}

}  // namespace

void* allocate(size_t bytes) {
  if (bytes > (size_t{1} << 62)) out_of_memory(bytes);
  const SizeClass size = size_class(bytes);
  ThreadCache* thread = size.bytes <= kSmallLimit ? thread_cache() : nullptr;
  if (!thread) return allocate_large(size);
  thread->allocations.add(1);
  void* block = thread->free[size.index];
  if (block) {
    thread->free[size.index] = static_cast<FreeBlock*>(block)->next;
    thread->change_count(size.index, -1);
  } else {
    thread->misses.add(1);
    block = system_allocate(size.bytes);
    if (!block) {
      empty_cache();
      block = system_allocate(size.bytes);
    }
    if (!block) out_of_memory(size.bytes);
  }
  thread->in_use.add(static_cast<int64_t>(size.bytes));
  return block;
}

void deallocate(void* block, size_t bytes) noexcept {
  if (!block) return;
  const SizeClass size = size_class(bytes);
  ThreadCache* thread = size.bytes <= kSmallLimit ? thread_cache() : nullptr;
  if (!thread) return deallocate_large(block, size);
  thread->in_use.add(-static_cast<int64_t>(size.bytes));
  const size_t count = thread->count[size.index].load(std::memory_order_relaxed);
  if (count >= kBlocksPerClass && count * size.bytes >= kBytesPerClass) {
    std::free(block);
    return;
  }
  thread->change_count(size.index, 1);
  thread->free[size.index] = new (block) FreeBlock{thread->free[size.index]};
}

MemoryStats memory_stats() {
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  MemoryStats stats{};
  stats.allocated_bytes = shared.large_in_use + shared.small_now();
  shared.peak = std::max(shared.peak, stats.allocated_bytes);
  stats.peak_allocated_bytes = shared.peak;
  stats.cached_bytes = shared.cached;
  stats.allocations = shared.allocations;
  stats.cache_hits = shared.hits;
  for (const ThreadCache* thread : shared.threads) {
    stats.cached_bytes += thread->cached();
    stats.allocations += thread->allocations.value;
    stats.cache_hits += thread->allocations.value - thread->misses.value;
  }
  return stats;
}

void reset_peak_memory() {
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  shared.peak = shared.large_in_use + shared.small_now();
}

void empty_cache() {
  if (ThreadCache* thread = thread_cache()) thread->release_all();
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  shared.release_all();
}

void set_cache_limit(size_t bytes) {
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  shared.limit = bytes;
  if (static_cast<size_t>(shared.cached) > bytes) shared.release_all();
}

}  // namespace taeda
