// Images sampled at the places of a grid. A thread does an element of the result; of the images'
// gradient some points of a plane, for which it looks through all places in their order.
#include "../device/divide.h"
#include "../device/element.h"
#include "../families.h"
#include "../runtime/allocator.h"
#include "../runtime/launch.h"
#include "sampling.h"
#include "taeda/kernels/ops/sampled_axis.h"

namespace taeda::cuda {
namespace {

// Of images (N, C, ...) and a grid (N, P, kDims).
template <class T, int kTaps, int kDims>
struct Places {
  using Axis = SampledAxis<T, kTaps>;
  Axis axes[kDims], steeper[kDims];
  int64_t sizes[kDims], points = 1, channels, count;
  Memory grid;

  Places(const Array& images, const Array& grid, const Sampling& sampling)
      : channels(images.shape[1]), count(grid.shape[1]), grid(grid) {
    for (int d = 0; d < kDims; ++d) {
      sizes[d] = images.shape[images.ndim() - 1 - d];
      points *= sizes[d];
      axes[d] = Axis(sizes[d], sampling, sampling.orders[d]);
      steeper[d] = Axis(sizes[d], sampling, sampling.orders[d] + 1);
    }
  }

  // A place as distances from the first points that it reads.
  struct Place {
    T first[kDims], fraction[kDims], sign[kDims];
    T zero = 0;  // or NaN where a coordinate is
  };
  TAEDA_HD Place at(int64_t n, int64_t p) const {
    Place place;
    for (int d = 0; d < kDims; ++d) {
      const T coordinate = grid.load<T>((n * count + p) * kDims + d);
      place.first[d] =
          axes[d].first_point(axes[d].place(coordinate, place.sign[d]), place.fraction[d]);
      place.zero += place.fraction[d] - place.fraction[d];
    }
    return place;
  }

  // visit(offset, weight) for what a place reads in a plane. `along`: the weights are of the
  // derivative along that dimension, or with -1 of the values.
  template <class Visit>
  TAEDA_HD void each_tap(const Place& place, int along, Visit visit) const {
    int taps = 1;
    for (int d = 0; d < kDims; ++d) taps *= kTaps;
    for (int i = 0; i < taps; ++i) {
      int64_t offset = 0, pitch = 1;
      T weight = 1;
      bool inside = true;
      for (int d = 0, rest = i; d < kDims; ++d, rest /= kTaps) {
        const int tap = rest % kTaps;
        const T point = axes[d].point(place.first[d] + static_cast<T>(tap));
        inside = inside && axes[d].is_inside(point);
        if (!inside) break;
        offset += static_cast<int64_t>(point) * pitch;
        pitch *= sizes[d];
        const Axis& axis = d == along ? steeper[d] : axes[d];
        weight *= axis.weight(tap, place.fraction[d], place.sign[d]);
      }
      if (inside) visit(offset, weight);
    }
  }
};

template <class T, int kTaps, int kDims>
struct SampleBody {
  Memory out, in;
  Places<T, kTaps, kDims> places;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, places.count);  // plane, place
    const auto place = places.at(at.quotient / places.channels, at.rest);
    T sum = place.zero;
    places.each_tap(place, -1, [&](int64_t offset, T weight) {
      sum = fma(weight, in.load<T>(at.quotient * places.points + offset), sum);
    });
    out.store(item, sum);
  }
};

template <class T, int kTaps, int kDims>
struct ScatterBody {
  T* out;
  Memory values;
  Places<T, kTaps, kDims> places;
  int64_t bands, band_points;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, bands);  // plane, band
    const int64_t begin = at.rest * band_points;
    const int64_t end = begin + band_points < places.points ? begin + band_points : places.points;
    T* plane = out + at.quotient * places.points;
    for (int64_t i = begin; i < end; ++i) plane[i] = 0;
    for (int64_t p = 0; p < places.count; ++p) {
      const auto place = places.at(at.quotient / places.channels, p);
      const T value = values.load<T>(at.quotient * places.count + p);
      places.each_tap(place, -1, [&](int64_t offset, T weight) {
        if (begin <= offset && offset < end) plane[offset] += weight * value;
      });
    }
  }
};

template <class T, int kTaps, int kDims>
struct SlopeBody {
  Memory out, values, in;
  Places<T, kTaps, kDims> places;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, places.count);  // sample, place
    const auto place = places.at(at.quotient, at.rest);
    for (int d = 0; d < kDims; ++d) {
      T sum = place.zero;
      for (int64_t c = 0; c < places.channels; ++c) {
        const int64_t plane = at.quotient * places.channels + c;
        T slope = 0;
        places.each_tap(place, d, [&](int64_t offset, T weight) {
          slope = fma(weight, in.load<T>(plane * places.points + offset), slope);
        });
        sum = fma(values.load<T>(plane * places.count + at.rest), slope, sum);
      }
      out.store(item * kDims + d, sum);
    }
  }
};

template <class Call, class Run>
void dispatch(const Call& call, Run run) {
  dispatch_float(call.grid.dtype, [&]<class T>() {
    dispatch_sampling<T>(call.sampling.mode, call.grid.shape[2], run);
  });
}

void grid_sample(const GridSampleCall& call) {
  dispatch(call, [&]<class T, int kTaps, int kDims>() {
    const Places<T, kTaps, kDims> places(call.in, call.grid, call.sampling);
    for_each(call.out.numel(), SampleBody<T, kTaps, kDims>{call.out, call.in, places});
  });
}

void grid_scatter(const GridScatterCall& call) {
  dispatch(call, [&]<class T, int kTaps, int kDims>() {
    const Places<T, kTaps, kDims> places(call.out, call.grid, call.sampling);
    const int64_t planes = call.out.shape[0] * call.out.shape[1];
    if (planes == 0) return;
    // Every band looks through all places: no more of them than keep the device busy.
    constexpr int64_t threads = 16 * 1024, fewest_points = 32;
    const int64_t bands = std::clamp<int64_t>(threads / planes, 1,
                                              (places.points + fewest_points - 1) / fewest_points);
    const int64_t band_points = (places.points + bands - 1) / bands;
    const bool is_direct = call.out.dtype == dtype_of<T>;
    const DeviceScratch<T> sums(is_direct ? 0 : planes * places.points);
    T* to = is_direct ? call.out.as<T>() : sums.data();
    for_each(planes * bands,
             ScatterBody<T, kTaps, kDims>{to, call.values, places, bands, band_points});
    if (is_direct) return;
    Array from = call.out;
    from.data = to;
    from.dtype = dtype_of<T>;
    copy_array(call.out, from);
  });
}

void grid_slope(const GridSlopeCall& call) {
  dispatch(call, [&]<class T, int kTaps, int kDims>() {
    const Places<T, kTaps, kDims> places(call.in, call.grid, call.sampling);
    for_each(call.grid.shape[0] * call.grid.shape[1],
             SlopeBody<T, kTaps, kDims>{call.out, call.values, call.in, places});
  });
}

}  // namespace

SamplingKernels sampling_kernels() {
  return {.pad = run_pad,
          .pad_backward = run_pad_backward,
          .grid_sample = grid_sample,
          .grid_scatter = grid_scatter,
          .grid_slope = grid_slope};
}

}  // namespace taeda::cuda
