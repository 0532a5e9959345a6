// Generator: where random numbers come from.
#pragma once

#include <mutex>

#include "taeda/kernels/export.h"
#include "taeda/kernels/philox.h"
#include "taeda/tensor/tensor.h"

namespace taeda {

// A seed and the count of calls that have drawn from it. Both fit into sixteen bytes: the whole
// state.
struct TAEDA_API Generator {
  explicit Generator(Device device = {}) : device(device) {}
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // The stream of the next call: no other call gets the same.
  RandomStream next();
  RandomStream state() const;
  void set_state(RandomStream state);
  void manual_seed(uint64_t seed) { set_state({seed, 0}); }
  // Seeds from the system's randomness, and returns that seed.
  uint64_t seed();

  const Device device;

 private:
  static constexpr uint64_t kDefaultSeed = 67280421310721;  // PyTorch's

  mutable std::mutex mutex_;
  RandomStream stream_{kDefaultSeed, 0};
};

TAEDA_API Generator& default_generator();

}  // namespace taeda
