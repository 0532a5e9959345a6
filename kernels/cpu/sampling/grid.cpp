// Images sampled at the places of a grid, and the gradients of both.
#include "../families.h"
#include "places.h"
#include "sampling.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kGrain = 16 * 1024;  // taps of a parallel task
constexpr int64_t kLong = 64 * 1024;   // taps for which a thread is woken
// Channels that share what is found for a block of places; fewer, where few images have to keep
// all threads busy.
constexpr int64_t kChannels = 32, kFewestTasks = 8;

// The sizes of a call: `points` is what one plane of the images takes.
struct Extents {
  int64_t samples, channels, points, places;

  Extents(const Array& images, int64_t pitch, const Array& grid)
      : samples(images.shape[0]), channels(images.shape[1]), points(pitch), places(grid.shape[1]) {
    for (int d = 2; d < images.ndim() - 1; ++d) points *= images.shape[d];
  }
  int64_t blocks() const { return ceil_div(places, kPlaces); }
  // Channels of a task where all tasks are samples of `parts` parts each.
  int64_t group(int64_t parts) const {
    const int64_t tasks = std::max<int64_t>(1, samples * parts);
    return std::clamp<int64_t>(channels * tasks / kFewestTasks, 1, kChannels);
  }
};

// Calls body(task) for tasks of `taps` taps each.
template <class Body>
void each_task(int64_t tasks, int64_t taps, Body body) {
  const auto range = [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) body(task);
  };
  parallel_for(tasks, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, taps)), range,
               loop_length(tasks * taps, kLong));
}

// Images as T whose rows hold at least kTaps points: in place, or in memory of its own.
template <class T, int kTaps>
class Images {
 public:
  explicit Images(const Array& array)
      : array_(array),
        width_(array.shape[array.ndim() - 1]),
        pitch_(std::max<int64_t>(width_, kTaps)),
        is_direct_(array.dtype == dtype_of<T> && pitch_ == width_),
        memory_(is_direct_ ? 0 : rows() * pitch_) {}

  int64_t pitch() const { return pitch_; }
  T* data() { return is_direct_ ? array_.as<T>() : memory_.data(); }
  void read() {
    if (is_direct_) return;
    std::fill_n(memory_.data(), rows() * pitch_, T(0));
    const Convert load = converter(dtype_of<T>, array_.dtype);
    for (int64_t r = 0; r < rows(); ++r) load(memory_.data() + r * pitch_, 1, row(r), 1, width_);
  }
  void write() {
    if (is_direct_) return;
    const Convert store = converter(array_.dtype, dtype_of<T>);
    for (int64_t r = 0; r < rows(); ++r) store(row(r), 1, memory_.data() + r * pitch_, 1, width_);
  }

 private:
  int64_t rows() const { return width_ == 0 ? 0 : array_.numel() / width_; }
  char* row(int64_t r) const { return array_.as<char>() + r * width_ * size_of(array_.dtype); }

  const Array& array_;
  int64_t width_, pitch_;
  bool is_direct_;
  Scratch<T> memory_;
};

template <class T, int kTaps, int kDims>
void sample(const GridSampleCall& call) {
  Images<T, kTaps> in(call.in);
  Images<T, 1> out(call.out);
  const AsWide<T> grid(call.grid);
  const Extents e(call.in, in.pitch(), call.grid);
  in.read();
  const int64_t blocks = e.blocks(), group = e.group(blocks), groups = ceil_div(e.channels, group);
  each_task(e.samples * blocks * groups, group * kPlaces * kTaps, [&](int64_t task) {
    const int64_t n = task / (blocks * groups), block = task / groups % blocks;
    const int64_t first = block * kPlaces, count = std::min(kPlaces, e.places - first);
    Places<T, kTaps, kDims> places(call.in, in.pitch(), call.sampling, false);
    places.find(grid.data() + (n * e.places + first) * kDims, count);
    const int64_t begin = task % groups * group, end = std::min(begin + group, e.channels);
    for (int64_t c = n * e.channels + begin; c < n * e.channels + end; ++c) {
      places.each_vector([&](int64_t i, int64_t size) {
        Vec<T> sums[1];
        places.sums_at(i, in.data() + c * e.points, sums);
        store_some(sums[0], out.data() + c * e.places + first + i, size);
      });
    }
  });
  out.write();
}

