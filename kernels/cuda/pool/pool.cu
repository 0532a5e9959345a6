// Pooling: a thread does an element of the result; of a gradient it collects what its input element
// gets from every window that covers it.
#include <limits>

#include "../device/divide.h"
#include "../device/element.h"
#include "../families.h"
#include "../runtime/launch.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda::cuda {
namespace {

struct Extent {
  int64_t height, width;
  explicit Extent(const Array& planes) : height(planes.shape[1]), width(planes.shape[2]) {}
  TAEDA_HD int64_t size() const { return height * width; }
};

// The steps first, first + 1, ... below last of a window that lie in the input.
struct Range {
  int64_t begin, end;
  TAEDA_HD bool empty() const { return begin >= end; }
};

TAEDA_HD inline int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }
TAEDA_HD inline int64_t at_least(int64_t a, int64_t b) { return a > b ? a : b; }
TAEDA_HD inline int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }

template <class T>
struct MaxBody {
  Memory out, in;
  int64_t* index;
  Extent to, from;
  PoolWindow window;
  TAEDA_HD int64_t start(int axis, int64_t position) const {
    const int64_t begin = position * window.stride[axis] - window.padding[axis];
    if (begin >= 0) return begin;
    return begin + ceil_divide(-begin, window.dilation[axis]) * window.dilation[axis];
  }
  TAEDA_HD int64_t stop(int axis, int64_t position, int64_t size) const {
    const int64_t begin = position * window.stride[axis] - window.padding[axis];
    return at_most(begin + (window.kernel[axis] - 1) * window.dilation[axis] + 1, size);
  }
  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, to.size()), place(at.rest, to.width);
    const int64_t plane = at.quotient * from.size(), oh = place.quotient, ow = place.rest;
    const Range rows{start(0, oh), stop(0, oh, from.height)};
    const Range columns{start(1, ow), stop(1, ow, from.width)};
    T best = -std::numeric_limits<T>::infinity();
    int64_t where = rows.empty() || columns.empty() ? -1 : rows.begin * from.width + columns.begin;
    for (int64_t row = rows.begin; row < rows.end; row += window.dilation[0]) {
      for (int64_t column = columns.begin; column < columns.end; column += window.dilation[1]) {
        const T value = in.load<T>(plane + row * from.width + column);
        if (value > best || value != value) {
          best = value;
          where = row * from.width + column;
        }
      }
    }
    out.store(item, best);
    if (index) index[item] = where;
  }
};

// The positions, of `count`, whose windows may cover row (column) `at`: no other does.
TAEDA_HD inline Range covering(const PoolWindow& window, int axis, int64_t at, int64_t count) {
  const int64_t shifted = at + window.padding[axis], stride = window.stride[axis];
  const int64_t reach = shifted - (window.kernel[axis] - 1) * window.dilation[axis];
  return {reach > 0 ? ceil_divide(reach, stride) : 0, at_most(shifted / stride + 1, count)};
}

// Windows may share their largest element.
template <class T>
struct MaxBackwardBody {
  Memory grad_in, grad_out;
  const int64_t* index;
  Extent in, out;
  PoolWindow window;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, in.size()), place(at.rest, in.width);
    const int64_t plane = at.quotient * out.size();
    const Range rows = covering(window, 0, place.quotient, out.height);
    const Range columns = covering(window, 1, place.rest, out.width);
    T sum = 0;
    for (int64_t oh = rows.begin; oh < rows.end; ++oh) {
      for (int64_t ow = columns.begin; ow < columns.end; ++ow) {
        const int64_t from = plane + oh * out.width + ow;
        if (index[from] == at.rest) sum += grad_out.load<T>(from);
      }
    }
    grad_in.store(item, sum);
  }
};

// The windows of all three means: the rows (columns) of a position, and how many a mean counts.
struct Windows {
  Extent out, in;
  PoolWindow window;
  bool adaptive, count_padding;
  int64_t divisor_override;

  TAEDA_HD Range range(int axis, int64_t position) const {
    const int64_t size = axis == 0 ? in.height : in.width;
    if (adaptive) {
      const int64_t count = axis == 0 ? out.height : out.width;
      return {position * size / count, ceil_divide((position + 1) * size, count)};
    }
    const int64_t begin = position * window.stride[axis] - window.padding[axis];
    return {at_least(begin, 0), at_most(begin + window.kernel[axis], size)};
  }
  TAEDA_HD int64_t counted(int axis, int64_t position) const {
    const Range inside = range(axis, position);
    if (adaptive || !count_padding) return inside.end - inside.begin;
    const int64_t size = axis == 0 ? in.height : in.width;
    const int64_t begin = position * window.stride[axis] - window.padding[axis];
    return at_most(begin + window.kernel[axis], size + window.padding[axis]) - begin;
  }
  TAEDA_HD int64_t divisor(int64_t oh, int64_t ow) const {
    return divisor_override ? divisor_override : counted(0, oh) * counted(1, ow);
  }
  TAEDA_HD Range covering(int axis, int64_t at) const {
    const int64_t size = axis == 0 ? in.height : in.width;
    const int64_t count = axis == 0 ? out.height : out.width;
    if (adaptive) return {at * count / size, at_most(ceil_divide((at + 1) * count, size), count)};
    return taeda::cuda::covering(window, axis, at, count);
  }
};

