// Graphs: work that a thread records instead of having it done, to be given to a stream at once,
// time and again.
#pragma once

#include "driver.h"

namespace taeda::cuda {

// Records what the thread gives to its current stream. Memory that it takes meanwhile comes from
// the pool; 0 is one of its own. Graphs of one pool must not run at the same time.
GraphHandle begin_graph(int64_t pool);
// Throws RuntimeError where something was given that cannot be recorded.
void end_graph(GraphHandle graph);
// On the current stream. Random numbers come from this seed, as many calls after the recorded ones
// as `shift`.
void launch_graph(GraphHandle graph, uint64_t seed, uint64_t shift);
// Waits for the device.
void destroy_graph(GraphHandle graph) noexcept;
int64_t pool_of(GraphHandle graph);
bool is_recording();

// Of the graph that the thread records: where a launch finds the seed and the shift. Null where it
// records none.
const uint64_t* recorded_random();

}  // namespace taeda::cuda