template <class T, int kTaps, int kDims>
void scatter(const GridScatterCall& call) {
  Images<T, kTaps> out(call.out);
  const AsWide<T> values(call.values), grid(call.grid);
  const Extents e(call.out, out.pitch(), call.grid);
  const int64_t group = e.group(1), groups = ceil_div(e.channels, group);
  each_task(e.samples * groups, group * (e.places * kTaps + e.points), [&](int64_t task) {
    const int64_t n = task / groups, begin = task % groups * group;
    const int64_t end = std::min(begin + group, e.channels);
    std::fill_n(out.data() + (n * e.channels + begin) * e.points, (end - begin) * e.points, T(0));
    Places<T, kTaps, kDims> places(call.out, out.pitch(), call.sampling, false);
    for (int64_t first = 0; first < e.places; first += kPlaces) {
      places.find(grid.data() + (n * e.places + first) * kDims,
                  std::min(kPlaces, e.places - first));
      for (int64_t c = n * e.channels + begin; c < n * e.channels + end; ++c) {
        places.scatter(values.data() + c * e.places + first, out.data() + c * e.points);
      }
    }
  });
  out.write();
}

template <class T, int kTaps, int kDims>
void slope(const GridSlopeCall& call) {
  Images<T, kTaps> in(call.in);
  Images<T, 1> out(call.out);
  const AsWide<T> values(call.values), grid(call.grid);
  const Extents e(call.in, in.pitch(), call.grid);
  in.read();
  const int64_t blocks = e.blocks();
  each_task(e.samples * blocks, e.channels * kPlaces * kTaps, [&](int64_t task) {
    const int64_t n = task / blocks, first = task % blocks * kPlaces;
    Places<T, kTaps, kDims> places(call.in, in.pitch(), call.sampling, true);
    places.find(grid.data() + (n * e.places + first) * kDims, std::min(kPlaces, e.places - first));
    places.each_vector([&](int64_t i, int64_t size) {
      Vec<T> totals[kDims], slopes[kDims];
      for (Vec<T>& total : totals) total = Vec<T>(0);
      for (int64_t c = n * e.channels; c < (n + 1) * e.channels; ++c) {
        const Vec<T> value = load_some(values.data() + c * e.places + first + i, size);
        places.sums_at(i, in.data() + c * e.points, slopes);
        for (int d = 0; d < kDims; ++d) totals[d] = fma(value, slopes[d], totals[d]);
      }
      T* to = out.data() + (n * e.places + first + i) * kDims;
      for (int64_t lane = 0; lane < size; ++lane) {
        for (int d = 0; d < kDims; ++d) to[lane * kDims + d] = totals[d].v[lane];
      }
    });
  });
  out.write();
}

template <class Call, class Run>
void dispatch(const Call& call, Run run) {
  if (call.grid.dtype == DType::Float64)
    dispatch_sampling<double>(call.sampling.mode, call.grid.shape[2], run);
  else
    dispatch_sampling<float>(call.sampling.mode, call.grid.shape[2], run);
}

}  // namespace

SamplingKernels sampling_kernels() {
  return {
      .pad = run_pad,
      .pad_backward = run_pad_backward,
      .grid_sample =
          [](const GridSampleCall& call) {
            dispatch(call, [&]<class T, int kTaps, int kDims>() { sample<T, kTaps, kDims>(call); });
          },
      .grid_scatter =
          [](const GridScatterCall& call) {
            dispatch(call,
                     [&]<class T, int kTaps, int kDims>() { scatter<T, kTaps, kDims>(call); });
          },
      .grid_slope =
          [](const GridSlopeCall& call) {
            dispatch(call, [&]<class T, int kTaps, int kDims>() { slope<T, kTaps, kDims>(call); });
          },
  };
}

}  // namespace taeda::cpu::inline TAEDA_ISA
