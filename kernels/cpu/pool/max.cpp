#include "../families.h"
#include "planes.h"

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

// Windows of two by two side by side.
template <class T>
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
    const Pairs<T> lower = load_pairs(top + width + 2 * i, size, lanes);
    Vec<T> best = upper.even;
    Vec<I> offset = 0;
    const auto meet = [&](Vec<T> other, int64_t at) {
      const Mask<T> wins = (other > best) | isnan(other);
      best = select(wins, other, best);
      offset = select(Mask<I>{wins.m}, Vec<I>(at), offset);
    };
    meet(upper.odd, 1);
    meet(lower.even, width);
    meet(lower.odd, width + 1);
    store_some(best, out + i, size);
    if (index) store_index(index + i, every_other + offset, first + 2 * i, size);
  });
}

bool is_pairs(const PoolWindow& w) {
  return w.kernel[0] == 2 && w.kernel[1] == 2 && w.stride[0] == 2 && w.stride[1] == 2 &&
         w.padding[0] == 0 && w.padding[1] == 0 && w.dilation[0] == 1 && w.dilation[1] == 1;
}

struct Range {
  int64_t begin, end;
};
// The part of a window that lies in the input, walked in steps of the dilation.
Range clip(const PoolWindow& w, int axis, int64_t position, int64_t size) {
  int64_t begin = position * w.stride[axis] - w.padding[axis];
  const int64_t end = begin + (w.kernel[axis] - 1) * w.dilation[axis] + 1;
  if (begin < 0) begin += (-begin + w.dilation[axis] - 1) / w.dilation[axis] * w.dilation[axis];
  return {begin, std::min(end, size)};
}

template <class T>
void pool_plane(T* out, int64_t* index, const T* x, Extent out_extent, Extent in,
                const PoolWindow& w) {
  for (int64_t oh = 0; oh < out_extent.height; ++oh) {
    const Range rows = clip(w, 0, oh, in.height);
    for (int64_t ow = 0; ow < out_extent.width; ++ow) {
      const Range columns = clip(w, 1, ow, in.width);
      T best = -std::numeric_limits<T>::infinity();
      const bool is_empty = rows.begin >= rows.end || columns.begin >= columns.end;
      int64_t where = is_empty ? -1 : rows.begin * in.width + columns.begin;
      for (int64_t row = rows.begin; row < rows.end; row += w.dilation[0]) {
        for (int64_t column = columns.begin; column < columns.end; column += w.dilation[1]) {
          const T value = x[row * in.width + column];
          if (value > best || value != value) {
            best = value;
            where = row * in.width + column;
          }
        }
      }
      *out++ = best;
      if (index) *index++ = where;
    }
  }
}

template <class T>
void max_pool(const MaxPoolCall& call) {
  const Extent in(call.in), out_extent(call.out);
  // With every window inside, rows of pairs; ceil_mode may add a torn last row or column.
  const bool pairs = is_pairs(call.window) && out_extent.height * 2 <= in.height &&
                     out_extent.width * 2 <= in.width && in.width < (int64_t{1} << 30);
  each_plane<T>(call.out, call.in, [&](T* out, const T* x, int64_t plane) {
    int64_t* index =
        call.index.data ? call.index.as<int64_t>() + plane * out_extent.size() : nullptr;
    if (!pairs) return pool_plane(out, index, x, out_extent, in, call.window);
    for (int64_t oh = 0; oh < out_extent.height; ++oh) {
      const int64_t first = 2 * oh * in.width, at = oh * out_extent.width;
      pool_pairs(out + at, index ? index + at : nullptr, x + first, in.width, out_extent.width,
                 first);
    }
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
          .adaptive_avg_pool_backward = run_adaptive_avg_pool_backward};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
