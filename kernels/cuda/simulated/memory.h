// The memory of the simulated device: closed to the CPU but while a kernel or a copy runs, so that
// code which takes a device's pointer for its own ends as it would with a GPU.
#pragma once

#include <functional>
#include <vector>

namespace taeda::cuda::simulated {

class OpenMemory {
 public:
  OpenMemory();
  OpenMemory(const OpenMemory&) = delete;
  OpenMemory& operator=(const OpenMemory&) = delete;
  ~OpenMemory();
};

using Work = std::function<void()>;

// What the thread keeps instead of doing it; null where it records nothing.
std::vector<Work>* recorded_work();

void count_launch();

// Has work done, or kept: by value, as a device gets its arguments.
template <class Function>
void give(const Function& work) {
  count_launch();
  if (std::vector<Work>* kept = recorded_work()) return kept->push_back(work);
  const OpenMemory open;
  work();
}

}  // namespace taeda::cuda::simulated
