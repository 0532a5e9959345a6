#include "taeda/kernels/registry.h"

#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
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
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      problem = dlerror();
      continue;
    }
    auto entry = reinterpret_cast<const KernelTable* (*)()>(dlsym(library, "taeda_cpu_kernels"));
    if (entry) {
      const KernelTable* table = entry();
      check_kernel_table(path, table->version);
      return table;
    }
    problem = path + " has no taeda_cpu_kernels";
  }
  fail<RuntimeError>("no CPU kernels could be loaded: ", problem);
}

}  // namespace

const KernelTable& kernels(DeviceType type) {
  const KernelTable* table = slot(type).load(std::memory_order_acquire);
  if (table) return *table;
  if (type != DeviceType::CPU) {
    fail<RuntimeError>("no kernels for device type cuda: install taeda-kernels-cuda");
  }
  static std::mutex loading;
  std::lock_guard lock(loading);
  if (!slot(type).load()) slot(type).store(load_cpu_backend(), std::memory_order_release);
  return *slot(type).load();
}

void check_kernel_table(std::string_view library, KernelTableVersion version) {
  if (version == kKernelTableVersion) return;
  fail<RuntimeError>(library, ": built for version ", version.number, " of the table of kernels (",
                     version.bytes, " bytes), but taeda-kernels has version ",
                     kKernelTableVersion.number, " (", kKernelTableVersion.bytes,
                     " bytes); install the same release of all taeda packages");
}

void register_kernels(DeviceType type, const KernelTable& table) {
  check_kernel_table(table.name, table.version);
  slot(type).store(&table);
}

bool has_kernels(DeviceType type) {
  return type == DeviceType::CPU || slot(type).load() != nullptr;
}

}  // namespace taeda
