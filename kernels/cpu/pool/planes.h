// Loops over planes and the calls of the files of this family.
#pragma once

#include <algorithm>

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
void run_resample(const ResampleCall& call);

struct Extent {
  int64_t height, width;

  explicit Extent(const Array& planes) : height(planes.shape[1]), width(planes.shape[2]) {}
  int64_t size() const { return height * width; }
};

// Elements read and written: of a parallel task, and of a loop for which a thread is woken.
inline constexpr int64_t kGrain = 16 * 1024, kLong = 128 * 1024;

// Calls run(each) for ranges of planes; each(visit) calls visit(written plane, read plane, plane
// number), both planes as T, for those of the range.
template <class T, class Run>
void each_range(const Array& written, const Array& read, Run run) {
  const int64_t out = Extent(written).size(), in = Extent(read).size();
  if (out == 0) return;
  const int64_t planes = written.shape[0], grain = std::max<int64_t>(1, kGrain / (in + out));
  const auto range = [&](int64_t begin, int64_t end) {
    run([&](auto visit) {
      const Piecewise<T> to(written, out), from(read, in);
      for (int64_t plane = begin; plane < end; ++plane) {
        visit(to.target(plane * out), from.load(plane * in, in), plane);
        to.store(plane * out, out);
      }
    });
  };
  parallel_for(planes, grain, range, loop_length(planes * (in + out), kLong));
}

template <class T, class Visit>
void each_plane(const Array& written, const Array& read, Visit visit) {
  each_range<T>(written, read, [&](auto each) { each(visit); });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
