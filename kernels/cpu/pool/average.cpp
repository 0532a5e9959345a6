#include "planes.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// The input rows (columns) of a window, and how many of them a mean counts.
struct Span {
  int64_t begin, end, counted;
};

template <class Call>
Span window_span(const Call& call, int axis, int64_t position, int64_t size) {
  const PoolWindow& w = call.window;
  const int64_t begin = position * w.stride[axis] - w.padding[axis];
  const int64_t end = std::min(begin + w.kernel[axis], size + w.padding[axis]);
  Span span{std::max<int64_t>(begin, 0), std::min(end, size), end - begin};
  if (!call.count_include_pad) span.counted = span.end - span.begin;
  return span;
}
template <class Call>
int64_t divisor_of(const Call& call, Span rows, Span columns) {
  return call.divisor_override ? call.divisor_override : rows.counted * columns.counted;
}

Span adaptive_span(int64_t position, int64_t out, int64_t in) {
  const int64_t begin = position * in / out, end = ((position + 1) * in + out - 1) / out;
  return {begin, end, end - begin};
}

// Calls visit(rows, columns) for each output position in order.
template <class RowsOf, class ColumnsOf, class Visit>
void each_window(Extent out, RowsOf rows_of, ColumnsOf columns_of, Visit visit) {
  for (int64_t oh = 0; oh < out.height; ++oh) {
    const Span rows = rows_of(oh);
    for (int64_t ow = 0; ow < out.width; ++ow) visit(rows, columns_of(ow));
  }
}

template <class T>
T window_sum(const T* x, int64_t width, Span rows, Span columns) {
  T sum = 0;
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    for (int64_t column = columns.begin; column < columns.end; ++column) {
      sum += x[row * width + column];
    }
  }
  return sum;
}
template <class T>
void spread_over(T* grad, int64_t width, Span rows, Span columns, T value) {
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    for (int64_t column = columns.begin; column < columns.end; ++column) {
      grad[row * width + column] += value;
    }
  }
}

template <class T>
void avg_pool(const AvgPoolCall& call) {
  const Extent in(call.in), out_extent(call.out);
  each_plane<T>(call.out, call.in, [&](T* out, const T* x, int64_t) {
    each_window(
        out_extent, [&](int64_t oh) { return window_span(call, 0, oh, in.height); },
        [&](int64_t ow) { return window_span(call, 1, ow, in.width); },
        [&](Span rows, Span columns) {
          const bool empty = rows.begin >= rows.end || columns.begin >= columns.end;
          *out++ = empty ? T(0)
                         : window_sum(x, in.width, rows, columns) /
                               static_cast<T>(divisor_of(call, rows, columns));
        });
  });
}

template <class T>
void avg_pool_backward(const AvgPoolBackwardCall& call) {
  const Extent in(call.grad_in), out_extent(call.grad_out);
  each_plane<T>(call.grad_in, call.grad_out, [&](T* grad_in, const T* grad, int64_t) {
    std::fill(grad_in, grad_in + in.size(), T(0));
    each_window(
        out_extent, [&](int64_t oh) { return window_span(call, 0, oh, in.height); },
        [&](int64_t ow) { return window_span(call, 1, ow, in.width); },
        [&](Span rows, Span columns) {
          const T value = *grad++;
          if (rows.begin >= rows.end || columns.begin >= columns.end) return;
          spread_over(grad_in, in.width, rows, columns,
                      value / static_cast<T>(divisor_of(call, rows, columns)));
        });
  });
}

template <class T>
void adaptive_avg_pool(const AdaptiveAvgPoolCall& call) {
  const Extent in(call.in), out_extent(call.out);
  each_plane<T>(call.out, call.in, [&](T* out, const T* x, int64_t) {
    if (out_extent.size() == 1 && in.size() > 0) {
      *out = fold_row<Plus>(x, in.size()) / static_cast<T>(in.size());
      return;
    }
    each_window(
        out_extent, [&](int64_t oh) { return adaptive_span(oh, out_extent.height, in.height); },
        [&](int64_t ow) { return adaptive_span(ow, out_extent.width, in.width); },
        [&](Span rows, Span columns) {
          *out++ = window_sum(x, in.width, rows, columns) /
                   static_cast<T>(rows.counted * columns.counted);
        });
  });
}

template <class T>
void adaptive_avg_pool_backward(const AdaptiveAvgPoolBackwardCall& call) {
  const Extent in(call.grad_in), out_extent(call.grad_out);
  each_plane<T>(call.grad_in, call.grad_out, [&](T* grad_in, const T* grad, int64_t) {
    std::fill(grad_in, grad_in + in.size(), T(0));
    each_window(
        out_extent, [&](int64_t oh) { return adaptive_span(oh, out_extent.height, in.height); },
        [&](int64_t ow) { return adaptive_span(ow, out_extent.width, in.width); },
        [&](Span rows, Span columns) {
          spread_over(grad_in, in.width, rows, columns,
                      *grad++ / static_cast<T>(rows.counted * columns.counted));
        });
  });
}

}  // namespace

void run_avg_pool(const AvgPoolCall& call) {
  if (call.in.dtype == DType::Float64)
    avg_pool<double>(call);
  else
    avg_pool<float>(call);
}
void run_avg_pool_backward(const AvgPoolBackwardCall& call) {
  if (call.grad_in.dtype == DType::Float64)
    avg_pool_backward<double>(call);
  else
    avg_pool_backward<float>(call);
}
void run_adaptive_avg_pool(const AdaptiveAvgPoolCall& call) {
  if (call.in.dtype == DType::Float64)
    adaptive_avg_pool<double>(call);
  else
    adaptive_avg_pool<float>(call);
}
void run_adaptive_avg_pool_backward(const AdaptiveAvgPoolBackwardCall& call) {
  if (call.grad_in.dtype == DType::Float64)
    adaptive_avg_pool_backward<double>(call);
  else
    adaptive_avg_pool_backward<float>(call);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
