// Reductions in two steps: blocks fold pieces of fixed size, then each output folds its pieces.
#include "../families.h"
#include "../runtime/allocator.h"
#include "pieces.h"

namespace taeda::cuda {
namespace {

constexpr int kAhead = 4;  // loads of a thread that do not wait for one another

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
  template <class Source>
  TAEDA_HD static T read(const Source& in, int64_t at) {
    if constexpr (op == ReduceOp::Any || op == ReduceOp::All || op == ReduceOp::CountNonzero)
      return in.template load<double>(at) != 0;  // true of no other zero, whatever the dtype
    else
      return value(in.template load<T>(at));
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
  Reduced geometry;
  T* values;  // [output][piece]; null where a piece is all of an output
  Output<T, op> output;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    using R = Rule<T, op>;
    const Reduced::Piece piece = geometry.piece(item);
    const auto at = [&](int64_t i) {
      return piece.base + geometry.reduced.offset(piece.first + i);
    };
    if (in.dtype == dtype_of<T>) {
      const TypedMemory<T> typed{static_cast<const T*>(in.data)};
      fold_block<kAhead>(block, shared.memory, piece.count, R::empty(), R(),
                         [&](int64_t i) { return R::read(typed, at(i)); });
    } else {
      fold_block(block, shared.memory, piece.count, R::empty(), R(),
                 [&](int64_t i) { return R::read(in, at(i)); });
    }
    block.each([&](int thread) {
      if (thread != 0) return;
      if (values)
        values[item] = shared.memory[0];
      else
        output.store(item, shared.memory[0]);
    });
  }
};

// The same for kWarp outputs at once, whose elements are neighbours.
template <class T, ReduceOp op, class Stored>
struct ColumnsBody {
  struct Shared {
    T memory[kThreads];
  };
  TypedMemory<Stored> in;
  Reduced geometry;
  T* values;
  Output<T, op> output;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    using R = Rule<T, op>;
    const Divided at(item, geometry.pieces);
    const int64_t first = at.quotient * kWarp, outputs = geometry.kept.count;
    const int64_t count = geometry.piece(at.rest).count, start = at.rest * kReducedPiece;
    fold_columns(block, shared.memory, count, R::empty(), R(), [&](int column) {
      // Where there is no such output another one's elements are read in vain.
      const int64_t mine = first + column < outputs ? first + column : outputs - 1;
      return [this, base = geometry.kept.offset(mine), start](int64_t i) {
        return R::read(in, base + geometry.reduced.offset(start + i));
      };
    });
    block.each([&](int column) {
      const int64_t mine = first + column;
      if (column >= kWarp || mine >= outputs) return;
      if (values)
        values[mine * geometry.pieces + at.rest] = shared.memory[column];
      else
        output.store(mine, shared.memory[column]);
    });
  }
};

// What networks reduce columns by; the rest has the same bits, but takes longer. (Registers do not
// hold so many sums of float64.)
template <class T, ReduceOp op>
constexpr bool by_columns =
    std::is_same_v<T, float> && (op == ReduceOp::Sum || op == ReduceOp::Mean);

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
  const Reduced geometry(call.in, call.reduced_ndim);
  const Output<T, op> output{call.out, walk_of(call.out), geometry.reduced.count};
  const int64_t outputs = output.walk.count, pieces = geometry.pieces;
  const auto fold = [&](T* values) {
    bool done = false;
    if constexpr (by_columns<T, op>) {
      if (geometry.has_columns()) {
        dispatch_stored<T>(call.in.dtype, [&]<class Stored>() {
          if constexpr (!std::is_void_v<Stored>) {
            const TypedMemory<Stored> in{call.in.as<const Stored>()};
            for_each_block((outputs + kWarp - 1) / kWarp * pieces,
                           ColumnsBody<T, op, Stored>{in, geometry, values, output});
            done = true;
          }
        });
      }
    }
    if (!done)
      for_each_block(outputs * pieces, PieceBody<T, op>{call.in, geometry, values, output});
  };
  if (pieces == 1) return fold(nullptr);
  const DeviceScratch<T> values(outputs * pieces);
  fold(values.data());
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

}  // namespace

ReduceKernels reduce_kernels() {
  return {.run = run_reduce, .arg = run_arg, .moments = run_moments};
}

}  // namespace taeda::cuda
