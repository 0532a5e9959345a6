// Pools of memory: what is taken from one serves again whoever takes from it, and nobody else,
// since a graph that was recorded with its blocks uses them at any time.
#pragma once

#include <vector>

#include "driver.h"

namespace taeda::cuda {

int64_t new_pool(const MemorySource* source, bool last_resort);
void hold_pool(int64_t pool);
// Who leaves a pool last gives it up.
void leave_pool(int64_t pool);
int holders_of_pool(int64_t pool);

// Null: the driver.
const MemorySource* source_of(int64_t pool);
// Those that give to all when a device has no more.
std::vector<int64_t> last_resorts();
// A graph is recorded with the pool.
void is_recorded_with(int64_t pool);
bool has_recorded(int64_t pool);

}  // namespace taeda::cuda
