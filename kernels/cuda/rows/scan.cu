// Scans. A row is cut into pieces of kRun elements: each is scanned by itself, the pieces' totals
// in sequence, and an element is the total of the pieces before its own with its part of its own.
// The order follows from the length alone, so that a row may be done by a thread or by a block.
#include "../device/rows.h"
#include "../families.h"
#include "../runtime/launch.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda::cuda {
namespace {

constexpr int64_t kRun = 16;
// Rows from which on a thread each is enough to fill a device.
constexpr int64_t kManyRows = int64_t{1} << 16;

// Carries of narrow floats keep double precision.
template <class T>
using Carry = std::conditional_t<std::is_floating_point_v<T>, double, T>;

template <class T>
struct Sums {
  using State = Carry<T>;
  Memory out, in;
  Rows<2> rows;
  ScanOp op;

  struct Place {
    int64_t at[2];
  };
  TAEDA_HD Place place(int64_t row) const {
    Place result;
    rows.starts(row, result.at);
    return result;
  }
  TAEDA_HD State load(const Place& place, int64_t i) const {
    return in.load<T>(place.at[1] + i * rows.steps[1]);
  }
  TAEDA_HD void store(const Place& place, int64_t i, State value) const {
    out.store(place.at[0] + i * rows.steps[0], static_cast<T>(value));
  }
  TAEDA_HD State combine(State a, State b) const {
    if (op == ScanOp::CumSum) return a + b;
    if (op == ScanOp::CumProd) return a * b;
    const State larger = maximum(a, b), smaller = minimum(a, b);
    if (larger == smaller && larger - larger != 0) return larger;  // both the same infinity
    return larger + static_cast<State>(log1p(exp(static_cast<double>(smaller - larger))));
  }
};

template <class T>
struct Extremes {
  struct State {
    T value;
    int64_t index;
  };
  Memory out, index, in;
  Rows<3> rows;
  bool largest;

  struct Place {
    int64_t at[3];
  };
  TAEDA_HD Place place(int64_t row) const {
    Place result;
    rows.starts(row, result.at);
    return result;
  }
  TAEDA_HD State load(const Place& place, int64_t i) const {
    return {in.load<T>(place.at[2] + i * rows.steps[2]), i};
  }
  TAEDA_HD void store(const Place& place, int64_t i, State state) const {
    out.store(place.at[0] + i * rows.steps[0], state.value);
    index.store(place.at[1] + i * rows.steps[1], state.index);
  }
  // The later of equals; NaN over all.
  TAEDA_HD State combine(State a, State b) const {
    const bool replaces = largest ? b.value >= a.value : b.value <= a.value;
    return b.value != b.value || (a.value == a.value && replaces) ? b : a;
  }
};

// Scans a piece; `before` is the state of all pieces in front of it, if there are any.
template <class Scan>
TAEDA_HD void scan_piece(const Scan& scan, const typename Scan::Place& place, int64_t piece,
                         typename Scan::State before) {
  const int64_t start = piece * kRun;
  typename Scan::State state{};
  for (int64_t i = start; i < start + kRun && i < scan.rows.length; ++i) {
    const auto x = scan.load(place, i);
    state = i == start ? x : scan.combine(state, x);
    scan.store(place, i, piece == 0 ? state : scan.combine(before, state));
  }
}
template <class Scan>
TAEDA_HD typename Scan::State total_of(const Scan& scan, const typename Scan::Place& place,
                                       int64_t piece) {
  const int64_t start = piece * kRun;
  typename Scan::State state = scan.load(place, start);
  for (int64_t i = start + 1; i < start + kRun && i < scan.rows.length; ++i) {
    state = scan.combine(state, scan.load(place, i));
  }
  return state;
}

// A thread does a row.
template <class Scan>
struct ThreadBody {
  Scan scan;
  TAEDA_HD void operator()(int64_t row) const {
    const auto place = scan.place(row);
    typename Scan::State before{};
    for (int64_t piece = 0; piece * kRun < scan.rows.length; ++piece) {
      const auto total = total_of(scan, place, piece);
      scan_piece(scan, place, piece, before);
      before = piece == 0 ? total : scan.combine(before, total);
    }
  }
};

// A block does a row, a thread a piece of every kThreads.
template <class Scan>
struct BlockBody {
  using State = typename Scan::State;
  struct Shared {
    State totals[kThreads];
    State before;  // of all pieces that are done
  };
  Scan scan;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t row) const {
    const auto place = scan.place(row);
    const int64_t pieces = (scan.rows.length + kRun - 1) / kRun;
    for (int64_t first = 0; first < pieces; first += kThreads) {
      block.each([&](int thread) {
        if (first + thread < pieces) {
          shared.totals[thread] = total_of(scan, place, first + thread);
        }
      });
      // Each total becomes what is in front of its piece.
      block.each([&](int thread) {
        if (thread != 0) return;
        for (int t = 0; t < kThreads && first + t < pieces; ++t) {
          const State total = shared.totals[t];
          shared.totals[t] = shared.before;
          shared.before = first + t == 0 ? total : scan.combine(shared.before, total);
        }
      });
      block.each([&](int thread) {
        if (first + thread < pieces) {
          scan_piece(scan, place, first + thread, shared.totals[thread]);
        }
      });
    }
  }
};

template <class Scan>
void run(const Scan& scan) {
  const int64_t rows = scan.rows.count();
  if (scan.rows.length == 0) return;
  if (rows >= kManyRows || scan.rows.length <= kRun) return for_each(rows, ThreadBody<Scan>{scan});
  for_each_block(rows, BlockBody<Scan>{scan});
}

void run_scan(const ScanCall& call) {
  dispatch_wide(call.out.dtype, [&]<class T>() {
    if (call.op == ScanOp::CumMax || call.op == ScanOp::CumMin) {
      const Rows rows(call.axis, call.out, call.index, call.in);
      return run(Extremes<T>{call.out, call.index, call.in, rows, call.op == ScanOp::CumMax});
    }
    const Rows rows(call.axis, call.out, call.in);
    run(Sums<T>{call.out, call.in, rows, call.op});
  });
}

}  // namespace

ScanKernels scan_kernels() { return {.run = run_scan}; }

}  // namespace taeda::cuda
