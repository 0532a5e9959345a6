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

// Calls visit(indexed, values, k offset) for each position, along `dim` in order.
template <class T, class Visit>
void each_position(const GatherCall& call, Visit visit) {
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
  parallel_for(plan.count, std::max<int64_t>(1, 16 * 1024 / length),
               [&](int64_t begin, int64_t end) {
                 Cursor<3> cursor(plan, begin);
                 for (int64_t at = begin; at < end;) {
                   const int64_t run = std::min(end - at, cursor.left_in_row());
                   const int64_t* index = call.index.as<int64_t>() + cursor.offset(0);
                   T* values = call.values.as<T>() + cursor.offset(1);
                   T* indexed = call.indexed.as<T>() + cursor.offset(2);
                   const auto one = [&](int64_t c, int64_t j) {
                     const int64_t k = checked_index(
                         call.operation, index[c * across[0] + j * index_step], call.dim, size);
                     visit(indexed[c * across[2] + k * indexed_step],
                           values[c * across[1] + j * values_step]);
                   };
                   // The loop over neighbours in memory goes inside.
                   if (std::abs(index_step) <= std::abs(across[0])) {
                     for (int64_t c = 0; c < run; ++c) {
                       for (int64_t j = 0; j < length; ++j) one(c, j);
                     }
                   } else {
                     for (int64_t j = 0; j < length; ++j) {
                       for (int64_t c = 0; c < run; ++c) one(c, j);
                     }
                   }
                   at += run;
                   if (at < end) cursor.advance(run);
                 }
               });
}

template <ScatterOp kOp, class T>
void scatter_as(const GatherCall& call) {
  each_position<T>(call, [](T& indexed, const T& value) { combine_into<kOp>(indexed, value); });
}

}  // namespace

void gather(const GatherCall& call) {
  dispatch_words(call.values.dtype, [&]<class T>() {
    each_position<T>(call, [](const T& indexed, T& value) { value = indexed; });
  });
}

void scatter(const GatherCall& call) {
  const DType dtype = call.indexed.dtype;
  if (call.op == ScatterOp::Assign) {
    return dispatch_words(dtype, [&]<class T>() { scatter_as<ScatterOp::Assign, T>(call); });
  }
  dispatch(dtype, [&]<class T>() {
    switch (call.op) {
      case ScatterOp::Add:
        return scatter_as<ScatterOp::Add, T>(call);
      case ScatterOp::Multiply:
        return scatter_as<ScatterOp::Multiply, T>(call);
      case ScatterOp::Maximum:
        return scatter_as<ScatterOp::Maximum, T>(call);
      default:
        return scatter_as<ScatterOp::Minimum, T>(call);
    }
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
