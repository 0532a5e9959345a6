// Where what is picked from a sequence goes: pieces count, a block adds the counts up.
#pragma once

#include "../runtime/allocator.h"
#include "../runtime/faults.h"
#include "../runtime/launch.h"
#include "element.h"
#include "walk.h"

namespace taeda::cuda {

inline constexpr int64_t kPiece = 1024;  // elements that a thread does in sequence

// The range of a piece of `count` elements.
TAEDA_HD inline int64_t piece_end(int64_t piece, int64_t count) {
  const int64_t end = (piece + 1) * kPiece;
  return end < count ? end : count;
}

// Row-major over an array: whether an element is not zero.
struct Flags {
  Memory memory;
  Walk<1> walk;
  explicit Flags(const Array& array) : memory(array), walk(walk_of(array)) {}
  TAEDA_HD bool operator[](int64_t i) const { return memory.load<double>(walk.offset(i)) != 0; }
};

template <class Picks>
struct CountBody {
  Picks picks;
  int64_t* counts;
  int64_t count;
  TAEDA_HD void operator()(int64_t piece) const {
    int64_t found = 0;
    for (int64_t i = piece * kPiece; i < piece_end(piece, count); ++i) found += picks[i];
    counts[piece] = found;
  }
};

// counts[i] becomes the sum of those before it, counts[n] that of all: by one block.
struct AddUpBody {
  struct Shared {
    int64_t sums[2][kThreads];
    int64_t before, all;
  };
  int64_t* counts;
  int64_t n;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t) const {
    block.each([&](int thread) {
      if (thread == 0) shared.all = 0;
    });
    for (int64_t first = 0; first < n; first += kThreads) {
      block.each([&](int thread) {
        shared.sums[0][thread] = first + thread < n ? counts[first + thread] : 0;
        if (thread == 0) shared.before = shared.all;
      });
      // Each sum takes in the one `reach` in front of it, which has taken in as many.
      int from = 0;
      for (int reach = 1; reach < kThreads; reach *= 2) {
        block.each([&](int thread) {
          const int64_t front = thread >= reach ? shared.sums[from][thread - reach] : 0;
          shared.sums[from ^ 1][thread] = shared.sums[from][thread] + front;
        });
        from ^= 1;
      }
      block.each([&](int thread) {
        const int64_t sum = shared.before + shared.sums[from][thread];
        if (first + thread < n) counts[first + thread] = sum - counts[first + thread];
        if (thread == kThreads - 1) shared.all = sum;
      });
    }
    block.each([&](int thread) {
      if (thread == 0) counts[n] = shared.all;
    });
  }
};

// For each piece of `count` elements the number of those picked before it. picks[i]: whether
// element i is.
class Starts {
 public:
  template <class Picks>
  Starts(const Picks& picks, int64_t count)
      : pieces_((count + kPiece - 1) / kPiece), memory_(pieces_ + 1) {
    for_each(pieces_, CountBody<Picks>{picks, memory_.data(), count});
    for_each_block(1, AddUpBody{memory_.data(), pieces_});
  }
  const int64_t* data() const { return memory_.data(); }
  int64_t pieces() const { return pieces_; }

  // How many are picked in all; waits for the device.
  int64_t total() const {
    int64_t sum = 0;
    driver().copy(&sum, memory_.data() + pieces_, sizeof(sum), current_stream());
    driver().synchronize_stream(current_stream());
    check_faults();
    return sum;
  }

 private:
  int64_t pieces_;
  DeviceScratch<int64_t> memory_;
};

}  // namespace taeda::cuda
