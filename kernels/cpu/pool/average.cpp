#include <vector>

#include "lines.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// How many elements of a row (column) of a window a mean counts.
template <class Call>
int64_t counted(const Call& call, int axis, int64_t position, int64_t size) {
  const PoolWindow& w = call.window;
  const int64_t begin = position * w.stride[axis] - w.padding[axis];
  const int64_t end = std::min(begin + w.kernel[axis], size + w.padding[axis]);
  if (call.count_include_pad) return end - begin;
  return std::min(end, size) - std::max<int64_t>(begin, 0);
}

// What sums of windows are divided by. A window without any elements has the mean zero, and nobody
// to give to.
template <class T>
class Divisors {
 public:
  template <class Call>
  Divisors(const Call& call, Extent out, Extent in)
      : override_(call.divisor_override),
        rows_(out.height),
        columns_(round_up(out.width, Vec<T>::size)) {
    std::fill_n(columns_.data(), round_up(out.width, Vec<T>::size), T(1));
    for (int64_t o = 0; o < out.height; ++o) rows_[o] = T(counted(call, 0, o, in.height));
    for (int64_t o = 0; o < out.width; ++o) columns_[o] = T(counted(call, 1, o, in.width));
  }

  Vec<T> divide(Vec<T> sums, int64_t row, int64_t column) const {
    if (override_) return sums / Vec<T>(T(override_));
    const Vec<T> divisors = Vec<T>(rows_[row]) * Vec<T>::load(columns_.data() + column);
    return select(divisors == Vec<T>(0), Vec<T>(0), sums / divisors);
  }

 private:
  int64_t override_;
  Scratch<T> rows_, columns_;
};

template <class T>
void avg_pool(const AvgPoolCall& call) {
  const Extent out_extent(call.out), in(call.in);
  const Divisors<T> divisors(call, out_extent, in);
  each_range<T>(call.out, call.in, [&](auto each) {
    const WindowFolds<SumFold, T> windows(call.window, out_extent, in, T(0));
    each([&](T* out, const T* x, int64_t) {
      windows.plane(out, x, [&](int64_t row, int64_t column, Vec<T> sums) {
        return divisors.divide(sums, row, column);
      });
    });
  });
}

// What the gradients of means give to the elements of their windows.
template <class T>
class MeanGradients {
 public:
  MeanGradients(const AvgPoolBackwardCall& call, Extent out, Extent in)
      : w_(call.window),
        out_(out),
        in_(in),
        divisors_(call, out, in),
        shares_(out.size()),
        margin_(w_.kernel[1]),
        length_(margin_ + std::max(out.width, in.width + w_.padding[1] + 2 * Vec<T>::size)),
        line_(length_) {
    std::fill_n(line_.data(), length_, T(0));
  }

  void plane(T* grad_in, const T* grad) const {
    for (int64_t o = 0; o < out_.height; ++o) {
      each_vector<T>(out_.width, [&](int64_t i, int64_t count) {
        const int64_t at = o * out_.width + i;
        store_some(divisors_.divide(load_some(grad + at, count), o, i), shares_.data() + at, count);
      });
    }
    int64_t begin = 0, end = 0;  // the windows that meet the row before
    for (int64_t y = 0; y < in_.height; ++y, grad_in += in_.width) {
      const int64_t last_begin = begin, last_end = end, at = y + w_.padding[0];
      begin = std::max<int64_t>(0, ceil_div(at - w_.kernel[0] + 1, w_.stride[0]));
      end = std::max(begin, std::min(out_.height, at / w_.stride[0] + 1));
      if (y > 0 && begin == last_begin && end == last_end) {
        std::copy_n(grad_in - in_.width, in_.width, grad_in);
        continue;
      }
      if (begin == end) {
        std::fill_n(grad_in, in_.width, T(0));
        continue;
      }
      fold_into_line<SumFold>(line_.data() + margin_, shares_.data(), out_.width, begin, end, 1);
      if (w_.stride[1] == 1)
        add_steps<1>(grad_in);
      else if (w_.stride[1] == 2)
        add_steps<2>(grad_in);
      else
        add_any(grad_in);
    }
  }

