// Weighted sums of neighbours along one axis: what interpolation and its gradient are.
#include <vector>

#include "planes.h"
#include "taeda/kernels/error.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// The windows of a call. Where its axis is the last one, outputs are computed a vector at a time:
// what their windows meet is picked from one or two vectors of the input.
template <class T>
class Resampler {
  using I = typename MaskElement<T>::type;  // as wide as T: one vector holds as many
  static constexpr int kWidth = Vec<T>::size;

 public:
  explicit Resampler(const ResampleCall& call)
      : inputs_(call.in.shape[1]),
        outputs_(call.out.shape[1]),
        columns_(call.in.shape[2]),
        taps_(call.weights.shape[1]),
        windows_(call.windows.as<const int64_t>()),
        weights_(call.weights.as<const T>()) {
    for (int64_t o = 0; o < outputs_; ++o) {
      const int64_t begin = windows_[2 * o], end = windows_[2 * o + 1];
      if (begin < 0 || begin > end || end > inputs_ || end - begin > taps_) {
        fail<RuntimeError>("resample: the window from ", begin, " to ", end, " of output ", o,
                           " does not fit into ", inputs_, " inputs and ", taps_, " weights");
      }
    }
    if (columns_ == 1) plan_blocks();
  }

  // The sums of output o for all columns of a plane.
  void line(T* out, const T* plane, int64_t o) const {
    const int64_t begin = windows_[2 * o], count = windows_[2 * o + 1] - begin;
    const T *weights = weights_ + o * taps_, *first = plane + begin * columns_;
    if (count == 0) {
      std::fill_n(out, columns_, T(0));
      return;
    }
    each_vector<T>(columns_, [&](int64_t c, int64_t size) {
      Vec<T> sum = Vec<T>(weights[0]) * load_some(first + c, size);
      for (int64_t t = 1; t < count; ++t) {
        sum = fma(Vec<T>(weights[t]), load_some(first + t * columns_ + c, size), sum);
      }
      store_some(sum, out + c, size);
    });
  }

  void plane(T* out, const T* from) const {
    if (columns_ == 1) return rows(out, from, 1);
    for (int64_t o = 0; o < outputs_; ++o) line(out + o * columns_, from, o);
  }

  // Planes of one column, each a row: a block of outputs after another, what it needs in registers.
  void rows(T* out, const T* from, int64_t count) const {
    constexpr int64_t together = 16;
    for (int64_t row = 0; row < count; row += together) {
      const int64_t some = std::min(together, count - row);
      for (const Block& block : blocks_) {
        sums_of(block, out + row * outputs_ + block.first, from + row * inputs_ + block.base, some);
      }
    }
  }

 private:
  // As many outputs as what their windows meet, [base, base + reach), fits into two vectors.
  struct Block {
    int64_t first, size, base, reach, taps;
    size_t weights;  // where those of the first taps are
    Vec<I> begins, counts;
    bool is_even;  // all windows have as many taps
  };

  void plan_blocks() {
    for (int64_t first = 0; first < outputs_;) {
      Block block{first, 0, windows_[2 * first], 0, 0, turned_.size(), Vec<I>(0), Vec<I>(0), true};
      for (; block.size < kWidth && first < outputs_; ++first, ++block.size) {
        const int64_t begin = windows_[2 * first], end = windows_[2 * first + 1];
        const bool fits = begin >= block.base && end - block.base <= 2 * kWidth;
        if (block.size > 0 && !fits) break;
        block.reach = std::max(block.reach, end - block.base);
        block.taps = std::max(block.taps, end - begin);
        block.begins.v[block.size] = static_cast<I>(begin - block.base);
        block.counts.v[block.size] = static_cast<I>(end - begin);
      }
      for (int64_t i = 0; i < block.size; ++i) block.is_even &= block.counts.v[i] == block.taps;
      for (int64_t t = 0; t < block.taps; ++t) {
        Vec<T> weights(0);
        for (int64_t i = 0; i < block.size; ++i) {
          weights.v[i] = weights_[(block.first + i) * taps_ + t];
        }
        turned_.push_back(weights);
      }
      blocks_.push_back(block);
    }
  }

