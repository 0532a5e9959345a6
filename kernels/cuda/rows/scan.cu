// Scans: a thread does a row in sequence, as the order of the sums demands.
#include "../device/rows.h"
#include "../families.h"
#include "../runtime/launch.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda::cuda {
namespace {

// Carries of narrow floats keep double precision: a scan cannot combine in a tree.
template <class T>
using Carry = std::conditional_t<std::is_floating_point_v<T>, double, T>;

template <class T>
TAEDA_HD Carry<T> combine(ScanOp op, Carry<T> a, Carry<T> b) {
  if (op == ScanOp::CumSum) return a + b;
  if (op == ScanOp::CumProd) return a * b;
  const Carry<T> larger = maximum(a, b), smaller = minimum(a, b);
  if (larger == smaller && larger - larger != 0) return larger;  // both the same infinity
  return larger + static_cast<Carry<T>>(log1p(exp(static_cast<double>(smaller - larger))));
}

template <class T>
struct ScanBody {
  Memory out, in;
  Rows<2> rows;
  ScanOp op;
  TAEDA_HD void operator()(int64_t row) const {
    int64_t at[2];
    rows.starts(row, at);
    Carry<T> carry = 0;
    for (int64_t i = 0; i < rows.length; ++i) {
      const Carry<T> x = in.load<T>(at[1] + i * rows.steps[1]);
      carry = i == 0 ? x : combine<T>(op, carry, x);
      out.store(at[0] + i * rows.steps[0], static_cast<T>(carry));
    }
  }
};

template <class T>
struct ExtremeBody {
  Memory out, index, in;
  Rows<3> rows;
  bool largest;
  TAEDA_HD void operator()(int64_t row) const {
    int64_t at[3];
    rows.starts(row, at);
    T best = T();
    int64_t where = 0;
    for (int64_t i = 0; i < rows.length; ++i) {
      const T x = in.load<T>(at[2] + i * rows.steps[2]);
      const bool replaces = largest ? x >= best : x <= best;
      if (i == 0 || x != x || (best == best && replaces)) {
        best = x;
        where = i;
      }
      out.store(at[0] + i * rows.steps[0], best);
      index.store(at[1] + i * rows.steps[1], where);
    }
  }
};

void run_scan(const ScanCall& call) {
  dispatch_wide(call.out.dtype, [&]<class T>() {
    if (call.op == ScanOp::CumMax || call.op == ScanOp::CumMin) {
      const Rows rows(call.axis, call.out, call.index, call.in);
      return for_each(rows.count(), ExtremeBody<T>{call.out, call.index, call.in, rows,
                                                   call.op == ScanOp::CumMax});
    }
    const Rows rows(call.axis, call.out, call.in);
    for_each(rows.count(), ScanBody<T>{call.out, call.in, rows, call.op});
  });
}

}  // namespace

ScanKernels scan_kernels() { return {.run = run_scan}; }

}  // namespace taeda::cuda
