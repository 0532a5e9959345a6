#include <vector>

#include "../families.h"
#include "planes.h"
#include "taeda/kernels/error.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// Every other element of 2 * count neighbours, and those between.
template <class T>
struct Pairs {
  Vec<T> even, odd;
};
template <class T, int... I>
Pairs<T> load_pairs(const T* from, int64_t count, std::integer_sequence<int, I...>) {
  constexpr int64_t width = Vec<T>::size;
  const Vec<T> low = load_some(from, std::min(2 * count, width));
  const Vec<T> high = 2 * count > width ? load_some(from + width, 2 * count - width) : Vec<T>(0);
  return {Vec<T>(__builtin_shufflevector(low.v, high.v, (2 * I)...)),
          Vec<T>(__builtin_shufflevector(low.v, high.v, (2 * I + 1)...))};
}

// index[i] = start + offsets[i] for the first `count` lanes.
template <class I>
void store_index(int64_t* index, Vec<I> offsets, int64_t start, int64_t count) {
  int64_t wide[Vec<I>::size];
  for (int i = 0; i < Vec<I>::size; ++i) wide[i] = start + offsets.v[i];
  std::memcpy(index, wide, static_cast<size_t>(count) * sizeof(int64_t));
}

// Windows of two columns and one or two rows, side by side.
template <int kRows, class T>
void pool_pairs(T* out, int64_t* index, const T* top, int64_t width, int64_t count, int64_t first) {
  using I = typename MaskElement<T>::type;  // as wide as T: one vector holds as many
  constexpr auto lanes = std::make_integer_sequence<int, Vec<T>::size>{};
  const Vec<I> every_other = [] {
    Vec<I> numbers;
    for (int i = 0; i < Vec<I>::size; ++i) numbers.v[i] = 2 * i;
    return numbers;
  }();
  each_vector<T>(count, [&](int64_t i, int64_t size) {
    const Pairs<T> upper = load_pairs(top + 2 * i, size, lanes);
    Vec<T> best = upper.even;
    Vec<I> offset = 0;
    const auto meet = [&](Vec<T> other, int64_t at) {
      const Mask<T> wins = (other > best) | isnan(other);
      best = select(wins, other, best);
      offset = select(Mask<I>{wins.m}, Vec<I>(at), offset);
    };
    meet(upper.odd, 1);
    if constexpr (kRows == 2) {
      const Pairs<T> lower = load_pairs(top + width + 2 * i, size, lanes);
      meet(lower.even, width);
      meet(lower.odd, width + 1);
    }
    store_some(best, out + i, size);
    if (index) store_index(index + i, every_other + offset, first + 2 * i, size);
  });
}

bool is_pairs(const PoolWindow& w) {
  return w.kernel[0] <= 2 && w.kernel[1] == 2 && w.stride[0] == w.kernel[0] && w.stride[1] == 2 &&
         w.padding[0] == 0 && w.padding[1] == 0 && w.dilation[0] == 1 && w.dilation[1] == 1;
}

// The first step of a window that lies in the input; at or beyond `size` where none does.
int64_t first_inside(const PoolWindow& w, int axis, int64_t position) {
  const int64_t begin = position * w.stride[axis] - w.padding[axis];
  if (begin >= 0) return begin;
  return begin + (-begin + w.dilation[axis] - 1) / w.dilation[axis] * w.dilation[axis];
}

// Windows of any size. Those that meet an input column in each step are done a vector at a time.
template <class T>
class WindowMaxima {
  using I = typename MaskElement<T>::type;  // as wide as T: one vector holds as many

 public:
  WindowMaxima(const PoolWindow& window, Extent out, Extent in)
      : w_(window), out_(out), in_(in), whole_end_(out.width) {
    for (int64_t j = 0; j < w_.kernel[1]; ++j) {
      tracks_.push_back(Track::of(w_, j, in.width, out.width));
      whole_begin_ = std::max(whole_begin_, tracks_.back().begin);
      whole_end_ = std::min(whole_end_, tracks_.back().end);
    }
    whole_end_ = std::max(whole_begin_, whole_end_);
  }

  void plane(T* out, int64_t* index, const T* x) const {
    for (int64_t o = 0; o < out_.height; ++o) {
      const int64_t begin = first_inside(w_, 0, o);
      const int64_t end = std::min(
          o * w_.stride[0] - w_.padding[0] + (w_.kernel[0] - 1) * w_.dilation[0] + 1, in_.height);
      for (int64_t i = 0; i < whole_begin_; ++i) torn(out, index, x, begin, end, i);
      whole(out, index, x, begin, end);
      for (int64_t i = whole_end_; i < out_.width; ++i) torn(out, index, x, begin, end, i);
      out += out_.width;
      if (index) index += out_.width;
    }
  }