  // The sums of a block for some rows.
  void sums_of(const Block& block, T* out, const T* from, int64_t rows) const {
    if (block.reach > 2 * kWidth) {
      for (int64_t r = 0; r < rows; ++r) {
        line(out + r * outputs_, from + r * inputs_ - block.base, block.first);
      }
    } else if (!block.is_even) {
      add_taps<0>(block, out, from, rows);
    } else if (block.taps == 1) {
      add_taps<1>(block, out, from, rows);
    } else if (block.taps == 2) {
      add_taps<2>(block, out, from, rows);
    } else if (block.taps == 4) {
      add_taps<4>(block, out, from, rows);
    } else {
      add_taps<0>(block, out, from, rows);
    }
  }

  // kTaps of every window, or 0: as many as each has.
  template <int kTaps>
  void add_taps(const Block& block, T* out, const T* from, int64_t rows) const {
    constexpr int kept = std::max(kTaps, 1);
    const int64_t taps = kTaps > 0 ? kTaps : block.taps;
    const Vec<T>* all_weights = turned_.data() + block.weights;
    const bool is_wide = block.reach > kWidth;
    const FirstLanes<T> low_lanes(static_cast<int>(std::min<int64_t>(block.reach, kWidth)));
    const FirstLanes<T> high_lanes(static_cast<int>(is_wide ? block.reach - kWidth : 0));
    Vec<I> places[kept];
    Vec<T> weights[kept];
    for (int64_t t = 0; t < kTaps; ++t) {
      places[t] = block.begins + Vec<I>(static_cast<I>(t));
      weights[t] = all_weights[t];
    }
    for (int64_t r = 0; r < rows; ++r, from += inputs_, out += outputs_) {
      const Vec<T> low = low_lanes.load(from);
      const Vec<T> high = is_wide ? high_lanes.load(from + kWidth) : Vec<T>(0);
      const auto met = [&](Vec<I> at) {
        return Vec<T>(is_wide ? __builtin_shuffle(low.v, high.v, at.v)
                              : __builtin_shuffle(low.v, at.v));
      };
      Vec<T> sum(0);
      for (int64_t t = 0; t < taps; ++t) {
        if constexpr (kTaps > 0) {
          const Vec<T> values = met(places[t]);
          sum = t == 0 ? weights[t] * values : fma(weights[t], values, sum);
        } else {
          const Vec<I> step(static_cast<I>(t));
          const Vec<T> values = met(block.begins + step);
          const Vec<T> more = t == 0 ? all_weights[t] * values : fma(all_weights[t], values, sum);
          sum = select(Mask<T>{(step < block.counts).m}, more, sum);
        }
      }
      store_some(sum, out, block.size);
    }
  }

  int64_t inputs_, outputs_, columns_, taps_;
  const int64_t* windows_;
  const T* weights_;
  std::vector<Block> blocks_;
  std::vector<Vec<T>> turned_;  // the weights of each tap side by side, block by block
};

template <class T>
void resample(const ResampleCall& call) {
  const Resampler<T> resampler(call);
  const int64_t outputs = call.out.shape[1], inputs = call.in.shape[1], columns = call.in.shape[2];
  const bool is_direct = call.in.dtype == dtype_of<T>;
  if (columns == 1 && is_direct && call.out.shape[0] * outputs > 0) {
    const int64_t rows = call.out.shape[0], length = inputs + outputs;
    const auto some = [&](int64_t begin, int64_t end) {
      resampler.rows(call.out.as<T>() + begin * outputs, call.in.as<const T>() + begin * inputs,
                     end - begin);
    };
    return parallel_for(rows, std::max<int64_t>(1, kGrain / length), some,
                        loop_length(rows * length, kLong));
  }
  if (columns == 1 || !is_direct) {
    return each_plane<T>(call.out, call.in,
                         [&](T* out, const T* in, int64_t) { resampler.plane(out, in); });
  }
  const int64_t lines = call.out.shape[0] * outputs, each = columns * (call.weights.shape[1] + 1);
  const auto range = [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; ++line) {
      const T* plane = call.in.as<const T>() + line / outputs * inputs * columns;
      resampler.line(call.out.as<T>() + line * columns, plane, line % outputs);
    }
  };
  if (lines * columns > 0) {
    parallel_for(lines, std::max<int64_t>(1, kGrain / each), range,
                 loop_length(lines * each, kLong));
  }
}

}  // namespace

void run_resample(const ResampleCall& call) {
  if (call.in.dtype == DType::Float64)
    resample<double>(call);
  else
    resample<float>(call);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
