#include "taeda/tensor/generator.h"

#include <random>

namespace taeda {

RandomStream Generator::next() {
  std::lock_guard lock(mutex_);
  const RandomStream current = stream_;
  ++stream_.offset;
  return current;
}

RandomStream Generator::state() const {
  std::lock_guard lock(mutex_);
  return stream_;
}

void Generator::set_state(RandomStream state) {
  std::lock_guard lock(mutex_);
  stream_ = state;
}

uint64_t Generator::seed() {
  std::random_device device;
  // 63 bits, so that the seed is an int64 wherever it is kept.
  const uint64_t chosen = (uint64_t{device()} << 32 | device()) >> 1;
  manual_seed(chosen);
  return chosen;
}

Generator& default_generator() {
  static Generator generator;
  return generator;
}

}  // namespace taeda