 private:
  // Every kStep-th step of the windows meets the elements at kStep * m, or those between.
  template <int kStep>
  void add_steps(T* to) const {
    each_vector<T>(ceil_div(in_.width, kStep), [&](int64_t m, int64_t count) {
      const auto sum_of = [&](int64_t phase) {
        Vec<T> sum(0);
        int64_t j = (w_.padding[1] + phase) % kStep;
        const T* line = line_.data() + margin_ + m + (w_.padding[1] + phase - j) / kStep;
        for (; j < w_.kernel[1]; j += kStep) sum += Vec<T>::load(line--);
        return sum;
      };
      if constexpr (kStep == 1) {
        store_some(sum_of(0), to + m, count);
      } else {
        const int64_t elements = std::min(2 * count, in_.width - 2 * m);
        store_interleaved(sum_of(0), sum_of(1), to + 2 * m, elements);
      }
    });
  }
  // The same of windows further apart, an element at a time.
  void add_any(T* to) const {
    const T* windows = line_.data() + margin_ + w_.padding[1] / w_.stride[1];
    int64_t phase = w_.padding[1] % w_.stride[1];
    for (int64_t x = 0; x < in_.width; ++x) {
      T sum = 0;
      const T* line = windows;
      for (int64_t j = phase; j < w_.kernel[1]; j += w_.stride[1]) sum += *line--;
      to[x] = sum;
      if (++phase == w_.stride[1]) phase = 0, ++windows;
    }
  }

  const PoolWindow& w_;
  Extent out_, in_;
  Divisors<T> divisors_;
  Scratch<T> shares_;  // of each window, for one element
  int64_t margin_, length_;
  Scratch<T> line_;  // those of windows over each other added, with zeros on both sides
};

template <class T>
void avg_pool_backward(const AvgPoolBackwardCall& call) {
  each_range<T>(call.grad_in, call.grad_out, [&](auto each) {
    const MeanGradients<T> gradients(call, Extent(call.grad_out), Extent(call.grad_in));
    each([&](T* grad_in, const T* grad, int64_t) { gradients.plane(grad_in, grad); });
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

// The windows of adaptive means along one axis: [begin[o], end[o]) for each output.
struct AdaptiveSpans {
  std::vector<int64_t> begin, end;

  AdaptiveSpans(int64_t out, int64_t in) {
    for (int64_t o = 0; o < out; ++o) {
      begin.push_back(o * in / out);
      end.push_back(((o + 1) * in + out - 1) / out);
    }
  }
  int64_t size(size_t o) const { return end[o] - begin[o]; }
};

template <class T>
void adaptive_avg_pool(const AdaptiveAvgPoolCall& call) {
  const Extent in(call.in), out_extent(call.out);
  if (out_extent.size() == 1 && in.size() > 0) return plane_means<T>(call.out, call.in, in.size());
  const AdaptiveSpans rows(out_extent.height, in.height), columns(out_extent.width, in.width);
  each_range<T>(call.out, call.in, [&](auto each) {
    const Scratch<T> line(in.width);
    each([&](T* out, const T* x, int64_t) {
      for (size_t r = 0; r < rows.begin.size(); ++r) {
        fold_into_line<SumFold>(line.data(), x, in.width, rows.begin[r], rows.end[r], 1);
        for (size_t c = 0; c < columns.begin.size(); ++c) {
          T sum = line[columns.begin[c]];
          for (int64_t i = columns.begin[c] + 1; i < columns.end[c]; ++i) sum += line[i];
          *out++ = sum / static_cast<T>(rows.size(r) * columns.size(c));
        }
      }
    });
  });
}

template <class T>
void adaptive_avg_pool_backward(const AdaptiveAvgPoolBackwardCall& call) {
  const Extent in(call.grad_in), out_extent(call.grad_out);
  const AdaptiveSpans rows(out_extent.height, in.height), columns(out_extent.width, in.width);
  each_range<T>(call.grad_in, call.grad_out, [&](auto each) {
    const Scratch<T> row_shares(in.width);
    each([&](T* grad_in, const T* grad, int64_t) {
      if (out_extent.size() == 1) {
        std::fill_n(grad_in, in.size(), *grad / static_cast<T>(in.size()));
        return;
      }
      std::fill_n(grad_in, in.size(), T(0));
      // What each window gives is spread along a row once, and added to all of its rows.
      for (size_t r = 0; r < rows.begin.size(); ++r) {
        T* shares = row_shares.data();
        std::fill_n(shares, in.width, T(0));
        for (size_t c = 0; c < columns.begin.size(); ++c) {
          const T share = *grad++ / static_cast<T>(rows.size(r) * columns.size(c));
          for (int64_t i = columns.begin[c]; i < columns.end[c]; ++i) shares[i] += share;
        }
        for (int64_t y = rows.begin[r]; y < rows.end[r]; ++y) {
          T* to = grad_in + y * in.width;
          each_vector<T>(in.width, [&](int64_t i, int64_t count) {
            store_some(load_some(to + i, count) + load_some(shares + i, count), to + i, count);
          });
        }
      }
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
