#include "opened.h"

#include <dlfcn.h>

#include <cstdlib>

#include "taeda/kernels/libraries.h"

namespace taeda::cuda {
namespace {

std::vector<std::string> candidates(const char* variable,
                                    [[maybe_unused]] const std::vector<std::string>& names) {
  if (const char* named = std::getenv(variable)) {
    return *named ? std::vector<std::string>{named} : std::vector<std::string>{};
  }
#ifdef TAEDA_CUDA_SIMULATED
  return {};  // a library for true devices has nothing to do here
#else
  std::vector<std::string> result;
  for (const std::string& name : names) {
    for (const std::string& folder : library_folders()) result.push_back(folder + "/" + name);
    result.push_back(name);
    result.push_back("/usr/local/cuda/lib64/" + name);
  }
  return result;
#endif
}

}  // namespace

Opened::Opened(const char* variable, const std::vector<std::string>& names,
               const std::vector<std::string>& companions) {
  if (!std::getenv(variable)) {
    for (const std::string& folder : library_folders()) {
      for (const std::string& name : companions) {
        dlopen((folder + "/" + name).c_str(), RTLD_LAZY | RTLD_LOCAL);
      }
    }
    dlerror();
  }
  for (const std::string& candidate : candidates(variable, names)) {
    library_ = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_) {
      problem_.clear();
      return;
    }
    if (const char* text = dlerror()) problem_ = text;
  }
  if (problem_.empty()) problem_ = names.front() + " is not used";
}

void* Opened::symbol(const char* name) {
  if (!library_) return nullptr;
  void* found = dlsym(library_, name);
  if (!found && problem_.empty()) problem_ = std::string("the library lacks ") + name;
  return found;
}

}  // namespace taeda::cuda
