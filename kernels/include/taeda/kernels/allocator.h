// Memory of the CPU: cached by size class, because fresh pages cost more than most kernels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "taeda/kernels/export.h"

namespace taeda {

struct MemoryStats {
  int64_t allocated_bytes;       // in blocks that are in use
  int64_t peak_allocated_bytes;  // the most that ever was in use
  int64_t cached_bytes;          // kept for reuse
  int64_t allocations;           // blocks handed out
  int64_t cache_hits;            // of these, taken from the cache
};

inline constexpr size_t kAlignment = 64;

// A block of at least `bytes` bytes, aligned to kAlignment. Throws OutOfMemoryError, which says
// what holds the memory. Zero bytes give a valid pointer.
TAEDA_API void* allocate(size_t bytes);
// Takes a block of allocate(bytes) back; `bytes` must be the same.
TAEDA_API void deallocate(void* block, size_t bytes) noexcept;

TAEDA_API MemoryStats memory_stats();
TAEDA_API void reset_peak_memory();
// Gives every cached block of this thread and of the shared cache back to the system.
TAEDA_API void empty_cache();
// The shared cache keeps at most this much (default 1 GiB or an eighth of memory).
TAEDA_API void set_cache_limit(size_t bytes);

// Scratch memory of a kernel, returned when the scope ends.
template <class T>
class Scratch {
 public:
  explicit Scratch(int64_t count)
      : bytes_(static_cast<size_t>(count) * sizeof(T)), data_(static_cast<T*>(allocate(bytes_))) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { deallocate(data_, bytes_); }

  T* data() const { return data_; }
  T& operator[](int64_t i) const { return data_[i]; }

 private:
  size_t bytes_;
  T* data_;
};

}  // namespace taeda
