// A library of the device's maker, opened at run time.
#pragma once

#include <string>
#include <utility>
#include <vector>

#ifdef TAEDA_CUDA_SIMULATED
#include "../simulated/memory.h"
#endif

namespace taeda::cuda {

#ifdef TAEDA_CUDA_SIMULATED
using simulated::OpenMemory;
#else
// Held while a library works; only the simulated device does anything about it.
struct OpenMemory {
  OpenMemory() {}
};
#endif

// Opened for good: the first of `names` that the loader finds, by itself or in the folders that
// are known to the core. `variable` of the environment names a file in their place; where it is
// empty there is no library.
class Opened {
 public:
  // `companions` are libraries that it opens itself, by names that the loader knows once they are
  // open.
  Opened(const char* variable, const std::vector<std::string>& names,
         const std::vector<std::string>& companions = {});

  // Whether the library and all symbols so far were found.
  explicit operator bool() const { return library_ && problem_.empty(); }
  const std::string& problem() const { return problem_; }

  template <class Function>
  void find(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(symbol(name));
  }

 private:
  void* symbol(const char* name);

  void* library_ = nullptr;
  std::string problem_;
};

// What is used of a library: `Calls` is its functions.
template <class Calls>
struct Found {
  const char* name;
  Opened opened;
  Calls calls{};

  Found(const char* its_name, Opened its_library, void (*find)(Opened& opened, Calls& calls))
      : name(its_name), opened(std::move(its_library)) {
    find(opened, calls);
  }
  // Null, and why, where something is missing.
  const Calls* get(std::string* problem) const {
    if (opened) return &calls;
    if (problem) *problem = std::string(name) + ": " + opened.problem();
    return nullptr;
  }
};

}  // namespace taeda::cuda
