#include "allocator.h"

#include <algorithm>
#include <bit>
#include <map>
#include <mutex>
#include <unordered_map>

#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

constexpr size_t kSmallest = 512;

struct Block {
  size_t bytes;
  StreamHandle stream;
};

std::string text_of(int64_t bytes) {
  std::ostringstream text;
  text.precision(3);
  if (bytes >= int64_t{1} << 30)
    text << static_cast<double>(bytes) / 0x1p30 << " GiB";
  else
    text << static_cast<double>(bytes) / 0x1p20 << " MiB";
  return text.str();
}

// The blocks of one device. `in_use` finds the stream of a block; `cached` finds by stream and
// size.
class Pool {
 public:
  void* take(size_t bytes, int device, StreamHandle stream) {
    const size_t wanted = rounded_bytes(bytes);
    std::lock_guard lock(guard_);
    ++stats_.allocations;
    void* block = from_cache(wanted, stream);
    if (!block) block = from_driver(wanted, stream);
    if (!block && stats_.cached_bytes > 0) {
      release_cached();
      block = from_driver(wanted, stream);
    }
    if (!block) out_of_memory(bytes, device);
    stats_.allocated_bytes += static_cast<int64_t>(in_use_.at(block).bytes);
    stats_.peak_allocated_bytes = std::max(stats_.peak_allocated_bytes, stats_.allocated_bytes);
    return block;
  }

  void give_back(void* block) noexcept {
    std::lock_guard lock(guard_);
    const auto found = in_use_.find(block);
    if (found == in_use_.end()) return;
    const Block& facts = found->second;
    stats_.allocated_bytes -= static_cast<int64_t>(facts.bytes);
    stats_.cached_bytes += static_cast<int64_t>(facts.bytes);
    cached_.emplace(std::pair(facts.stream, facts.bytes), block);
    in_use_.erase(found);
  }

  void empty() {
    std::lock_guard lock(guard_);
    if (!cached_.empty()) release_cached();
  }

  MemoryStats stats() {
    std::lock_guard lock(guard_);
    return stats_;
  }
  void reset_peak() {
    std::lock_guard lock(guard_);
    stats_.peak_allocated_bytes = stats_.allocated_bytes;
  }
  void set_limit(size_t bytes) {
    std::lock_guard lock(guard_);
    limit_ = static_cast<int64_t>(bytes);
  }

 private:
  // The smallest that is large enough, unless more than a quarter of it would lie idle.
  void* from_cache(size_t wanted, StreamHandle stream) {
    const auto found = cached_.lower_bound({stream, wanted});
    if (found == cached_.end() || found->first.first != stream) return nullptr;
    const size_t bytes = found->first.second;
    if (bytes - wanted > std::max(bytes / 4, size_t{1} << 16)) return nullptr;
    void* block = found->second;
    cached_.erase(found);
    in_use_.emplace(block, Block{bytes, stream});
    stats_.cached_bytes -= static_cast<int64_t>(bytes);
    ++stats_.cache_hits;
    return block;
  }

  void* from_driver(size_t wanted, StreamHandle stream) {
    const int64_t held = stats_.allocated_bytes + stats_.cached_bytes;
    if (limit_ > 0 && held + static_cast<int64_t>(wanted) > limit_) return nullptr;
    void* block = driver().allocate(wanted);
    if (block) in_use_.emplace(block, Block{wanted, stream});
    return block;
  }

  // Work that was given to the device may still use the blocks.
  void release_cached() {
    driver().synchronize();
    for (const auto& [key, block] : cached_) driver().release(block);
    cached_.clear();
    stats_.cached_bytes = 0;
  }

  [[noreturn]] void out_of_memory(size_t bytes, int device) {
    size_t largest = 0;
    for (const auto& [block, facts] : in_use_) largest = std::max(largest, facts.bytes);
    const DeviceMemory memory = driver().memory();
    std::ostringstream limit;
    if (limit_ > 0) limit << ", the limit is " << text_of(limit_);
    fail<OutOfMemoryError>(
        "cuda:", device, ": out of memory: ", text_of(static_cast<int64_t>(bytes)),
        " are wanted. Tensors of this process hold ", text_of(stats_.allocated_bytes), " in ",
        in_use_.size(), " blocks, the largest of ", text_of(static_cast<int64_t>(largest)),
        "; of the device's ", text_of(memory.total_bytes), ", ", text_of(memory.free_bytes),
        " are free", limit.str(), ". Drop tensors, take smaller batches, or end other processes");
  }

  std::mutex guard_;
  std::unordered_map<void*, Block> in_use_;
  std::multimap<std::pair<StreamHandle, size_t>, void*> cached_;
  MemoryStats stats_{};
  int64_t limit_ = 0;
};

// Never destroyed: tensors may outlive this library's statics.
Pool& pool(int device) {
  static auto* pools = new Pool[kMaxDevices];
  return pools[device];
}

}  // namespace

// Multiples of an eighth of the power of two below: few sizes, so that blocks fit again.
size_t rounded_bytes(size_t bytes) {
  const size_t step = std::max(kSmallest, std::bit_floor(std::max<size_t>(bytes, 1)) / 8);
  return std::max(kSmallest, (bytes + step - 1) / step * step);
}

void* allocate(size_t bytes, int8_t index) {
  const UseDevice use(index);
  const auto device = static_cast<int8_t>(use.device());
  return pool(device).take(bytes, device, current_stream(device));
}

void deallocate(void* block, size_t, int8_t index) noexcept {
  pool(index < 0 ? current_device() : index).give_back(block);
}

MemoryStats memory_stats(int8_t index) { return pool(resolve(index)).stats(); }
void reset_peak_memory(int8_t index) { pool(resolve(index)).reset_peak(); }
void set_memory_limit(int8_t index, size_t bytes) { pool(resolve(index)).set_limit(bytes); }

void empty_cache() {
  for (int device = 0; device < device_count(); ++device) {
    const UseDevice use(static_cast<int8_t>(device));
    pool(device).empty();
  }
}

}  // namespace taeda::cuda
