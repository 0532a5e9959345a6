// Threads, memory and the name of the backend.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include <atomic>

#include "bindings.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/registry.h"

namespace taeda::python {
namespace {

nb::dict stats() {
  const MemoryStats now = memory_stats();
  nb::dict result;
  result["allocated_bytes"] = now.allocated_bytes;
  result["peak_allocated_bytes"] = now.peak_allocated_bytes;
  result["cached_bytes"] = now.cached_bytes;
  result["allocations"] = now.allocations;
  result["cache_hits"] = now.cache_hits;
  return result;
}

// Runs `blocks` blocks, each with an inner loop of `inner`; returns how many inner blocks ran in
// all and whether every inner loop knew that it was nested. The block `failing` throws. For the
// tests.
std::pair<int64_t, bool> exercise_pool(int64_t blocks, int64_t inner, int64_t failing,
                                       bool is_short) {
  std::atomic<int64_t> ran{0};
  std::atomic<bool> nested{true};
  const nb::gil_scoped_release release;
  const auto run = [&](int64_t block) {
    if (block == failing) fail<ValueError>("block ", block, " fails");
    if (blocks > 1 && !in_parallel()) nested = false;
    parallel_blocks(inner, [&](int64_t) { ++ran; });
  };
  parallel_blocks(blocks, run, is_short ? LoopLength::Short : LoopLength::Long);
  return {ran.load(), nested.load()};
}

}  // namespace

void init_runtime(nb::module_& m) {
  m.def("num_threads", &num_threads,
        "The number of threads that share a loop, the caller's included.");
  m.def("set_num_threads", &set_num_threads, nb::arg("count"),
        "Set how many threads share a loop; results do not depend on it.\n\n"
        "Raises ValueError below 1.");
  m.def("memory_stats", &stats, nb::sig("def memory_stats() -> dict[str, int]"),
        "Counters of the allocator: allocated_bytes, peak_allocated_bytes, cached_bytes, "
        "allocations\n"
        "and cache_hits.");
  m.def("reset_peak_memory", &reset_peak_memory,
        "Let peak_allocated_bytes start again from what is allocated now.");
  m.def("empty_cache", &empty_cache,
        "Give the cached memory of this thread and of the shared cache back to the system.");
  m.def("set_cache_limit", &set_cache_limit, nb::arg("bytes"),
        "Bound the memory that the shared cache keeps, in bytes.");
  m.def(
      "backend_name", [] { return std::string(kernels(DeviceType::CPU).name); },
      "The backend in use, such as 'cpu/v3'; the environment variable TAEDA_ISA chooses another.");
  m.def(
      "_check_kernel_table",
      [](const std::string& library, uint32_t number, uint32_t bytes) {
        check_kernel_table(library, {number, bytes});
      },
      nb::arg("library"), nb::arg("number"), nb::arg("bytes"),
      "Refuse a library built for another table of kernels; for tests of the registry.");
  m.def("_exercise_pool", &exercise_pool, nb::arg("blocks"), nb::arg("inner") = 1,
        nb::arg("failing") = -1, nb::arg("is_short") = false,
        "Run a nested parallel loop; for tests of the pool.");
}

}  // namespace taeda::python
