#include "count.h"

#include "../device/starts.h"
#include "merge.h"

namespace taeda::cuda {
namespace {

// Whether a run begins at an element.
template <class T>
struct Begins {
  const T* in;
  TAEDA_HD bool operator[](int64_t i) const {
    if (i == 0) return true;
    using Math =
        std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;
    return static_cast<Math>(in[i]) != static_cast<Math>(in[i - 1]);
  }
};

template <class T>
struct RunsBody {
  Begins<T> begins;
  const int64_t* starts;
  int64_t count;
  T* values;
  int64_t* first;  // of each run; null: not wanted
  int64_t* inverse;
  const int64_t* order;
  TAEDA_HD void operator()(int64_t piece) const {
    int64_t run = starts[piece] - 1;
    for (int64_t i = piece * kPiece; i < piece_end(piece, count); ++i) {
      if (begins[i]) {
        ++run;
        values[run] = begins.in[i];
        if (first) first[run] = i;
      }
      if (inverse) inverse[order ? order[i] : i] = run;
    }
  }
};

struct LengthsBody {
  const int64_t* first;
  int64_t* lengths;
  int64_t runs, count;
  TAEDA_HD void operator()(int64_t run) const {
    lengths[run] = (run + 1 < runs ? first[run + 1] : count) - first[run];
  }
};

template <class T>
void runs_as(const RunsCall& call) {
  const int64_t count = call.in.numel(), found = call.values.numel();
  if (count == 0) return;
  const Begins<T> begins{call.in.as<const T>()};
  const Starts starts(begins, count);
  const bool lengths = call.counts.data != nullptr;
  const DeviceScratch<int64_t> first(lengths ? found : 0);
  for_each(starts.pieces(),
           RunsBody<T>{begins, starts.data(), count, call.values.as<T>(),
                       lengths ? first.data() : nullptr, call.inverse.as<int64_t>(),
                       call.order.as<const int64_t>()});
  if (lengths) for_each(found, LengthsBody{first.data(), call.counts.as<int64_t>(), found, count});
}

struct NumbersBody {
  Memory in;
  Walk<1> walk;
  int64_t *keys, *numbers;
  TAEDA_HD void operator()(int64_t i) const {
    keys[i] = in.load<int64_t>(walk.offset(i));
    numbers[i] = i;
  }
};

// How many of the sorted keys are `bin`: the distance of two binary searches.
struct BinBody {
  const int64_t* keys;
  int64_t count;
  int64_t* out;
  TAEDA_HD int64_t below(int64_t value) const {
    int64_t low = 0, high = count;
    while (low < high) {
      const int64_t probe = low + (high - low) / 2;
      if (keys[probe] < value)
        low = probe + 1;
      else
        high = probe;
    }
    return low;
  }
  TAEDA_HD void operator()(int64_t bin) const { out[bin] = below(bin + 1) - below(bin); }
};

}  // namespace

int64_t count_runs(const Array& in) {
  if (in.numel() == 0) return 0;
  return dispatch(
      in.dtype, [&]<class T>() { return Starts(Begins<T>{in.as<const T>()}, in.numel()).total(); });
}

void runs(const RunsCall& call) {
  dispatch(call.in.dtype, [&]<class T>() { runs_as<T>(call); });
}

void bin_count(const Array& out, const Array& in) {
  const Walk<1> walk = walk_of(in);
  Sorted<int64_t> sorted(1, walk.count);
  for_each(walk.count, NumbersBody{in, walk, sorted.keys(), sorted.numbers()});
  sorted.sort(false);
  for_each(out.numel(), BinBody{sorted.keys(), walk.count, out.as<int64_t>()});
}

}  // namespace taeda::cuda
