#include <vector>

#include "planes.h"
#include "rounding.h"
#include "taeda/kernels/simd/transpose.h"

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

// Rows of means, and of what each gradient gives to the elements of its window: a pass over the
// row for each step of the window. Means of windows that lie in the row as a whole are summed in
// registers.
template <class T, class Call>
class WindowMeans {
 public:
  WindowMeans(const Call& call, Extent out, Extent in)
      : call_(call), out_(out), in_(in), row_(out.width), whole_end_(out.width) {
    for (int64_t j = 0; j < call.window.kernel[1]; ++j) {
      tracks_.push_back(Track::of(call.window, j, in.width, out.width));
      whole_begin_ = std::max(whole_begin_, tracks_.back().begin);
      whole_end_ = std::min(whole_end_, tracks_.back().end);
    }
    whole_end_ = std::max(whole_begin_, whole_end_);
    for (int64_t o = 0; o < out.width; ++o) {
      counted_.push_back(window_span(call, 1, o, in.width).counted);
    }
  }

  void means(T* out, const T* x) const {
    for (int64_t o = 0; o < out_.height; ++o, out += out_.width) {
      const Span rows = window_span(call_, 0, o, in_.height);
      const auto mean = [&](int64_t i) {
        const Span columns = window_span(call_, 1, i, in_.width);
        return divided(window_sum(x, in_.width, rows, columns), rows, i);
      };
      for (int64_t i = 0; i < whole_begin_; ++i) out[i] = mean(i);
      each_vector<T>(whole_end_ - whole_begin_, [&](int64_t i, int64_t count) {
        Vec<T> sum(0);
        for (int64_t y = rows.begin; y < rows.end; ++y) {
          for (const Track& track : tracks_) {
            sum += load_met(track, x + y * in_.width, whole_begin_ + i, count);
          }
        }
        store_some(divided(sum, rows, whole_begin_), out + whole_begin_ + i, count);
      });
      for (int64_t i = whole_end_; i < out_.width; ++i) out[i] = mean(i);
    }
  }

  void spread(T* grad_in, const T* grad) const {
    std::fill_n(grad_in, in_.size(), T(0));
    for (int64_t o = 0; o < out_.height; ++o, grad += out_.width) {
      const Span rows = window_span(call_, 0, o, in_.height);
      for (int64_t i = 0; i < out_.width; ++i) row_[i] = divided(grad[i], rows, i);
      for (int64_t y = rows.begin; y < rows.end; ++y) {
        for (const Track& track : tracks_) add_along(track, grad_in + y * in_.width);
      }
    }
  }

 private:
  // The mean of window o from its sum, or what it gives to each element. A window without any has
  // the mean zero, and nobody to give to.
  template <class Values>
  Values divided(Values values, Span rows, int64_t o) const {
    const int64_t counted = rows.counted * counted_[static_cast<size_t>(o)];
    const int64_t divisor = call_.divisor_override ? call_.divisor_override : counted;
    return divisor == 0 ? Values(T(0)) : values / Values(static_cast<T>(divisor));
  }

  void add_along(const Track& track, T* to) const {
    const T* values = row_.data();
    to += track.first;
    if (track.step == 1) {
      each_vector<T>(track.end - track.begin, [&](int64_t i, int64_t count) {
        const int64_t o = track.begin + i;
        store_some(load_some(to + o, count) + load_some(values + o, count), to + o, count);
      });
      return;
    }
    for (int64_t o = track.begin; o < track.end; ++o) to[o * track.step] += values[o];
  }

  const Call& call_;
  Extent out_, in_;
  Scratch<T> row_;
  int64_t whole_begin_ = 0, whole_end_;  // outputs that meet an input in each step
  std::vector<Track> tracks_;
  std::vector<int64_t> counted_;
};

template <class T>
void avg_pool(const AvgPoolCall& call) {
  each_range<T>(call.out, call.in, [&](auto each) {
    const WindowMeans<T, AvgPoolCall> windows(call, Extent(call.out), Extent(call.in));
    each([&](T* out, const T* x, int64_t) { windows.means(out, x); });
  });
}

template <class T>
void avg_pool_backward(const AvgPoolBackwardCall& call) {
  each_range<T>(call.grad_in, call.grad_out, [&](auto each) {
    const WindowMeans<T, AvgPoolBackwardCall> windows(call, Extent(call.grad_out),
                                                      Extent(call.grad_in));
    each([&](T* grad_in, const T* grad, int64_t) { windows.spread(grad_in, grad); });
  });
}

// The means of whole planes, as many at a time as a vector has lanes.
template <class T>
void plane_means(const Array& out, const Array& in, int64_t size) {
  constexpr int group = Vec<T>::size;
  const int64_t planes = in.shape[0], whole = size / group * group;
  const FirstLanes<T> tail(static_cast<int>(size - whole));
  const int64_t grain = std::max<int64_t>(1, 32 * 1024 / (size * group));
  parallel_for(ceil_div(planes, group), grain, [&](int64_t begin, int64_t end) {
    const Piecewise<T> from(in, group * size), to(out, group);
    for (int64_t first = begin * group; first < std::min(end * group, planes); first += group) {
      const int64_t count = std::min<int64_t>(group, planes - first);
      const T* x = from.load(first * size, count * size);
      T totals[group];
      if (size > 8 * group) {
        for (int64_t p = 0; p < count; ++p) totals[p] = fold_row<Plus>(x + p * size, size);
      } else {
        Vec<T> sums[group];
        for (Vec<T>& sum : sums) sum = Vec<T>(0);
        for (int64_t p = 0; p < count; ++p, x += size) {
          Vec<T> sum(0);
          for (int64_t i = 0; i < whole; i += group) sum += Vec<T>::load(x + i);
          sums[p] = sum + tail.load(x + whole);
        }
        fold_lanes(sums);
        sums[0].store(totals);
      }
      T* means = to.target(first);
      for (int64_t p = 0; p < count; ++p) means[p] = totals[p] / static_cast<T>(size);
      to.store(first, count);
    }
  });
}

template <class T>
void adaptive_avg_pool(const AdaptiveAvgPoolCall& call) {
  const Extent in(call.in), out_extent(call.out);
  if (out_extent.size() == 1 && in.size() > 0) return plane_means<T>(call.out, call.in, in.size());
  each_plane<T>(call.out, call.in, [&](T* out, const T* x, int64_t) {
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
    if (out_extent.size() == 1) {
      std::fill_n(grad_in, in.size(), *grad / static_cast<T>(in.size()));
      return;
    }
    std::fill_n(grad_in, in.size(), T(0));
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
