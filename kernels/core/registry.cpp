#include "taeda/kernels/registry.h"

#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace taeda {
namespace {

std::array<std::atomic<const KernelTable*>, kDeviceTypeCount> tables;

std::atomic<const KernelTable*>& slot(DeviceType type) { return tables[static_cast<size_t>(type)]; }

// Names of the CPU backends that run here, the best first.
std::vector<std::string> usable_backends() {
  std::vector<std::string> names;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) names.push_back("v4");
  if (__builtin_cpu_supports("x86-64-v3")) names.push_back("v3");
#endif
  names.push_back("portable");
  return names;
}

std::string own_folder() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<const void*>(&usable_backends), &info) || !info.dli_fname)
    return ".";
  const std::string path = info.dli_fname;
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// The table that a library's entry point returns; null, with the problem, where there is none.
const KernelTable* load(const std::string& path, const char* entry_point, std::string& problem) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    problem = dlerror();
    return nullptr;
  }
  auto entry = reinterpret_cast<const KernelTable* (*)()>(dlsym(library, entry_point));
  if (!entry) {
    problem = path + " has no " + entry_point;
    return nullptr;
  }
  const KernelTable* table = entry();
  check_kernel_table(path, table->version);
  return table;
}

// Each instruction set is a library of its own, loaded privately: templates instantiated for one
// can then never be merged with those of another.
const KernelTable* load_cpu_backend() {
  std::vector<std::string> names = usable_backends();
  if (const char* wanted = std::getenv("TAEDA_ISA"); wanted && *wanted) {
    bool usable = false;
    for (const std::string& name : names) usable |= name == wanted;
    if (!usable) {
      std::string text;
      for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
      fail<RuntimeError>("TAEDA_ISA=", wanted,
                         " is not usable on this machine; choose one of: ", text);
    }
    names = {wanted};
  }
  std::string problem;
  for (const std::string& name : names) {
    const std::string path = own_folder() + "/libtaeda_cpu_" + name + ".so";
    if (const KernelTable* table = load(path, "taeda_cpu_kernels", problem)) return table;
  }
  fail<RuntimeError>("no CPU kernels could be loaded: ", problem);
}

[[noreturn]] void missing_kernel() { throw MissingKernel("not implemented on this device"); }

// A copy of a plug-in's table whose empty places throw. Families are added to the table all the
// time; a place that a plug-in leaves empty is a null pointer of whatever type, and the replacement
// is called through that type: it never returns and looks at no argument, so that nothing depends
// on how they are passed.
const KernelTable* completed(const KernelTable& given) {
  constexpr size_t first = offsetof(KernelTable, elementwise);
  using Kernel = void (*)();
  static_assert(first % sizeof(Kernel) == 0 && sizeof(KernelTable) % sizeof(Kernel) == 0);
  auto* table = new KernelTable(given);  // lives as long as the process
  char* memory = reinterpret_cast<char*>(table);
  for (size_t at = first; at < sizeof(KernelTable); at += sizeof(Kernel)) {
    Kernel kernel;
    std::memcpy(&kernel, memory + at, sizeof(Kernel));
    if (kernel) continue;
    kernel = &missing_kernel;
    std::memcpy(memory + at, &kernel, sizeof(Kernel));
  }
  return table;
}

std::atomic<FindPlugin> find_plugin{nullptr};

// Looked up once. The lock is not held meanwhile: the finder may need the interpreter.
const std::string& plugin_path(DeviceType type) {
  static std::mutex guard;
  static std::array<std::optional<std::string>, kDeviceTypeCount> paths;
  std::optional<std::string>& path = paths[static_cast<size_t>(type)];
  {
    std::lock_guard lock(guard);
    if (path) return *path;
  }
  std::string found;
  const FindPlugin find = find_plugin.load();
  if (const char* named = std::getenv("TAEDA_CUDA_LIBRARY"); named && *named)
    found = named;
  else if (find)
    found = find(type);
  std::lock_guard lock(guard);
  if (!path) path = std::move(found);
  return *path;
}

const KernelTable* load_plugin(const std::string& path) {
  std::string problem;
  const KernelTable* table = load(path, "taeda_cuda_kernels", problem);
  if (!table) fail<RuntimeError>("the CUDA kernels could not be loaded: ", problem);
  return completed(*table);
}

}  // namespace

const KernelTable& kernels(DeviceType type) {
  const KernelTable* table = slot(type).load(std::memory_order_acquire);
  if (table) return *table;
  const bool plugin = type != DeviceType::CPU;
  const std::string path = plugin ? plugin_path(type) : std::string();
  if (plugin && path.empty()) {
    fail<RuntimeError>("no kernels for device type cuda: install taeda-kernels-cuda");
  }
  static std::mutex loading;
  std::lock_guard lock(loading);
  if (!slot(type).load()) {
    slot(type).store(plugin ? load_plugin(path) : load_cpu_backend(), std::memory_order_release);
  }
  return *slot(type).load();
}

void check_kernel_table(std::string_view library, KernelTableVersion version) {
  if (version == kKernelTableVersion) return;
  fail<RuntimeError>(library, ": built for version ", version.number, " of the table of kernels (",
                     version.bytes, " bytes), but taeda-kernels has version ",
                     kKernelTableVersion.number, " (", kKernelTableVersion.bytes,
                     " bytes); install the same release of all taeda packages");
}

bool has_kernels(DeviceType type) {
  if (type == DeviceType::CPU || slot(type).load()) return true;
  if (plugin_path(type).empty()) return false;
  kernels(type);
  return true;
}

void install_plugin_finder(FindPlugin find) { find_plugin.store(find); }

}  // namespace taeda
