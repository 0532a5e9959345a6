// Memory of devices, kept for reuse: asking the driver for it stops the device.
#pragma once

#include "devices.h"

namespace taeda::cuda {

// A block that is given back may be used again at once by work of the stream that it was taken on,
// which runs later than all that was given to that stream before.
void* allocate(size_t bytes, int8_t index);
void deallocate(void* block, size_t bytes, int8_t index) noexcept;
// The block is used by this stream too: once given back, it waits for what the stream has by then.
void also_used_by(void* block, int8_t index, StreamHandle stream);

// What the thread takes of the device from here on belongs to this pool; gives the one before. 0 is
// the common memory.
int64_t use_pool(int8_t index, int64_t pool);
// Nobody uses the pool any more: its blocks are like any others, or go back to its own source.
void dissolve_pool(int64_t pool);

MemoryStats memory_stats(int8_t index);
std::vector<MemoryBlock> memory_blocks(int8_t index);
void reset_peak_memory(int8_t index);
// Gives what is cached back to the driver, on all devices.
void empty_cache();
void set_memory_limit(int8_t index, size_t bytes);
// In place of the driver, for what belongs to no pool.
void set_memory_source(const MemorySource& source);
void keep_memory(bool keep);

// The size of the block that serves a request.
size_t rounded_bytes(size_t bytes);

// Memory of a kernel for the time of its launch.
template <class T>
class DeviceScratch {
 public:
  explicit DeviceScratch(int64_t count)
      : bytes_(static_cast<size_t>(count) * sizeof(T)),
        data_(static_cast<T*>(allocate(bytes_, -1))) {}
  DeviceScratch(const DeviceScratch&) = delete;
  DeviceScratch& operator=(const DeviceScratch&) = delete;
  ~DeviceScratch() { deallocate(data_, bytes_, -1); }
  T* data() const { return data_; }

 private:
  size_t bytes_;
  T* data_;
};

}  // namespace taeda::cuda
