// The memory of the simulated device: closed to the CPU but while a kernel or a copy runs, so that
// code which takes a device's pointer for its own ends as it would with a GPU.
#pragma once

namespace taeda::cuda::simulated {

class OpenMemory {
 public:
  OpenMemory();
  OpenMemory(const OpenMemory&) = delete;
  OpenMemory& operator=(const OpenMemory&) = delete;
  ~OpenMemory();
};

}  // namespace taeda::cuda::simulated
