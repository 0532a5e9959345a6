// Loops over planes and the calls of the two files of this family.
#pragma once

#include "../row_math.h"
#include "taeda/kernels/ops/pool.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

void run_max_pool(const MaxPoolCall& call);
void run_max_pool_backward(const MaxPoolBackwardCall& call);
void run_avg_pool(const AvgPoolCall& call);
void run_avg_pool_backward(const AvgPoolBackwardCall& call);
void run_adaptive_avg_pool(const AdaptiveAvgPoolCall& call);
void run_adaptive_avg_pool_backward(const AdaptiveAvgPoolBackwardCall& call);

struct Extent {
  int64_t height, width;

  explicit Extent(const Array& planes) : height(planes.shape[1]), width(planes.shape[2]) {}
  int64_t size() const { return height * width; }
};

// Calls visit(written plane, read plane, plane number), both planes as T.
template <class T, class Visit>
void each_plane(const Array& written, const Array& read, Visit visit) {
  const int64_t out = Extent(written).size(), in = Extent(read).size();
  if (out == 0) return;
  const int64_t grain = std::max<int64_t>(1, 32 * 1024 / (in + out));
  parallel_for(written.shape[0], grain, [&](int64_t begin, int64_t end) {
    const Piecewise<T> to(written, out), from(read, in);
    for (int64_t plane = begin; plane < end; ++plane) {
      visit(to.target(plane * out), from.load(plane * in, in), plane);
      to.store(plane * out, out);
    }
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