template <class T>
struct AverageBody {
  Memory to, from;
  Windows windows;
  TAEDA_HD void operator()(int64_t item) const {
    const Extent &out = windows.out, &in = windows.in;
    const Divided at(item, out.size()), place(at.rest, out.width);
    const int64_t plane = at.quotient * in.size(), oh = place.quotient, ow = place.rest;
    const Range rows = windows.range(0, oh), columns = windows.range(1, ow);
    T sum = 0;
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      for (int64_t column = columns.begin; column < columns.end; ++column) {
        sum += from.load<T>(plane + row * in.width + column);
      }
    }
    const bool nothing = rows.empty() || columns.empty();
    to.store(item, nothing ? T(0) : sum / static_cast<T>(windows.divisor(oh, ow)));
  }
};

template <class T>
struct AverageBackwardBody {
  Memory grad_in, grad_out;
  Windows windows;
  TAEDA_HD void operator()(int64_t item) const {
    const Extent &out = windows.out, &in = windows.in;
    const Divided at(item, in.size()), place(at.rest, in.width);
    const int64_t plane = at.quotient * out.size(), row = place.quotient, column = place.rest;
    const Range rows = windows.covering(0, row), columns = windows.covering(1, column);
    T sum = 0;
    for (int64_t oh = rows.begin; oh < rows.end; ++oh) {
      for (int64_t ow = columns.begin; ow < columns.end; ++ow) {
        sum +=
            grad_out.load<T>(plane + oh * out.width + ow) / static_cast<T>(windows.divisor(oh, ow));
      }
    }
    grad_in.store(item, sum);
  }
};

template <class T>
struct ResampleBody {
  Memory out, in;
  const int64_t* windows;
  const T* weights;
  int64_t outputs, inputs, columns, taps;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided line(item, columns), at(line.quotient, outputs);
    const int64_t begin = windows[2 * at.rest], end = windows[2 * at.rest + 1];
    const int64_t plane = at.quotient * inputs;
    T sum = 0;
    for (int64_t i = begin; i < end; ++i) {
      const T weight = weights[at.rest * taps + i - begin];
      const T value = in.load<T>((plane + i) * columns + line.rest);
      sum = i == begin ? weight * value : fma(weight, value, sum);
    }
    out.store(item, sum);
  }
};

void resample(const ResampleCall& call) {
  dispatch_float(call.in.dtype, [&]<class T>() {
    for_each(call.out.numel(),
             ResampleBody<T>{call.out, call.in, call.windows.as<const int64_t>(),
                             call.weights.as<const T>(), call.out.shape[1], call.in.shape[1],
                             call.in.shape[2], call.weights.shape[1]});
  });
}

void max_pool(const MaxPoolCall& call) {
  dispatch_float(call.in.dtype, [&]<class T>() {
    for_each(call.out.numel(),
             MaxBody<T>{call.out, call.in, call.index.data ? call.index.as<int64_t>() : nullptr,
                        Extent(call.out), Extent(call.in), call.window});
  });
}
void max_pool_backward(const MaxPoolBackwardCall& call) {
  dispatch_float(call.grad_in.dtype, [&]<class T>() {
    for_each(call.grad_in.numel(),
             MaxBackwardBody<T>{call.grad_in, call.grad_out, call.index.as<const int64_t>(),
                                Extent(call.grad_in), Extent(call.grad_out), call.window});
  });
}

template <class Call>
Windows windows_of(const Call& call, const Array& out, const Array& in) {
  return {Extent(out),          Extent(in), call.window, false, call.count_include_pad,
          call.divisor_override};
}
Windows adaptive_windows(const Array& out, const Array& in) {
  return {Extent(out), Extent(in), PoolWindow{}, true, false, 0};
}

void average(const Array& out, const Array& in, const Windows& windows) {
  dispatch_float(in.dtype,
                 [&]<class T>() { for_each(out.numel(), AverageBody<T>{out, in, windows}); });
}
void average_backward(const Array& grad_in, const Array& grad_out, const Windows& windows) {
  dispatch_float(grad_in.dtype, [&]<class T>() {
    for_each(grad_in.numel(), AverageBackwardBody<T>{grad_in, grad_out, windows});
  });
}

}  // namespace

PoolKernels pool_kernels() {
  return {
      .max_pool = max_pool,
      .max_pool_backward = max_pool_backward,
      .avg_pool =
          [](const AvgPoolCall& call) {
            average(call.out, call.in, windows_of(call, call.out, call.in));
          },
      .avg_pool_backward =
          [](const AvgPoolBackwardCall& call) {
            average_backward(call.grad_in, call.grad_out,
                             windows_of(call, call.grad_out, call.grad_in));
          },
      .adaptive_avg_pool =
          [](const AdaptiveAvgPoolCall& call) {
            average(call.out, call.in, adaptive_windows(call.out, call.in));
          },
      .adaptive_avg_pool_backward =
          [](const AdaptiveAvgPoolBackwardCall& call) {
            average_backward(call.grad_in, call.grad_out,
                             adaptive_windows(call.grad_out, call.grad_in));
          },
      .resample = resample,
  };
}

}  // namespace taeda::cuda
