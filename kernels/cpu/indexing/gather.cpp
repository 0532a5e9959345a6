// gather and scatter: an index for every element, along one dimension.
#include "../plan.h"
#include "indexing.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// The shape and strides of an array without one dimension.
struct Others {
  Others(const Array& array, Sizes shape_of, int dim) {
    for (size_t d = 0; d < shape_of.size(); ++d) {
      if (static_cast<int>(d) == dim) continue;
      shape[count] = shape_of[d];
      strides[count++] = array.strides[d];
    }
  }
  Array array() const { return {nullptr, DType::UInt8, {shape, count}, {strides, count}}; }

  int64_t shape[kMaxDims], strides[kMaxDims];
  size_t count = 0;
};

constexpr int64_t kPiece = 512;             // positions whose offsets are computed at a time
constexpr int64_t kShort = 16;              // lines of fewer positions are not worth a loop
constexpr int64_t kAhead = 16;              // elements that are fetched before they are written
constexpr int64_t kNearBytes = 256 * 1024;  // targets within so many are in the cache anyway

// What happens to a run of `count` positions: values[i * step] meets indexed[offsets[i]]. Far: what
// is named lies far apart.
using Visit = void (*)(void* indexed, const int64_t* offsets, void* values, int64_t step,
                       int64_t count, bool far);

// Calls visit for runs of positions, along `dim` in order. Who owns a run owns what it names: runs
// of other threads have other places across `dim`. A Word has the size of an element.
template <class Word>
void each_run_of(const GatherCall& call, Visit visit) {
  const bool has_dims = call.index.ndim() > 0;
  const int64_t length = has_dims ? call.index.shape[call.dim] : 1;
  const int64_t size = has_dims ? call.indexed.shape[call.dim] : 1;
  const auto stride_of = [&](const Array& array) { return has_dims ? array.strides[call.dim] : 0; };
  const int64_t index_step = stride_of(call.index), values_step = stride_of(call.values);
  const int64_t indexed_step = stride_of(call.indexed);
  const Others others[] = {{call.index, call.index.shape, call.dim},
                           {call.values, call.index.shape, call.dim},
                           {call.indexed, call.index.shape, call.dim}};
  const Array arrays[] = {others[0].array(), others[1].array(), others[2].array()};
  const Array* pointers[] = {&arrays[0], &arrays[1], &arrays[2]};
  const Plan<3> plan{std::span<const Array* const, 3>(pointers)};
  if (length == 0 || plan.count == 0) return;
  const int last = plan.ndim - 1;
  const int64_t across[] = {plan.strides[0][last], plan.strides[1][last], plan.strides[2][last]};
  const bool far = size * std::abs(indexed_step) * static_cast<int64_t>(sizeof(Word)) > kNearBytes;
  const auto run = [&](const int64_t* index, int64_t index_stride, Word* indexed, int64_t along,
                       Word* values, int64_t values_stride, int64_t count) {
    int64_t offsets[kPiece];
    for (int64_t at = 0; at < count; at += kPiece) {
      const int64_t piece = std::min(kPiece, count - at);
      offsets_of(call.operation, index + at * index_stride, index_stride, piece, call.dim, size,
                 indexed_step, along, offsets);
      visit(indexed + at * along, offsets, values + at * values_stride, values_stride, piece, far);
    }
  };
  // The loop over neighbours in memory goes inside. Across, strips are narrow enough that what they
  // name stays in the cache.
  const bool repeats = index_step == 0 || across[0] == 0;  // then the values have neighbours
  const bool is_near = repeats ? std::abs(values_step) <= std::abs(across[1])
                               : std::abs(index_step) <= std::abs(across[0]);
  const bool is_along = plan.shape[last] < kShort || (length >= kShort && is_near);
  const int64_t strip = std::clamp<int64_t>(plan.count / 8, 16, 128);
  const int64_t grain = std::max<int64_t>(is_along ? 1 : strip, 16 * 1024 / length);
  parallel_for(plan.count, grain, [&](int64_t begin, int64_t end) {
    Cursor<3> cursor(plan, begin);
    for (int64_t at = begin; at < end;) {
      const int64_t count = std::min(end - at, cursor.left_in_row());
      const int64_t* index = call.index.as<int64_t>() + cursor.offset(0);
      Word* values = call.values.as<Word>() + cursor.offset(1);
      Word* indexed = call.indexed.as<Word>() + cursor.offset(2);
      for (int64_t c = 0; is_along && c < count; ++c) {
        run(index + c * across[0], index_step, indexed + c * across[2], 0, values + c * across[1],
            values_step, length);
      }
      for (int64_t j = 0; !is_along && j < length; ++j) {
        run(index + j * index_step, across[0], indexed, across[2], values + j * values_step,
            across[1], count);
      }
      at += count;
      if (at < end) cursor.advance(count);
    }
  });
}

template <class T>
void gather_run(void* indexed, const int64_t* offsets, void* values, int64_t step, int64_t count,
                bool) {
  const T* from = static_cast<const T*>(indexed);
  T* to = static_cast<T*>(values);
  if (step == 1) {
    // So short a loop takes half as long again where it lies in two lines of code.
#pragma GCC unroll 4
    for (int64_t i = 0; i < count; ++i) to[i] = from[offsets[i]];
  } else {
    for (int64_t i = 0; i < count; ++i) to[i * step] = from[offsets[i]];
  }
}

template <ScatterOp kOp, class T>
void scatter_run(void* indexed, const int64_t* offsets, void* values, int64_t step, int64_t count,
                 bool far) {
  T* to = static_cast<T*>(indexed);
  const T* from = static_cast<const T*>(values);
  int64_t i = 0;
  for (; far && i < count - kAhead; ++i) {
    __builtin_prefetch(to + offsets[i + kAhead], 1);
    combine_into<kOp>(to[offsets[i]], from[i * step]);
  }
#pragma GCC unroll 4
  for (; i < count; ++i) combine_into<kOp>(to[offsets[i]], from[i * step]);
}

}  // namespace

void gather(const GatherCall& call) {
  dispatch_words(call.values.dtype,
                 [&]<class Word>() { each_run_of<Word>(call, gather_run<Word>); });
}

void scatter(const GatherCall& call) {
  Visit visit = nullptr;
  if (call.op == ScatterOp::Assign) {
    dispatch_words(call.indexed.dtype,
                   [&]<class Word>() { visit = scatter_run<ScatterOp::Assign, Word>; });
  } else {
    dispatch(call.indexed.dtype, [&]<class T>() {
      if (call.op == ScatterOp::Add)
        visit = scatter_run<ScatterOp::Add, T>;
      else if (call.op == ScatterOp::Multiply)
        visit = scatter_run<ScatterOp::Multiply, T>;
      else if (call.op == ScatterOp::Maximum)
        visit = scatter_run<ScatterOp::Maximum, T>;
      else
        visit = scatter_run<ScatterOp::Minimum, T>;
    });
  }
  dispatch_words(call.indexed.dtype, [&]<class Word>() { each_run_of<Word>(call, visit); });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
