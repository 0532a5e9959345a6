#include "allocator.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "events.h"
#include "graphs.h"
#include "pools.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

constexpr size_t kSmallest = 512;

const StreamHandle kNobody = reinterpret_cast<StreamHandle>(~uintptr_t{0});  // NOLINT: no stream

thread_local int64_t pool_of_thread[kMaxDevices] = {};

// Of the common memory; null: the driver. Sources are never destroyed.
std::atomic<const MemorySource*> common_source{nullptr};
std::atomic<bool> keeps_memory{true};

struct Block {
  size_t bytes;
  int64_t pool;
  StreamHandle stream;
  const MemorySource* source;
  std::vector<StreamHandle> others;  // that use it too
};
// Of a block that came back.
struct Cached {
  void* block;
  const MemorySource* source;
  Events users;  // what must be done before it may be used again
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

// The blocks of one device. `in_use` finds the stream of a block; `cached` finds by pool, stream
// and size.
class Memory {
 public:
  void* take(size_t bytes, int device, StreamHandle stream) {
    const size_t wanted = rounded_bytes(bytes);
    const int64_t pool = pool_of_thread[device];
    std::lock_guard lock(guard_);
    ++stats_.allocations;
    void* block = from_cache(wanted, pool, stream);
    if (!block) block = from_source(wanted, pool, device, stream);
    // While a graph is recorded nobody may wait for the device.
    if (!block && stats_.cached_bytes > 0 && !is_recording()) {
      release_cached();
      block = from_source(wanted, pool, device, stream);
    }
    if (!block) {
      for (const int64_t other : last_resorts()) {
        if (!block) block = from_cache(wanted, other, stream);
      }
    }
    if (!block) out_of_memory(bytes, device);
    stats_.allocated_bytes += static_cast<int64_t>(in_use_.at(block).bytes);
    stats_.peak_allocated_bytes = std::max(stats_.peak_allocated_bytes, stats_.allocated_bytes);
    return block;
  }

  void give_back(void* block, int device) noexcept {
    std::lock_guard lock(guard_);
    const auto found = in_use_.find(block);
    if (found == in_use_.end()) return;
    const Block facts = std::move(found->second);
    in_use_.erase(found);
    stats_.allocated_bytes -= static_cast<int64_t>(facts.bytes);
    const bool keeps = !facts.source && (keeps_memory || is_recording());
    if (facts.pool == 0 && !keeps) return release(block, facts, device);
    stats_.cached_bytes += static_cast<int64_t>(facts.bytes);
    Cached cached{block, facts.source, {}};
    // In a graph streams meet where its recording says, so that nobody else gets the block.
    const bool is_kept = !facts.others.empty() && has_recorded(facts.pool);
    if (!is_kept) record(facts.others, cached.users, device);
    cached_.emplace(Key(facts.pool, is_kept ? kNobody : facts.stream, facts.bytes),
                    std::move(cached));
  }

  void also_used_by(void* block, StreamHandle stream) {
    std::lock_guard lock(guard_);
    const auto found = in_use_.find(block);
    if (found == in_use_.end() || found->second.stream == stream) return;
    auto& others = found->second.others;
    if (std::ranges::find(others, stream) == others.end()) others.push_back(stream);
  }

  void dissolve(int64_t pool, int device) {
    std::lock_guard lock(guard_);
    for (auto& [block, facts] : in_use_) {
      if (facts.pool == pool) facts.pool = 0;
    }
    for (auto at = cached_.lower_bound(Key(pool, nullptr, 0));
         at != cached_.end() && std::get<0>(at->first) == pool;) {
      auto next = std::next(at);
      auto node = cached_.extract(at);
      const auto& [its_pool, stream, bytes] = node.key();
      if (const MemorySource* source = node.mapped().source) {
        stats_.cached_bytes -= static_cast<int64_t>(bytes);
        node.mapped().users.wait();
        release(node.mapped().block, {bytes, 0, stream, source, {}}, device);
      } else {
        std::get<0>(node.key()) = 0;
        cached_.insert(std::move(node));
      }
      at = next;
    }
  }

  void empty() {
    std::lock_guard lock(guard_);
    if (!cached_.empty()) release_cached();
  }

