// Autocast: the switches of the thread.
#include "taeda/tensor/autocast.h"

#include <nanobind/stl/string.h>

#include "bindings.h"

namespace taeda::python {
namespace {

DeviceType read_kind(const std::string& name) {
  if (name == "cpu") return DeviceType::CPU;
  if (name == "cuda") return DeviceType::CUDA;
  fail<RuntimeError>("autocast: unknown device type \"", name, "\"; expected \"cpu\" or \"cuda\"");
}

}  // namespace

void bind_autocast(nb::module_& m) {
  m.def(
      "_is_autocast_enabled",
      [](const std::string& device_type) { return autocast_enabled(read_kind(device_type)); },
      nb::arg("device_type"));
  m.def("_autocast_operations", [] {
    nb::typed<nb::list, nb::str> names;
    for (const Operation* operation : all_operations()) {
      if (operation->autocast != AutocastPolicies{}) names.append(operation->name);
    }
    return names;
  });
  m.def("_is_any_autocast_enabled", [] { return detail::modes.autocast != 0; });
  m.def(
      "_set_autocast_enabled",
      [](const std::string& device_type, bool enabled) {
        set_autocast_enabled(read_kind(device_type), enabled);
      },
      nb::arg("device_type"), nb::arg("enabled"));
  m.def(
      "get_autocast_dtype",
      [](const std::string& device_type) { return autocast_dtype(read_kind(device_type)); },
      nb::arg("device_type"),
      "The dtype of lower precision that autocast uses for devices of that type, in this thread.");
  m.def(
      "set_autocast_dtype",
      [](const std::string& device_type, DType dtype) {
        set_autocast_dtype(read_kind(device_type), dtype);
      },
      nb::arg("device_type"), nb::arg("dtype"),
      "Sets the dtype of lower precision that autocast uses in this thread.");
  m.def("is_autocast_cache_enabled", autocast_cache_enabled,
        "Whether autocast keeps the casts of parameters until its outermost context ends.");
  m.def("set_autocast_cache_enabled", set_autocast_cache_enabled, nb::arg("enabled"),
        "Sets whether autocast keeps the casts of parameters.");
  m.def("clear_autocast_cache", clear_autocast_cache, "Forgets the casts that autocast keeps.");
  m.def(
      "autocast_increment_nesting", [] { return count_autocast_contexts(1); },
      "Enters a context of autocast; gives the number of contexts.");
  m.def(
      "autocast_decrement_nesting", [] { return count_autocast_contexts(-1); },
      "Leaves a context of autocast; gives the number of contexts.");
}

}  // namespace taeda::python