 private:
  // One window that may meet less than all of its columns: an empty one has the place -1.
  void torn(T* out, int64_t* index, const T* x, int64_t begin, int64_t end, int64_t i) const {
    T best = -std::numeric_limits<T>::infinity();
    int64_t where = -1;
    for (int64_t y = begin; y < end; y += w_.dilation[0]) {
      for (const Track& track : tracks_) {
        if (i < track.begin || i >= track.end) continue;
        const int64_t at = y * in_.width + track.first + i * track.step;
        if (where >= 0 && !(x[at] > best || std::isnan(x[at]))) continue;
        best = x[at];
        where = at;
      }
    }
    out[i] = best;
    if (index) index[i] = where;
  }

  void whole(T* out, int64_t* index, const T* x, int64_t begin, int64_t end) const {
    Vec<I> columns;
    for (int i = 0; i < Vec<I>::size; ++i) columns.v[i] = static_cast<I>(i * w_.stride[1]);
    each_vector<T>(whole_end_ - whole_begin_, [&](int64_t done, int64_t count) {
      const int64_t i = whole_begin_ + done, first = i * w_.stride[1];
      Vec<T> best(-std::numeric_limits<T>::infinity());
      Vec<I> where = begin < end
                         ? columns + Vec<I>(begin * in_.width + tracks_.front().first + first)
                         : Vec<I>(-1);
      for (int64_t y = begin; y < end; y += w_.dilation[0]) {
        for (const Track& track : tracks_) {
          const Vec<T> values = load_met(track, x + y * in_.width, i, count);
          const Mask<T> wins = (values > best) | isnan(values);
          best = select(wins, values, best);
          const Vec<I> at = columns + Vec<I>(y * in_.width + track.first + first);
          where = select(Mask<I>{wins.m}, at, where);
        }
      }
      store_some(best, out + i, count);
      if (index) store_index(index + i, where, 0, count);
    });
  }

  const PoolWindow& w_;
  Extent out_, in_;
  int64_t whole_begin_ = 0, whole_end_;  // outputs that meet an input column in each step
  std::vector<Track> tracks_;
};

template <class T>
void max_pool(const MaxPoolCall& call) {
  const Extent in(call.in), out_extent(call.out);
  const int64_t rows = call.window.kernel[0];
  // With every window inside, rows of pairs; ceil_mode may add a torn last row or column.
  const bool pairs = is_pairs(call.window) && out_extent.height * rows <= in.height &&
                     out_extent.width * 2 <= in.width;
  const auto pool_row = rows == 1 ? pool_pairs<1, T> : pool_pairs<2, T>;
  if (in.size() >= (int64_t{1} << 31)) {
    fail<RuntimeError>("max_pool2d: planes may have at most 2^31 elements, got ", in.height, " x ",
                       in.width);
  }
  each_range<T>(call.out, call.in, [&](auto each) {
    const WindowMaxima<T> maxima(call.window, out_extent, in);
    each([&](T* out, const T* x, int64_t plane) {
      int64_t* index =
          call.index.data ? call.index.as<int64_t>() + plane * out_extent.size() : nullptr;
      if (!pairs) return maxima.plane(out, index, x);
      for (int64_t oh = 0; oh < out_extent.height; ++oh) {
        const int64_t first = rows * oh * in.width, at = oh * out_extent.width;
        pool_row(out + at, index ? index + at : nullptr, x + first, in.width, out_extent.width,
                 first);
      }
    });
  });
}

template <class T>
void max_pool_backward(const MaxPoolBackwardCall& call) {
  const int64_t in = Extent(call.grad_in).size(), out = Extent(call.grad_out).size();
  each_plane<T>(call.grad_in, call.grad_out, [&](T* grad_in, const T* grad, int64_t plane) {
    const int64_t* index = call.index.as<const int64_t>() + plane * out;
    std::fill(grad_in, grad_in + in, T(0));
    for (int64_t i = 0; i < out; ++i) {
      if (index[i] >= 0) grad_in[index[i]] += grad[i];
    }
  });
}

}  // namespace

void run_max_pool(const MaxPoolCall& call) {
  if (call.in.dtype == DType::Float64)
    max_pool<double>(call);
  else
    max_pool<float>(call);
}
void run_max_pool_backward(const MaxPoolBackwardCall& call) {
  if (call.grad_in.dtype == DType::Float64)
    max_pool_backward<double>(call);
  else
    max_pool_backward<float>(call);
}

PoolKernels pool_kernels() {
  return {.max_pool = run_max_pool,
          .max_pool_backward = run_max_pool_backward,
          .avg_pool = run_avg_pool,
          .avg_pool_backward = run_avg_pool_backward,
          .adaptive_avg_pool = run_adaptive_avg_pool,
          .adaptive_avg_pool_backward = run_adaptive_avg_pool_backward,
          .resample = run_resample};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