  MemoryStats stats() {
    std::lock_guard lock(guard_);
    return stats_;
  }
  std::vector<MemoryBlock> blocks() {
    std::lock_guard lock(guard_);
    std::vector<MemoryBlock> result;
    for (const auto& [block, facts] : in_use_) {
      result.push_back({block, static_cast<int64_t>(facts.bytes), facts.pool, facts.stream, true});
    }
    for (const auto& [key, cached] : cached_) {
      const auto& [pool, stream, bytes] = key;
      result.push_back({cached.block, static_cast<int64_t>(bytes), pool, stream, false});
    }
    return result;
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
  using Key = std::tuple<int64_t, StreamHandle, size_t>;

  static void record(const std::vector<StreamHandle>& streams, Events& events,
                     int device) noexcept {
    if (streams.empty()) return;
    try {
      const UseDevice use(static_cast<int8_t>(device));
      for (const StreamHandle stream : streams) events.record(stream);
    } catch (const RuntimeError&) {
      // The device is lost; the next call says so.
    }
  }

  // The smallest that is large enough, unless more than a quarter of it would lie idle.
  void* from_cache(size_t wanted, int64_t pool, StreamHandle stream) {
    for (auto at = cached_.lower_bound({pool, stream, wanted}); at != cached_.end(); ++at) {
      const auto& [its_pool, its_stream, bytes] = at->first;
      if (its_pool != pool || its_stream != stream) return nullptr;
      if (bytes - wanted > std::max(bytes / 4, size_t{1} << 16)) return nullptr;
      if (!at->second.users.are_done()) continue;
      void* block = at->second.block;
      in_use_.emplace(block, Block{bytes, pool, stream, at->second.source, {}});
      stats_.cached_bytes -= static_cast<int64_t>(bytes);
      cached_.erase(at);
      ++stats_.cache_hits;
      return block;
    }
    return nullptr;
  }

  void* from_source(size_t wanted, int64_t pool, int device, StreamHandle stream) {
    const int64_t held = stats_.allocated_bytes + stats_.cached_bytes;
    if (limit_ > 0 && held + static_cast<int64_t>(wanted) > limit_) return nullptr;
    const MemorySource* source = pool ? source_of(pool) : common_source.load();
    void* block = source ? source->take(static_cast<ptrdiff_t>(wanted), device, stream)
                         : driver().allocate(wanted);
    if (block) in_use_.emplace(block, Block{wanted, pool, stream, source, {}});
    return block;
  }

  // To where it came from. The driver gets it once the device has done what uses it; a source in
  // the order of the block's stream.
  static void release(void* block, const Block& facts, int device) noexcept {
    const MemorySource* const source = facts.source;
    try {
      const UseDevice use(static_cast<int8_t>(device));
      if (!source) driver().synchronize();
      for (const StreamHandle other : facts.others) join(facts.stream, other);
    } catch (const RuntimeError&) {
      // The device is lost, and what it did with it.
    }
    if (source)
      source->give_back(block, static_cast<ptrdiff_t>(facts.bytes), device, facts.stream);
    else
      driver().release(block);
  }
  static void join(StreamHandle stream, StreamHandle other) {
    const EventHandle event = driver().create_event(false);
    driver().record_event(event, other);
    driver().wait_event(stream, event);
    driver().destroy_event(event);
  }

  // Work that was given to the device may still use the blocks. Those of pools stay.
  void release_cached() {
    driver().synchronize();
    const auto end = cached_.lower_bound(Key(1, nullptr, 0));
    for (auto at = cached_.begin(); at != end; at = cached_.erase(at)) {
      driver().release(at->second.block);
      stats_.cached_bytes -= static_cast<int64_t>(std::get<2>(at->first));
    }
  }

  [[noreturn]] void out_of_memory(size_t bytes, int device) {
    size_t largest = 0;
    for (const auto& [block, facts] : in_use_) largest = std::max(largest, facts.bytes);
    const DeviceMemory memory = driver().memory();
    const int64_t held = stats_.allocated_bytes + stats_.cached_bytes;
    const int64_t others = std::max<int64_t>(memory.total_bytes - memory.free_bytes - held, 0);
    std::ostringstream more;
    if (stats_.cached_bytes > 0) {
      more << ", " << text_of(stats_.cached_bytes) << " are kept for "
           << (is_recording() ? "reuse" : "pools and recorded graphs");
    }
    if (limit_ > 0) more << ", the limit is " << text_of(limit_);
    fail<OutOfMemoryError>(
        "cuda:", device, ": out of memory: ", text_of(static_cast<int64_t>(bytes)),
        " are wanted. Tensors of this process hold ", text_of(stats_.allocated_bytes), " in ",
        in_use_.size(), " blocks, the largest of ", text_of(static_cast<int64_t>(largest)),
        more.str(), "; of the device's ", text_of(memory.total_bytes), ", ",
        text_of(memory.free_bytes), " are free and ", text_of(others),
        " are held by others: the driver, libraries, other processes. Drop tensors, take smaller "
        "batches, or end other processes");
  }

  std::mutex guard_;
  std::unordered_map<void*, Block> in_use_;
  std::multimap<Key, Cached> cached_;
  MemoryStats stats_{};
  int64_t limit_ = 0;
};

// Never destroyed: tensors may outlive this library's statics.
Memory& memory_of(int device) {
  static auto* all = new Memory[kMaxDevices];
  return all[device];
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
  return memory_of(device).take(bytes, device, current_stream(device));
}

void deallocate(void* block, size_t, int8_t index) noexcept {
  const int device = index < 0 ? current_device() : index;
  memory_of(device).give_back(block, device);
}

void also_used_by(void* block, int8_t index, StreamHandle stream) {
  memory_of(resolve(index)).also_used_by(block, stream);
}

int64_t use_pool(int8_t index, int64_t pool) {
  return std::exchange(pool_of_thread[resolve(index)], pool);
}
void dissolve_pool(int64_t pool) {
  for (int device = 0; device < device_count(); ++device) memory_of(device).dissolve(pool, device);
}

MemoryStats memory_stats(int8_t index) { return memory_of(resolve(index)).stats(); }
std::vector<MemoryBlock> memory_blocks(int8_t index) { return memory_of(resolve(index)).blocks(); }
void reset_peak_memory(int8_t index) { memory_of(resolve(index)).reset_peak(); }
void set_memory_limit(int8_t index, size_t bytes) { memory_of(resolve(index)).set_limit(bytes); }

void set_memory_source(const MemorySource& source) {
  for (int device = 0; device < device_count(); ++device) {
    if (memory_of(device).stats().allocations > 0) {
      fail<RuntimeError>("cuda: memory has been taken already, so that its source cannot change");
    }
  }
  common_source = new MemorySource(source);
}
void keep_memory(bool keep) { keeps_memory = keep; }

void empty_cache() {
  for (int device = 0; device < device_count(); ++device) {
    const UseDevice use(static_cast<int8_t>(device));
    memory_of(device).empty();
  }
}

}  // namespace taeda::cuda
