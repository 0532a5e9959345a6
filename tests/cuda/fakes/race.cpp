// Kernels with and without races, for the detector of the simulated device.
#include <cstdint>
#include <cstring>
#include <vector>

#include "simulated/threads.h"

namespace {

namespace simulated = taeda::cuda::simulated;
using taeda::cuda::kThreads;

struct Block {
  template <class Step>
  void each(Step step) const {
    simulated::each_thread(false, step);
  }
};
struct Shared {
  int values[kThreads];
};

// Each thread reads what its neighbour has written: in the next step, or in the same one.
struct Neighbours {
  int* out;
  bool meets;
  void operator()(const Block& block, Shared& shared, int64_t item) const {
    int* const mine = out + item * kThreads;
    block.each([&](int thread) {
      shared.values[thread] = thread;
      if (!meets) mine[thread] = shared.values[(thread + 1) % kThreads];
    });
    if (!meets) return;
    block.each([&](int thread) { mine[thread] = shared.values[(thread + 1) % kThreads]; });
  }
};
// Blocks, or items, that write to one place, or each to its own.
struct Places {
  int* out;
  bool own;
  void operator()(const Block& block, Shared&, int64_t item) const {
    block.each([&](int thread) {
      if (thread == 0) out[own ? item : 0] = static_cast<int>(item);
    });
  }
  void operator()(int64_t item) const { out[own ? item : 0] = static_cast<int>(item); }
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 1;
  const char* const what = arguments[1];
  std::vector<int> out(2048);
  const auto blocks = [](int64_t items, const auto& body) {
    simulated::each_block<Block, Shared>(items, items, body);
  };
  if (std::strcmp(what, "step") == 0) blocks(1, Neighbours{out.data(), false});
  if (std::strcmp(what, "blocks") == 0) blocks(4, Places{out.data(), false});
  if (std::strcmp(what, "items") == 0) simulated::each_item(64, 64, Places{out.data(), false});
  if (std::strcmp(what, "none") == 0) {
    blocks(8, Neighbours{out.data(), true});
    blocks(64, Places{out.data(), true});
    simulated::each_item(1024, 256, Places{out.data(), true});
  }
  return 0;
}
