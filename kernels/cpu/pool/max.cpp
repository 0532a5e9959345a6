#include "../families.h"
#include "planes.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// Windows of two by two side by side: branchless, so that the compiler makes vectors of them.
template <class T>
void pool_pairs(T* out, int64_t* index, const T* top, int64_t width, int64_t count, int64_t first) {
  const T* bottom = top + width;
  const auto beats = [](T a, T b) { return (a > b) | (a != a); };
  if (!index) {
    for (int64_t i = 0; i < count; ++i) {
      T best = top[2 * i];
      const T b = top[2 * i + 1], c = bottom[2 * i], d = bottom[2 * i + 1];
      best = beats(b, best) ? b : best;
      best = beats(c, best) ? c : best;
      out[i] = beats(d, best) ? d : best;
    }
    return;
  }
  constexpr int64_t kPiece = 128;
  for (int64_t begin = 0; begin < count; begin += kPiece) {
    const int64_t size = std::min(kPiece, count - begin);
    using Offset = typename MaskElement<T>::type;  // as wide as T: one vector holds as many
    Offset offsets[kPiece];
    const T* upper = top + 2 * begin;
    const T* lower = bottom + 2 * begin;
    const Offset below = static_cast<Offset>(width);
    for (int64_t i = 0; i < size; ++i) {
      T best = upper[2 * i];
      const T b = upper[2 * i + 1], c = lower[2 * i], d = lower[2 * i + 1];
      Offset offset = beats(b, best) ? Offset(1) : Offset(0);
      best = beats(b, best) ? b : best;
      offset = beats(c, best) ? below : offset;
      best = beats(c, best) ? c : best;
      offset = beats(d, best) ? below + 1 : offset;
      out[begin + i] = beats(d, best) ? d : best;
      offsets[i] = offset;
    }
    for (int64_t i = 0; i < size; ++i) index[begin + i] = first + 2 * (begin + i) + offsets[i];
  }
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
      int64_t where = rows.begin * in.width + columns.begin;
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
    for (int64_t i = 0; i < out; ++i) grad_in[index[i]] += grad[i];
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
