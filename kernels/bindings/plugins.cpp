// Plug-ins for other devices, and what their runtimes can do: for taeda.cuda.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "bindings.h"
#include "taeda/kernels/error.h"
#include "taeda/kernels/libraries.h"
#include "taeda/kernels/registry.h"

namespace taeda::python {
namespace {

std::string find_plugin(DeviceType type) {
  if (type != DeviceType::CUDA || !Py_IsInitialized()) return {};
  const nb::gil_scoped_acquire interpreter;
  const nb::object find = nb::module_::import_("taeda_kernels._plugins").attr("find_library");
  return nb::cast<std::string>(find("cuda"));
}

const RuntimeKernels& runtime() { return kernels(DeviceType::CUDA).runtime; }

int device_count() { return has_kernels(DeviceType::CUDA) ? runtime().device_count() : 0; }

std::string problem() {
  if (!has_kernels(DeviceType::CUDA)) return "taeda-kernels-cuda is not installed";
  return runtime().problem();
}

nb::object facts(int8_t index) {
  const DeviceFacts found = runtime().facts(index);
  return nb::make_tuple(found.name, found.major, found.minor, found.multiprocessors,
                        found.memory_bytes);
}

std::pair<int64_t, int64_t> memory(int8_t index) {
  const DeviceMemory found = runtime().memory(index);
  return {found.free_bytes, found.total_bytes};
}

nb::dict stats(int8_t index) {
  const MemoryStats now = runtime().memory_stats(index);
  nb::dict result;
  result["allocated_bytes"] = now.allocated_bytes;
  result["peak_allocated_bytes"] = now.peak_allocated_bytes;
  result["cached_bytes"] = now.cached_bytes;
  result["allocations"] = now.allocations;
  result["cache_hits"] = now.cache_hits;
  return result;
}

nb::list blocks(int8_t index) {
  nb::list result;
  for (const MemoryBlock& block : runtime().memory_blocks(index)) {
    result.append(nb::make_tuple(reinterpret_cast<uintptr_t>(block.address), block.bytes,
                                 block.pool, reinterpret_cast<uintptr_t>(block.stream),
                                 block.is_in_use));
  }
  return result;
}

// Streams and events are numbers in Python, which owns them: the default stream is 0.
uintptr_t number(void* handle) { return reinterpret_cast<uintptr_t>(handle); }
void* handle(uintptr_t number) { return reinterpret_cast<void*>(number); }  // NOLINT

void init_streams(nb::module_& m) {
  m.def("_cuda_current_stream",
        [](int8_t index) { return number(runtime().current_stream(index)); });
  m.def("_cuda_set_stream",
        [](int8_t index, uintptr_t stream) { runtime().set_stream(index, handle(stream)); });
  m.def("_cuda_create_stream", [](int8_t index, int priority) {
    return number(runtime().create_stream(index, priority));
  });
  m.def("_cuda_destroy_stream",
        [](int8_t index, uintptr_t stream) { runtime().destroy_stream(index, handle(stream)); });
  m.def(
      "_cuda_synchronize_stream",
      [](int8_t index, uintptr_t stream) { runtime().synchronize_stream(index, handle(stream)); },
      nb::call_guard<nb::gil_scoped_release>());
  m.def("_cuda_stream_is_done", [](int8_t index, uintptr_t stream) {
    return runtime().stream_is_done(index, handle(stream));
  });
  m.def("_cuda_create_event",
        [](int8_t index, bool timed) { return number(runtime().create_event(index, timed)); });
  m.def("_cuda_destroy_event", [](uintptr_t event) { runtime().destroy_event(handle(event)); });
  m.def("_cuda_record_event", [](int8_t index, uintptr_t event, uintptr_t stream) {
    runtime().record_event(index, handle(event), handle(stream));
  });
  m.def("_cuda_wait_event", [](int8_t index, uintptr_t stream, uintptr_t event) {
    runtime().wait_event(index, handle(stream), handle(event));
  });
  m.def(
      "_cuda_synchronize_event",
      [](uintptr_t event) { runtime().synchronize_event(handle(event)); },
      nb::call_guard<nb::gil_scoped_release>());
  m.def("_cuda_event_is_done",
        [](uintptr_t event) { return runtime().event_is_done(handle(event)); });
  m.def("_cuda_elapsed_milliseconds", [](uintptr_t first, uintptr_t last) {
    return runtime().elapsed_milliseconds(handle(first), handle(last));
  });
}

void init_graphs(nb::module_& m) {
  m.def("_cuda_begin_graph", [](int64_t pool) { return number(runtime().begin_graph(pool)); });
  m.def("_cuda_end_graph", [](uintptr_t graph) { runtime().end_graph(handle(graph)); });
  m.def("_cuda_launch_graph", [](uintptr_t graph, uint64_t seed, uint64_t shift) {
    runtime().launch_graph(handle(graph), seed, shift);
  });
  m.def("_cuda_destroy_graph", [](uintptr_t graph) { runtime().destroy_graph(handle(graph)); });
  m.def("_cuda_pool_of", [](uintptr_t graph) { return runtime().pool_of(handle(graph)); });
  m.def("_cuda_is_recording", [] { return runtime().is_recording(); });
}

// The addresses of two functions; both 0: the driver.
MemorySource source(uintptr_t take, uintptr_t give_back) {
  return {reinterpret_cast<decltype(MemorySource::take)>(take),
          reinterpret_cast<decltype(MemorySource::give_back)>(give_back)};
}

void init_pools(nb::module_& m) {
  m.def("_cuda_new_pool", [](uintptr_t take, uintptr_t give_back, bool last_resort) {
    const MemorySource given = source(take, give_back);
    return runtime().new_pool(take ? &given : nullptr, last_resort);
  });
  m.def("_cuda_hold_pool", [](int64_t pool) { runtime().hold_pool(pool); });
  m.def("_cuda_leave_pool", [](int64_t pool) { runtime().leave_pool(pool); });
  m.def("_cuda_holders_of_pool", [](int64_t pool) { return runtime().holders_of_pool(pool); });
  m.def("_cuda_use_pool",
        [](int8_t index, int64_t pool) { return runtime().use_pool(index, pool); });
  m.def("_cuda_set_memory_source", [](uintptr_t take, uintptr_t give_back) {
    runtime().set_memory_source(source(take, give_back));
  });
  m.def("_cuda_keep_memory", [](bool keep) { runtime().keep_memory(keep); });
}

std::atomic<bool>& setting(std::string_view name) {
  if (std::atomic<bool>* found = library_setting(name)) return *found;
  fail<ValueError>("no setting of the CUDA libraries is named ", name);
}

// The version and, where it is 0, why.
std::pair<int64_t, std::string> library_version(std::string_view name) {
  if (device_count() == 0) return {0, problem()};
  std::string why;
  const auto library = name == "cudnn" ? MakerLibrary::Cudnn : MakerLibrary::CublasLt;
  const int64_t version = runtime().library_version(library, why);
  return {version, why};
}

void init_libraries(nb::module_& m) {
  m.def("_cuda_library_version", library_version);
  m.def("_cuda_setting", [](std::string_view name) { return setting(name).load(); });
  m.def("_cuda_set_setting", [](std::string_view name, bool value) { setting(name) = value; });
  m.def("_cuda_set_library_folders", set_library_folders);
}

}  // namespace

void init_plugins(nb::module_& m) {
  install_plugin_finder(find_plugin);
  m.def("_cuda_device_count", device_count);
  m.def("_cuda_problem", problem);
  m.def("_cuda_current_device", [] { return static_cast<int>(runtime().current_device()); });
  m.def("_cuda_set_device", [](int8_t index) { runtime().set_device(index); });
  m.def(
      "_cuda_synchronize", [](int8_t index) { runtime().synchronize(index); },
      nb::call_guard<nb::gil_scoped_release>());
  m.def("_cuda_facts", facts,
        nb::sig("def _cuda_facts(arg: int, /) -> tuple[str, int, int, int, int]"));
  m.def("_cuda_memory", memory);
  m.def("_cuda_memory_stats", stats,
        nb::sig("def _cuda_memory_stats(arg: int, /) -> dict[str, int]"));
  m.def("_cuda_memory_blocks", blocks,
        nb::sig("def _cuda_memory_blocks(arg: int, /) -> list[tuple[int, int, int, int, bool]]"));
  m.def("_cuda_also_used_by", [](uintptr_t block, int8_t index, uintptr_t stream) {
    runtime().also_used_by(handle(block), index, handle(stream));
  });
  m.def("_cuda_reset_peak_memory", [](int8_t index) { runtime().reset_peak_memory(index); });
  m.def("_cuda_empty_cache", [] { runtime().empty_cache(); });
  m.def("_cuda_set_memory_limit",
        [](int8_t index, size_t bytes) { runtime().set_memory_limit(index, bytes); });
  init_streams(m);
  init_graphs(m);
  init_pools(m);
  init_libraries(m);
}

}  // namespace taeda::python
