#include "pinned.h"

#include <bit>
#include <map>
#include <mutex>

#include "events.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

constexpr size_t kSmallest = 4096;

struct Block {
  size_t bytes;
  Events copies;
};

struct Pinned {
  std::mutex guard;
  std::map<const char*, Block> in_use;  // by their first byte
  std::multimap<size_t, std::pair<char*, Events>> cached;
};

// Never destroyed: tensors may outlive this library's statics.
Pinned& pinned() {
  static auto* const all = new Pinned;
  return *all;
}

}  // namespace

void* allocate_pinned(size_t bytes) {
  const size_t rounded = std::bit_ceil(std::max(bytes, kSmallest));
  Pinned& all = pinned();
  const std::lock_guard lock(all.guard);
  auto [at, end] = all.cached.equal_range(rounded);
  for (; at != end; ++at) {
    if (!at->second.second.are_done()) continue;
    char* const block = at->second.first;
    all.cached.erase(at);
    all.in_use.emplace(block, Block{rounded, {}});
    return block;
  }
  auto* const block = static_cast<char*>(driver().allocate_pinned(rounded));
  all.in_use.emplace(block, Block{rounded, {}});
  return block;
}

void deallocate_pinned(void* block) noexcept {
  Pinned& all = pinned();
  const std::lock_guard lock(all.guard);
  const auto found = all.in_use.find(static_cast<const char*>(block));
  if (found == all.in_use.end()) return;
  all.cached.emplace(found->second.bytes,
                     std::pair(static_cast<char*>(block), std::move(found->second.copies)));
  all.in_use.erase(found);
}

void pinned_is_used(const void* data, StreamHandle stream) {
  Pinned& all = pinned();
  const std::lock_guard lock(all.guard);
  const auto* const at = static_cast<const char*>(data);
  const auto after = all.in_use.upper_bound(at);
  if (after == all.in_use.begin()) return;
  auto& [start, block] = *std::prev(after);
  if (at >= start + block.bytes) return;
  block.copies.are_done();  // forgets those that are
  block.copies.record(stream);
}

void empty_pinned_cache() {
  Pinned& all = pinned();
  const std::lock_guard lock(all.guard);
  for (auto at = all.cached.begin(); at != all.cached.end();) {
    if (!at->second.second.are_done()) {
      ++at;
      continue;
    }
    driver().release_pinned(at->second.first);
    at = all.cached.erase(at);
  }
}

}  // namespace taeda::cuda
