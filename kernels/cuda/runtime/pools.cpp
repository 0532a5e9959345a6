#include "pools.h"

#include <map>
#include <mutex>

#include "allocator.h"

namespace taeda::cuda {
namespace {

struct Pool {
  const MemorySource* source = nullptr;
  bool last_resort = false, recorded = false;
  int holders = 0;
};

struct Pools {
  std::mutex guard;
  std::map<int64_t, Pool> all;
  int64_t last = 0;
};
// Never destroyed: tensors may outlive this library's statics.
Pools& pools() {
  static auto* const made = new Pools;
  return *made;
}

// What is known of a pool; that of any pool where it is not known.
Pool facts_of(int64_t pool) {
  Pools& known = pools();
  const std::lock_guard lock(known.guard);
  const auto found = known.all.find(pool);
  return found == known.all.end() ? Pool{} : found->second;
}

}  // namespace

int64_t new_pool(const MemorySource* source, bool last_resort) {
  Pools& known = pools();
  const std::lock_guard lock(known.guard);
  Pool& made = known.all[++known.last];
  // Blocks go back to it after the pool has gone.
  if (source) made.source = new MemorySource(*source);
  made.last_resort = last_resort;
  return known.last;
}

void hold_pool(int64_t pool) {
  Pools& known = pools();
  const std::lock_guard lock(known.guard);
  ++known.all[pool].holders;
}

void leave_pool(int64_t pool) {
  {
    Pools& known = pools();
    const std::lock_guard lock(known.guard);
    if (--known.all[pool].holders > 0) return;
    known.all.erase(pool);
  }
  dissolve_pool(pool);
}

int holders_of_pool(int64_t pool) { return facts_of(pool).holders; }
const MemorySource* source_of(int64_t pool) { return facts_of(pool).source; }

std::vector<int64_t> last_resorts() {
  Pools& known = pools();
  const std::lock_guard lock(known.guard);
  std::vector<int64_t> result;
  for (const auto& [pool, facts] : known.all) {
    if (facts.last_resort) result.push_back(pool);
  }
  return result;
}

void is_recorded_with(int64_t pool) {
  Pools& known = pools();
  const std::lock_guard lock(known.guard);
  known.all[pool].recorded = true;
}
bool has_recorded(int64_t pool) { return pool != 0 && facts_of(pool).recorded; }

}  // namespace taeda::cuda
