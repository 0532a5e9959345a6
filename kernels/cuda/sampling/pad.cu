// Images with what lies beyond their borders around them: a thread does an element of the result;
// of the gradient it collects what its point gets from the places that it stands for.
#include "../device/divide.h"
#include "../device/element.h"
#include "../runtime/launch.h"
#include "sampling.h"
#include "taeda/kernels/words.h"

namespace taeda::cuda {
namespace {

// (P, A, B, C) and (P, a, b, c).
struct PaddedSizes {
  int64_t image[kPaddedDims], padded[kPaddedDims], first[kPaddedDims];
  PadMode mode;

  template <class Call>
  PaddedSizes(const Call& call, const Array& padded_array, const Array& image_array)
      : mode(call.mode) {
    for (int d = 0; d < kPaddedDims; ++d) {
      image[d] = image_array.shape[d + 1];
      padded[d] = padded_array.shape[d + 1];
      first[d] = call.first[d];
    }
  }
};

template <class T>
struct PadBody {
  T* out;
  const T* in;
  T value;
  PaddedSizes sizes;
  TAEDA_HD void operator()(int64_t item) const {
    int64_t rest = item, from = 0, pitch = 1;
    bool is_outside = false;
    for (int d = kPaddedDims - 1; d >= 0; --d) {
      const int64_t place = take(rest, sizes.padded[d]) + sizes.first[d];
      const int64_t point = padded_place(sizes.mode, place, sizes.image[d]);
      is_outside = is_outside || point < 0;
      from += point * pitch;
      pitch *= sizes.image[d];
    }
    out[item] = is_outside ? value : in[rest * pitch + from];
  }
};

template <class T>
struct PadBackwardBody {
  Memory grad_in, grad_out;
  PaddedSizes sizes;

  // visit(i) for the places along a dimension that stand for a point: it is one of them, and those
  // outside are within a size of it on either side.
  template <class Visit>
  TAEDA_HD void each_place(int d, int64_t point, Visit visit) const {
    const int64_t size = sizes.image[d], first = sizes.first[d];
    const auto look = [&](int64_t begin, int64_t end) {
      for (int64_t i = begin < 0 ? 0 : begin; i < end && i < sizes.padded[d]; ++i) {
        if (padded_place(sizes.mode, first + i, size) == point) visit(i);
      }
    };
    look(0, -first);
    look(point - first, point - first + 1);
    look(size - first, sizes.padded[d]);
  }

  TAEDA_HD void operator()(int64_t item) const {
    int64_t rest = item;
    const int64_t column = take(rest, sizes.image[2]), row = take(rest, sizes.image[1]);
    const int64_t plane = take(rest, sizes.image[0]);
    T sum = 0;
    each_place(0, plane, [&](int64_t a) {
      each_place(1, row, [&](int64_t b) {
        each_place(2, column, [&](int64_t c) {
          const int64_t line = (rest * sizes.padded[0] + a) * sizes.padded[1] + b;
          sum += grad_out.load<T>(line * sizes.padded[2] + c);
        });
      });
    });
    grad_in.store(item, sum);
  }
};

}  // namespace

void run_pad(const PadCall& call) {
  dispatch_words(call.out.dtype, [&]<class T>() {
    const T value = call.mode == PadMode::Constant ? *static_cast<const T*>(call.value) : T();
    for_each(call.out.numel(), PadBody<T>{call.out.as<T>(), call.in.as<const T>(), value,
                                          PaddedSizes(call, call.out, call.in)});
  });
}

void run_pad_backward(const PadBackwardCall& call) {
  dispatch_float(call.grad_in.dtype, [&]<class T>() {
    for_each(call.grad_in.numel(),
             PadBackwardBody<T>{call.grad_in, call.grad_out,
                                PaddedSizes(call, call.grad_out, call.grad_in)});
  });
}

}  // namespace taeda::cuda
