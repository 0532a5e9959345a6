// Switches of the process and the thread: gradient mode, threads, memory.
#include <nanobind/stl/string.h>

#include "bindings.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/registry.h"
#include "taeda/tensor/door.h"
#include "taeda/tensor/grad_mode.h"

namespace taeda::python {

void bind_modes(nb::module_& m) {
  m.def("is_grad_enabled", grad_enabled, "Whether operations are recorded in this thread.");
  m.def("_set_grad_enabled", set_grad_enabled, nb::arg("enabled"));
  m.def("is_inference_mode_enabled", inference_enabled);
  m.def("_set_inference_enabled", set_inference_enabled, nb::arg("enabled"));
  m.def("get_num_threads", num_threads, "The number of threads that share a parallel loop.");
  m.def("set_num_threads", set_num_threads, nb::arg("count"),
        "Sets the number of threads that share a parallel loop; results do not depend on it.");
  m.def("_backend_name", [] { return std::string(kernels(DeviceType::CPU).name); });
  m.def("_has_device", [](Device device) { return has_kernels(device.type); }, nb::arg("device"));
  m.def("_operation_names", [] {
    nb::typed<nb::list, nb::str> names;
    for (const Operation* operation : all_operations()) names.append(operation->name);
    return names;
  });
  m.def("_memory_stats", [] {
    const MemoryStats stats = memory_stats();
    nb::typed<nb::dict, nb::str, nb::int_> result;
    result["allocated_bytes"] = stats.allocated_bytes;
    result["peak_allocated_bytes"] = stats.peak_allocated_bytes;
    result["cached_bytes"] = stats.cached_bytes;
    result["allocations"] = stats.allocations;
    result["cache_hits"] = stats.cache_hits;
    return result;
  });
  m.def("_reset_peak_memory", reset_peak_memory);
  m.def("_empty_cache", empty_cache);
  m.def("_set_cache_limit", set_cache_limit, nb::arg("bytes"));
}

}  // namespace taeda::python
