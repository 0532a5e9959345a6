// Reductions.
#include "../families.h"
#include "arg.h"
#include "moments.h"
#include "plain_folds.h"
#include "reduction.h"
#include "values.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

const Folds& find_folds(ReduceOp op, DType element) {
  return dispatch(element, [&]<class T>() -> const Folds& {
    if constexpr (std::is_integral_v<T>)
      return folds<int64_t>(op);
    else
      return folds<T>(op);
  });
}

// Any, All and CountNonzero read bool and give int64.
constexpr Folds any_folds = plain_folds<std::bit_or<>, bool, int64_t>(0);
constexpr Folds all_folds = plain_folds<std::bit_and<>, bool, int64_t>(1);
constexpr Folds count_folds = plain_folds<std::plus<>, bool, int64_t>(0);

// Integers are compared as they are and added without being widened first; null for other
// operations and dtypes.
const Folds* find_integer_folds(ReduceOp op, DType in, DType out) {
  const bool sums = op == ReduceOp::Sum && out == DType::Int64;
  const bool compares = (op == ReduceOp::Max || op == ReduceOp::Min) && out == in;
  if (!sums && !compares) return nullptr;
  return dispatch(in, [&]<class T>() -> const Folds* {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> && sizeof(T) < 8) {
      static constexpr Folds sum = plain_folds<std::plus<>, T, int64_t>();
      static constexpr Folds max = plain_folds<Combining<MaxFold>, T>();
      static constexpr Folds min = plain_folds<Combining<MinFold>, T>();
      return sums ? &sum : op == ReduceOp::Max ? &max : &min;
    } else {
      return nullptr;
    }
  });
}

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

// Whether the folds are to read the halves of a call themselves. Rows of few elements are turned
// over as floats.
bool reads_halves(const ReduceCall& call, DType value) {
  if (!kHasHalfVectors || value != DType::Float32 || !is_floating(call.in.dtype) ||
      size_of(call.in.dtype) != 2) {
    return false;
  }
  int64_t elements = 1;
  for (const int64_t size : call.in.shape.last(static_cast<size_t>(call.reduced_ndim))) {
    elements *= size;
  }
  return elements > kLanes;
}

void run_reduce(const ReduceCall& call) {
  if (call.op == ReduceOp::LogSumExp) {
    if (call.out.numel() == 0) return;
    if (wide_dtype(call.out.dtype) == DType::Float64) return run_log_sum_exp<double>(call);
    return run_log_sum_exp<float>(call);
  }
  Array in = call.in;
  DType element = wide_dtype(call.out.dtype), value = element;
  const Folds* folds = find_integer_folds(call.op, in.dtype, call.out.dtype);
  const bool reads_bool =
      call.op == ReduceOp::Any || call.op == ReduceOp::All || call.op == ReduceOp::CountNonzero;
  if (folds) {
    element = in.dtype, value = call.out.dtype;
  } else if (reads_bool) {
    folds = call.op == ReduceOp::Any ? &any_folds
                                     : (call.op == ReduceOp::All ? &all_folds : &count_folds);
    element = DType::Bool, value = DType::Int64;
    if (size_of(in.dtype) == 1) in.dtype = DType::Bool;  // it asks whether a byte is zero
  } else {
    if (reads_halves(call, value)) element = in.dtype;
    folds = &find_folds(call.op, element);
  }

  // Small and whole: no plan is needed.
  const int64_t all = in.numel();
  if (all > 0 && all <= kBlock && call.reduced_ndim == in.ndim() && in.dtype == element &&
      call.out.dtype == value && in.is_contiguous()) {
    const Piece whole{in.data, all};
    folds->block(&whole, all, nullptr, call.out.data);
    if (folds->finish) folds->finish(call.out.data, 1, all);
    return;
  }
  if (call.out.numel() == 0) return;
  const bool any_order = !is_floating(value) || call.op == ReduceOp::Max ||
                         call.op == ReduceOp::Min || call.op == ReduceOp::MaxAbs;
  const ReduceLayout layout(in, call.out, call.reduced_ndim, element, any_order);
  const Values values(layout, call.out, value);
  fold_values(layout, *folds, value, nullptr, values.data());
  if (folds->finish) {
    char* memory = static_cast<char*>(values.data());
    layout.parallel(layout.outputs(), kReduceGrain, [&](int64_t begin, int64_t end) {
      folds->finish(memory + begin * folds->size, end - begin, layout.elements());
    });
  }
  values.store();
}

}  // namespace

ReduceKernels reduce_kernels() {
  return {.run = run_reduce, .arg = run_arg_reduce, .moments = run_moments};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
