// Reductions in two steps: blocks fold pieces of fixed size, then each output folds its pieces.
#include "../device/element.h"
#include "../device/fold.h"
#include "../device/walk.h"
#include "../families.h"
#include "../runtime/allocator.h"

namespace taeda::cuda {
namespace {

constexpr int64_t kPiece = 16 * 1024;  // elements

// An operation: the value of nothing, of an element, of two values, and the last step.
template <class T, ReduceOp op>
struct Rule {
  TAEDA_HD static T empty() {
    if constexpr (op == ReduceOp::Prod || op == ReduceOp::All)
      return 1;
    else if constexpr (op == ReduceOp::Max)
      return lowest<T>();
    else if constexpr (op == ReduceOp::Min && std::is_floating_point_v<T>)
      return std::numeric_limits<T>::infinity();
    else if constexpr (op == ReduceOp::Min)
      return std::numeric_limits<T>::max();
    else
      return 0;
  }
  TAEDA_HD static T value(T x) {
    if constexpr (op == ReduceOp::NanSum && std::is_floating_point_v<T>)
      return x == x ? x : T(0);
    else if constexpr (op == ReduceOp::SumAbs || op == ReduceOp::MaxAbs)
      return abs(x);
    else if constexpr (op == ReduceOp::Norm2)
      return x * x;
    else
      return x;
  }
  TAEDA_HD static T read(const Memory& in, int64_t at) {
    if constexpr (op == ReduceOp::Any || op == ReduceOp::All || op == ReduceOp::CountNonzero)
      return in.load<double>(at) != 0;  // true of no other zero, whatever the dtype
    else
      return value(in.load<T>(at));
  }
  TAEDA_HD T operator()(T a, T b) const {
    if constexpr (op == ReduceOp::Prod)
      return a * b;
    else if constexpr (op == ReduceOp::Max || op == ReduceOp::MaxAbs)
      return maximum(a, b);
    else if constexpr (op == ReduceOp::Min)
      return minimum(a, b);
    else if constexpr (op == ReduceOp::Any)
      return a != 0 || b != 0;
    else if constexpr (op == ReduceOp::All)
      return a != 0 && b != 0;
    else
      return a + b;
  }
  TAEDA_HD static T finish(T value, int64_t count) {
    if constexpr (op == ReduceOp::Mean && std::is_floating_point_v<T>)
      return value / static_cast<T>(count);
    else if constexpr (op == ReduceOp::Norm2 && std::is_floating_point_v<T>)
      return sqrt(value);
    else
      return value;
  }
};

struct Geometry {
  Walk<1> kept, reduced;  // of the input
  int64_t pieces;         // of an output

  Geometry(const Array& in, int reduced_ndim) {
    const Array head = head_of(in, reduced_ndim), tail = tail_of(in, reduced_ndim);
    kept = walk_of(head);
    reduced = walk_of(tail);
    pieces = std::max<int64_t>(1, (reduced.count + kPiece - 1) / kPiece);
  }
};

// What becomes of a reduced value.
template <class T, ReduceOp op>
struct Output {
  Memory out;
  Walk<1> walk;
  int64_t count;
  TAEDA_HD void store(int64_t item, T value) const {
    out.store(walk.offset(item), Rule<T, op>::finish(value, count));
  }
};

template <class T, ReduceOp op>
struct PieceBody {
  struct Shared {
    T memory[kThreads];
  };
  Memory in;
  Geometry geometry;
  T* values;  // [output][piece]; null where a piece is all of an output
  Output<T, op> output;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t base = geometry.kept.offset(item / geometry.pieces);
    const int64_t first = item % geometry.pieces * kPiece;
    const int64_t left = geometry.reduced.count - first;
    using R = Rule<T, op>;
    fold_block(block, shared.memory, left < kPiece ? left : kPiece, R::empty(), R(),
               [&](int64_t i) { return R::read(in, base + geometry.reduced.offset(first + i)); });
    block.each([&](int thread) {
      if (thread != 0) return;
      if (values)
        values[item] = shared.memory[0];
      else
        output.store(item, shared.memory[0]);
    });
  }
};

template <class T, ReduceOp op>
struct OutputBody {
  struct Shared {
    T memory[kThreads];
  };
  Output<T, op> output;
  const T* values;
  int64_t pieces;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    using R = Rule<T, op>;
    fold_block(block, shared.memory, pieces, R::empty(), R(),
               [&](int64_t i) { return values[item * pieces + i]; });
    block.each([&](int thread) {
      if (thread == 0) output.store(item, shared.memory[0]);
    });
  }
};

template <class T, ReduceOp op>
void reduce_as(const ReduceCall& call) {
  const Geometry geometry(call.in, call.reduced_ndim);
  const Output<T, op> output{call.out, walk_of(call.out), geometry.reduced.count};
  const int64_t outputs = output.walk.count, pieces = geometry.pieces;
  if (pieces == 1) {
    return for_each_block(outputs, PieceBody<T, op>{call.in, geometry, nullptr, output});
  }
  const DeviceScratch<T> values(outputs * pieces);
  for_each_block(outputs * pieces, PieceBody<T, op>{call.in, geometry, values.data(), output});
  for_each_block(outputs, OutputBody<T, op>{output, values.data(), pieces});
}

