// Variance and mean: the mean first, then the squares of the distances from it.
#include "../runtime/allocator.h"
#include "pieces.h"

namespace taeda::cuda {
namespace {

template <class T>
struct MomentsOutput {
  Memory variance, mean;
  Walk<1> variances, means;
  int64_t count;
  double correction;
  bool root;
  TAEDA_HD void store(int64_t item, T center, T squares) const {
    const double freedom = static_cast<double>(count) - correction;
    const T result = squares / static_cast<T>(freedom > 0 ? freedom : 0);
    variance.store(variances.offset(item), root ? sqrt(result) : result);
    if (mean) mean.store(means.offset(item), center);
  }
};

// A block does an output.
template <class T>
struct WholeBody {
  using Shared = FoldShared<T>;
  Memory in;
  Reduced geometry;
  MomentsOutput<T> output;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t base = geometry.kept.offset(item), n = geometry.reduced.count;
    const auto at = [&](int64_t i) { return in.load<T>(base + geometry.reduced.offset(i)); };
    const T center =
        fold_all(block, shared.memory, shared.result, n, T(0), Plus(), at) / static_cast<T>(n);
    fold_block(block, shared.memory, n, T(0), Plus(), [&](int64_t i) {
      const T distance = at(i) - center;
      return distance * distance;
    });
    block.each([&](int thread) {
      if (thread == 0) output.store(item, center, shared.memory[0]);
    });
  }
};

// A block does a piece: the sum of its elements, or of the squares of their distances.
template <class T>
struct PieceBody {
  using Shared = FoldShared<T>;
  Memory in;
  Reduced geometry;
  const T* centers;  // null: not known yet
  T* sums;           // [output][piece]
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const Reduced::Piece piece = geometry.piece(item);
    const T center = centers ? centers[item / geometry.pieces] : T(0);
    fold_block(block, shared.memory, piece.count, T(0), Plus(), [&](int64_t i) {
      const T x = in.load<T>(piece.base + geometry.reduced.offset(piece.first + i));
      return centers ? (x - center) * (x - center) : x;
    });
    block.each([&](int thread) {
      if (thread == 0) sums[item] = shared.memory[0];
    });
  }
};

template <class T>
struct OutputBody {
  using Shared = FoldShared<T>;
  const T* sums;
  int64_t pieces;
  T* centers;
  bool knows_centers;
  MomentsOutput<T> output;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    fold_block(block, shared.memory, pieces, T(0), Plus(),
               [&](int64_t i) { return sums[item * pieces + i]; });
    block.each([&](int thread) {
      if (thread != 0) return;
      if (knows_centers)
        output.store(item, centers[item], shared.memory[0]);
      else
        centers[item] = shared.memory[0] / static_cast<T>(output.count);
    });
  }
};

}  // namespace

void run_moments(const MomentsCall& call) {
  const Reduced geometry(call.in, call.reduced_ndim);
  const int64_t pieces = geometry.pieces;
  dispatch_float(call.in.dtype, [&]<class T>() {
    const MomentsOutput<T> output{call.variance,
                                  call.mean,
                                  walk_of(call.variance),
                                  call.mean.data ? walk_of(call.mean) : Walk<1>(),
                                  geometry.reduced.count,
                                  call.correction,
                                  call.root};
    const int64_t outputs = output.variances.count;
    if (pieces == 1) return for_each_block(outputs, WholeBody<T>{call.in, geometry, output});
    const DeviceScratch<T> sums(outputs * pieces), centers(outputs);
    for (const bool knows_centers : {false, true}) {
      const T* known = knows_centers ? centers.data() : nullptr;
      for_each_block(outputs * pieces, PieceBody<T>{call.in, geometry, known, sums.data()});
      for_each_block(outputs,
                     OutputBody<T>{sums.data(), pieces, centers.data(), knows_centers, output});
    }
  });
}

}  // namespace taeda::cuda
