// Reductions.
#include <functional>

#include "../families.h"
#include "arg.h"
#include "moments.h"
#include "reduction.h"
#include "values.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

const Folds& find_folds(ReduceOp op, DType compute) {
  switch (compute) {
    case DType::Float32:
      return folds<float>(op);
    case DType::Float64:
      return folds<double>(op);
    default:
      return folds<int64_t>(op);
  }
}

// Any, All and CountNonzero read bool and give int64.
template <class Combine>
void fold_bools(const Piece* piece, int64_t count, const void*, void* result) {
  int32_t value = *static_cast<const uint8_t*>(piece->elements) != 0;
  for (int64_t first = 1; count > 0; count -= piece++->count, first = 0) {
    const uint8_t* x = static_cast<const uint8_t*>(piece->elements);
    const int64_t end = std::min(count, piece->count);
    for (int64_t i = first; i < end; ++i) value = Combine{}(value, int32_t{x[i] != 0});
  }
  *static_cast<int64_t*>(result) = value;
}
template <class Combine>
void fold_bool_lanes(void* lanes_memory, const void* elements, int64_t count, int64_t steps,
                     int64_t step, const void*, bool first) {
  int64_t* lanes = static_cast<int64_t*>(lanes_memory);
  const uint8_t* x = static_cast<const uint8_t*>(elements);
  for (; steps > 0; --steps, x += step, first = false) {
    if (first) {
      for (int64_t i = 0; i < count; ++i) lanes[i] = x[i] != 0;
    } else {
      for (int64_t i = 0; i < count; ++i) lanes[i] = Combine{}(lanes[i], int64_t{x[i] != 0});
    }
  }
}
template <class Combine>
void combine_bools(void* into_memory, const void* from_memory, int64_t count) {
  int64_t* into = static_cast<int64_t*>(into_memory);
  const int64_t* from = static_cast<const int64_t*>(from_memory);
  for (int64_t i = 0; i < count; ++i) into[i] = Combine{}(into[i], from[i]);
}
template <class Combine>
constexpr Folds bool_folds(double empty) {
  return {fold_bools<Combine>, nullptr, fold_bool_lanes<Combine>, combine_bools<Combine>, nullptr,
          sizeof(int64_t),     empty};
}
constexpr Folds any_folds = bool_folds<std::bit_or<>>(0);
constexpr Folds all_folds = bool_folds<std::bit_and<>>(1);
constexpr Folds count_folds = bool_folds<std::plus<>>(0);

void fold_values(const ReduceLayout& layout, const Folds& folds, DType value, const void* centers,
                 void* values) {
  if (layout.elements() > 0) return Reduction(layout, folds, centers, values).run();
  const Convert convert = converter(value, DType::Float64);
  convert(values, 1, &folds.empty, 0, layout.outputs());
}

// In two passes: the largest element first, so that no exponential overflows.
template <class T>
void run_log_sum_exp(const ReduceCall& call) {
  constexpr DType dtype = dtype_of<T>;
  const ReduceLayout layout(call.in, call.out, call.reduced_ndim, dtype, false);
  const int64_t outputs = layout.outputs();
  const Scratch<T> centers(outputs);
  fold_values(layout, find_folds(ReduceOp::Max, dtype), dtype, nullptr, centers.data());
  for (int64_t i = 0; i < outputs; ++i) {
    if (!std::isfinite(centers[i])) centers[i] = 0;  // infinity less infinity must not arise
  }
  const Values values(layout, call.out, dtype);
  fold_values(layout, exponential_sums<T>(), dtype, centers.data(), values.data());
  finish_logarithms<T>(values.data(), centers.data(), outputs);
  values.store();
}

void run_reduce(const ReduceCall& call) {
  if (call.op == ReduceOp::LogSumExp) {
    if (call.out.numel() == 0) return;
    if (wide_dtype(call.out.dtype) == DType::Float64) return run_log_sum_exp<double>(call);
    return run_log_sum_exp<float>(call);
  }
  DType element = wide_dtype(call.out.dtype), value = element;
  const Folds* folds;
  const bool reads_bool =
      call.op == ReduceOp::Any || call.op == ReduceOp::All || call.op == ReduceOp::CountNonzero;
  switch (call.op) {
    case ReduceOp::Any:
      folds = &any_folds;
      break;
    case ReduceOp::All:
      folds = &all_folds;
      break;
    case ReduceOp::CountNonzero:
      folds = &count_folds;
      break;
    default:
      folds = &find_folds(call.op, element);
  }
  if (reads_bool) element = DType::Bool, value = DType::Int64;

  // Small and whole: no plan is needed.
  const int64_t all = call.in.numel();
  if (all > 0 && all <= kBlock && call.reduced_ndim == call.in.ndim() && call.in.dtype == element &&
      call.out.dtype == value && call.in.is_contiguous()) {
    const Piece whole{call.in.data, all};
    folds->block(&whole, all, nullptr, call.out.data);
    if (folds->finish) folds->finish(call.out.data, 1, all);
    return;
  }
  if (call.out.numel() == 0) return;
  const bool any_order = value == DType::Int64 || call.op == ReduceOp::Max ||
                         call.op == ReduceOp::Min || call.op == ReduceOp::MaxAbs;
  const ReduceLayout layout(call.in, call.out, call.reduced_ndim, element, any_order);
  const Values values(layout, call.out, value);
  fold_values(layout, *folds, value, nullptr, values.data());
  if (folds->finish) folds->finish(values.data(), layout.outputs(), layout.elements());
  values.store();
}

}  // namespace

ReduceKernels reduce_kernels() {
  return {.run = run_reduce, .arg = run_arg_reduce, .moments = run_moments};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