template <ReduceOp op>
void reduce_with(const ReduceCall& call) {
  dispatch_wide(call.out.dtype, [&]<class T>() { reduce_as<T, op>(call); });
}

void run_reduce(const ReduceCall& call) {
  switch (call.op) {
    case ReduceOp::Sum:
      return reduce_with<ReduceOp::Sum>(call);
    case ReduceOp::NanSum:
      return reduce_with<ReduceOp::NanSum>(call);
    case ReduceOp::Mean:
      return reduce_with<ReduceOp::Mean>(call);
    case ReduceOp::Prod:
      return reduce_with<ReduceOp::Prod>(call);
    case ReduceOp::Max:
      return reduce_with<ReduceOp::Max>(call);
    case ReduceOp::Min:
      return reduce_with<ReduceOp::Min>(call);
    case ReduceOp::Any:
      return reduce_as<int64_t, ReduceOp::Any>(call);
    case ReduceOp::All:
      return reduce_as<int64_t, ReduceOp::All>(call);
    case ReduceOp::CountNonzero:
      return reduce_as<int64_t, ReduceOp::CountNonzero>(call);
    case ReduceOp::SumAbs:
      return reduce_with<ReduceOp::SumAbs>(call);
    case ReduceOp::Norm2:
      return reduce_with<ReduceOp::Norm2>(call);
    case ReduceOp::MaxAbs:
      return reduce_with<ReduceOp::MaxAbs>(call);
    case ReduceOp::LogSumExp:
      fail<NotImplementedError>("logsumexp: not a kernel of this device; tensors compose it");
  }
}

// A value and where it was. Of equal ones the first; NaN wins.
template <class T>
struct Placed {
  T value;
  int64_t index;  // -1: none
};
template <class T>
struct Better {
  bool largest;
  TAEDA_HD Placed<T> operator()(Placed<T> a, Placed<T> b) const {
    if (b.index < 0) return a;
    if (a.index < 0) return b;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    if (a_nan != b_nan) return a_nan ? a : b;
    const bool equal = a.value == b.value || a_nan;
    if (equal) return a.index < b.index ? a : b;
    return (a.value > b.value) == largest ? a : b;
  }
};

template <class T>
struct ArgBody {
  struct Shared {
    Placed<T> memory[kThreads];
  };
  Memory in, index, value;
  Walk<1> kept, reduced, indices, values;
  bool largest;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t base = kept.offset(item);
    fold_block(block, shared.memory, reduced.count, Placed<T>{T(), -1}, Better<T>{largest},
               [&](int64_t i) { return Placed<T>{in.load<T>(base + reduced.offset(i)), i}; });
    block.each([&](int thread) {
      if (thread != 0) return;
      index.store(indices.offset(item), shared.memory[0].index);
      if (value) value.store(values.offset(item), shared.memory[0].value);
    });
  }
};

void run_arg(const ArgReduceCall& call) {
  const Geometry geometry(call.in, call.reduced_ndim);
  const Walk<1> indices = walk_of(call.index);
  const Walk<1> values = call.value.data ? walk_of(call.value) : Walk<1>();
  dispatch_wide(call.in.dtype, [&]<class T>() {
    for_each_block(indices.count, ArgBody<T>{call.in, call.index, call.value, geometry.kept,
                                             geometry.reduced, indices, values, call.largest});
  });
}

template <class T>
struct MomentsBody {
  using Shared = FoldShared<T>;
  Memory in, variance, mean;
  Walk<1> kept, reduced, variances, means;
  double correction;
  bool root;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t base = kept.offset(item), n = reduced.count;
    const auto at = [&](int64_t i) { return in.load<T>(base + reduced.offset(i)); };
    const T center =
        fold_all(block, shared.memory, shared.result, n, T(0), Plus(), at) / static_cast<T>(n);
    fold_block(block, shared.memory, n, T(0), Plus(), [&](int64_t i) {
      const T distance = at(i) - center;
      return distance * distance;
    });
    block.each([&](int thread) {
      if (thread != 0) return;
      const double freedom = static_cast<double>(n) - correction;
      const T result = shared.memory[0] / static_cast<T>(freedom > 0 ? freedom : 0);
      variance.store(variances.offset(item), root ? sqrt(result) : result);
      if (mean) mean.store(means.offset(item), center);
    });
  }
};

void run_moments(const MomentsCall& call) {
  const Geometry geometry(call.in, call.reduced_ndim);
  const Walk<1> variances = walk_of(call.variance);
  const Walk<1> means = call.mean.data ? walk_of(call.mean) : Walk<1>();
  dispatch_float(call.in.dtype, [&]<class T>() {
    for_each_block(variances.count,
                   MomentsBody<T>{call.in, call.variance, call.mean, geometry.kept,
                                  geometry.reduced, variances, means, call.correction, call.root});
  });
}

}  // namespace

ReduceKernels reduce_kernels() {
  return {.run = run_reduce, .arg = run_arg, .moments = run_moments};
}

}  // namespace taeda::cuda
