#include "softmax_row.h"

#include "families.h"
#include "softmax_columns.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
void softmax_row(T* out, const T* in, int64_t n) {
  if (n <= Vec<T>::size) {
    const Vec<T> powers = exp_of_short_row(in, n, max_of_row(in, n));
    return store_some(powers * Vec<T>(T(1) / sum_of_short_row(powers)), out, n);
  }
  // One division instead of one an element, each of which would take longer than the exponential.
  const Vec<T> scale(T(1) / sum_of_exp(in, n, max_of_row(in, n), out));
  each_vector<T>(n, [&](int64_t i, int64_t count) {
    store_some(load_some(out + i, count) * scale, out + i, count);
  });
}

template <class T>
void log_softmax_row(T* out, const T* in, int64_t n) {
  const T max = max_of_row(in, n);
  const T log_sum = log_of(sum_of_exp<T>(in, n, max, nullptr));
  each_vector<T>(n, [&](int64_t i, int64_t count) {
    store_some(load_some(in + i, count) - Vec<T>(max) - Vec<T>(log_sum), out + i, count);
  });
}

template <class T>
void softmax_backward_row(T* grad_in, const T* grad, const T* result, int64_t n) {
  const T sum = sum_of_products(grad, result, n);
  each_vector<T>(n, [&](int64_t i, int64_t count) {
    const Vec<T> g = load_some(grad + i, count), y = load_some(result + i, count);
    store_some(y * (g - Vec<T>(sum)), grad_in + i, count);
  });
}

template <class T>
void log_softmax_backward_row(T* grad_in, const T* grad, const T* result, int64_t n) {
  const T sum = fold_row<Plus>(grad, n);
  each_vector<T>(n, [&](int64_t i, int64_t count) {
    const Vec<T> g = load_some(grad + i, count), y = load_some(result + i, count);
    store_some(g - exp(y) * Vec<T>(sum), grad_in + i, count);
  });
}

// Memory holds `Stored`, the maths of which runs in T.
template <class T, class Stored>
void softmax_columns(Rows<2>& rows, bool logarithm) {
  const int64_t n = rows.length(), to = rows.step(0), from = rows.step(1);
  rows.each_side_by_side<Stored>([&](const std::array<Stored*, 2>& at, int64_t count, int64_t) {
    Column<T> column(n);
    each_vector<T>(count, [&](int64_t i, int64_t size) {
      Stored* out = at[0] + i;
      const Vec<T> max = column.load(at[1] + i, from, size);
      if (logarithm) {
        const Vec<T> log_sum = log(column.template sum_of_exp<false>(max));
        for (int64_t k = 0; k < n; ++k) store_some(column[k] - max - log_sum, out + k * to, size);
      } else {
        const Vec<T> scale = Vec<T>(1) / column.template sum_of_exp<true>(max);
        for (int64_t k = 0; k < n; ++k) store_some(column[k] * scale, out + k * to, size);
      }
    });
  });
}

template <class T, class Stored>
void softmax_backward_columns(Rows<3>& rows, bool logarithm) {
  const int64_t n = rows.length(), steps[] = {rows.step(0), rows.step(1), rows.step(2)};
  rows.each_side_by_side<Stored>([&](const std::array<Stored*, 3>& at, int64_t count, int64_t) {
    Column<T> grads(n), results(n);
    each_vector<T>(count, [&](int64_t i, int64_t size) {
      ColumnSum<T> sums;
      for (int64_t k = 0; k < n; ++k) {
        const Vec<T> g = grads.keep(k, load_and_expect(at[1] + k * steps[1] + i, size));
        const Vec<T> y = results.keep(k, load_and_expect(at[2] + k * steps[2] + i, size));
        sums.add(k, logarithm ? g : g * y);
      }
      const Vec<T> sum = sums.of(n);
      for (int64_t k = 0; k < n; ++k) {
        const Vec<T> g = grads[k], y = results[k];
        store_some(logarithm ? g - exp(y) * sum : y * (g - sum), at[0] + k * steps[0] + i, size);
      }
    });
  });
}

// Calls run.operator()<Stored>() where the rows are columns of Stored, which halves are too.
template <class T, int Operands, class Run>
bool run_columns(const Rows<Operands>& rows, Run run) {
  const auto ran_over = [&]<class Stored>() {
    if (!are_columns<Stored>(rows)) return false;
    run.template operator()<Stored>();
    return true;
  };
  if (ran_over.template operator()<T>()) return true;
  if constexpr (std::is_same_v<T, float> && kHasHalfVectors) {
    return ran_over.template operator()<Half>() || ran_over.template operator()<BFloat16>();
  }
  return false;
}

template <class T>
void forward(const SoftmaxCall& call) {
  Rows<2> rows({RowOperand{call.out, dtype_of<T>, true}, RowOperand{call.in, dtype_of<T>, false}},
               call.axis);
  if (run_columns<T>(rows, [&]<class Stored>() { softmax_columns<T, Stored>(rows, call.log); })) {
    return;
  }
  const auto row = call.log ? log_softmax_row<T> : softmax_row<T>;
  rows.each([&](const std::array<void*, 2>& at, int64_t) {
    row(static_cast<T*>(at[0]), static_cast<const T*>(at[1]), rows.length());
  });
}

template <class T>
void backward(const SoftmaxBackwardCall& call) {
  Rows<3> rows(
      {RowOperand{call.grad_in, dtype_of<T>, true}, RowOperand{call.grad_out, dtype_of<T>, false},
       RowOperand{call.result, dtype_of<T>, false}},
      call.axis);
  if (run_columns<T>(
          rows, [&]<class Stored>() { softmax_backward_columns<T, Stored>(rows, call.log); })) {
    return;
  }
  const auto row = call.log ? log_softmax_backward_row<T> : softmax_backward_row<T>;
  rows.each([&](const std::array<void*, 3>& at, int64_t) {
    row(static_cast<T*>(at[0]), static_cast<const T*>(at[1]), static_cast<const T*>(at[2]),
        rows.length());
  });
}

}  // namespace

SoftmaxKernels softmax_kernels() {
  return {.forward =
              [](const SoftmaxCall& call) {
                if (call.in.dtype == DType::Float64)
                  forward<double>(call);
                else
                  forward<float>(call);
              },
          .backward =
              [](const SoftmaxBackwardCall& call) {
                if (call.grad_in.dtype == DType::Float64)
                  backward<double>(call);
                else
                  backward<float>(call);
              }};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
