// gather and scatter: an index for every element, along one dimension.
#include "../device/element.h"
#include "../device/walk.h"
#include "../runtime/faults.h"
#include "../sort/merge.h"
#include "combine.h"
#include "indexing.h"
#include "taeda/kernels/words.h"

namespace taeda::cuda {
namespace {

// For each position of the index, row-major, the offsets in values and in indexed.
struct Positions {
  Walk<3> walk;  // index, values, indexed without its place along the dimension
  const int64_t* index;
  int64_t size, step;  // of the dimension of indexed
  int64_t dim;
  Faults faults;

  explicit Positions(const GatherCall& call)
      : index(call.index.as<const int64_t>()),
        size(1),
        step(0),
        dim(call.dim),
        faults(call.operation) {
    int64_t strides[kMaxDims];
    for (size_t d = 0; d < call.index.shape.size(); ++d) strides[d] = call.indexed.strides[d];
    if (!call.index.shape.empty()) {
      const auto at = static_cast<size_t>(call.dim);
      size = call.indexed.shape[at];
      step = call.indexed.strides[at];
      strides[at] = 0;
    }
    walk = Walk<3>(call.index.shape, {call.index.strides, call.values.strides,
                                      Sizes(strides, call.index.shape.size())});
  }

  TAEDA_HD void operator()(int64_t i, int64_t& value, int64_t& target) const {
    int64_t at[3];
    walk.offsets(i, at);
    const int64_t k = index[at[0]];
    const bool inside = k >= -size && k < size;
    if (!inside) faults.raise({FaultKind::Index, k, size, dim});
    value = at[1];
    target = inside ? at[2] + (k < 0 ? k + size : k) * step : kNoOffset;
  }
};

template <class T>
struct GatherBody {
  T* values;
  const T* indexed;
  Positions positions;
  TAEDA_HD void operator()(int64_t i) const {
    int64_t value, target;
    positions(i, value, target);
    values[value] = target == kNoOffset ? T(0) : indexed[target];
  }
};

struct KeysBody {
  int64_t *keys, *numbers;
  Positions positions;
  TAEDA_HD void operator()(int64_t i) const {
    int64_t value;
    positions(i, value, keys[i]);
    numbers[i] = i;
  }
};

// The first of equal targets does all writes to it, in the order of the positions.
template <class T>
struct ScatterBody {
  const T* values;
  T* indexed;
  Positions positions;
  const int64_t *keys, *numbers;
  ScatterOp op;
  TAEDA_HD void operator()(int64_t item) const {
    const int64_t key = keys[item];
    if (key == kNoOffset || (item > 0 && keys[item - 1] == key)) return;
    for (int64_t k = item; k < positions.walk.count && keys[k] == key; ++k) {
      int64_t value, target;
      positions(numbers[k], value, target);
      combine_into(op, indexed[key], values[value]);
    }
  }
};

template <class T>
void scatter_as(const GatherCall& call) {
  const Positions positions(call);
  const int64_t count = positions.walk.count;
  if (count == 0) return;
  Sorted<int64_t> sorted(1, count);
  for_each(count, KeysBody{sorted.keys(), sorted.numbers(), positions});
  sorted.sort(false);
  for_each(count, ScatterBody<T>{call.values.as<const T>(), call.indexed.as<T>(), positions,
                                 sorted.keys(), sorted.numbers(), call.op});
}

}  // namespace

void gather(const GatherCall& call) {
  dispatch_words(call.values.dtype, [&]<class T>() {
    const Positions positions(call);
    for_each(positions.walk.count,
             GatherBody<T>{call.values.as<T>(), call.indexed.as<const T>(), positions});
  });
}

void scatter(const GatherCall& call) {
  const DType dtype = call.indexed.dtype;
  if (call.op == ScatterOp::Assign) {
    return dispatch_words(dtype, [&]<class T>() { scatter_as<T>(call); });
  }
  dispatch(dtype, [&]<class T>() { scatter_as<T>(call); });
}

}  // namespace taeda::cuda
