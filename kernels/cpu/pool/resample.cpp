// Weighted sums of neighbours along one axis: what interpolation and its gradient are.
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
    each_vector<T>(columns_, [&](int64_t c, int64_t size) {
      Vec<T> sum(0);
      for (int64_t t = 0; t < count; ++t) {
        sum = fma(Vec<T>(weights[t]), load_some(first + t * columns_ + c, size), sum);
      }
      store_some(sum, out + c, size);
    });
  }

  void plane(T* out, const T* from) const {
    if (columns_ > 1) {
      for (int64_t o = 0; o < outputs_; ++o) line(out + o * columns_, from, o);
      return;
    }
    for (const Block& block : blocks_) sums_of(block, out, from);
  }

 private:
  // As many outputs as what their windows meet, [base, base + reach), fits into two vectors.
  struct Block {
    int64_t first, size, base, reach, taps;
    size_t weights;  // where those of the first taps are
    Vec<I> begins, counts;
  };

  void plan_blocks() {
    for (int64_t first = 0; first < outputs_;) {
      Block block{first, 0, windows_[2 * first], 0, 0, turned_.size(), Vec<I>(0), Vec<I>(0)};
      for (; block.size < kWidth && first < outputs_; ++first, ++block.size) {
        const int64_t begin = windows_[2 * first], end = windows_[2 * first + 1];
        const bool fits = begin >= block.base && end - block.base <= 2 * kWidth;
        if (block.size > 0 && !fits) break;
        block.reach = std::max(block.reach, end - block.base);
        block.taps = std::max(block.taps, end - begin);
        block.begins.v[block.size] = static_cast<I>(begin - block.base);
        block.counts.v[block.size] = static_cast<I>(end - begin);
      }
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

  void sums_of(const Block& block, T* out, const T* from) const {
    if (block.reach > 2 * kWidth) return line(out + block.first, from, block.first);
    const T* base = from + block.base;
    const Vec<T> low = load_some(base, std::min<int64_t>(kWidth, block.reach));
    const auto add = [&](auto pick) {
      const Vec<T>* weights = turned_.data() + block.weights;
      Vec<T> sum(0);
      for (int64_t t = 0; t < block.taps; ++t) {
        const Vec<T> values = pick(block.begins + Vec<I>(t));
        const Mask<I> has{Vec<I>(t) < block.counts};
        sum = select(Mask<T>{has.m}, fma(weights[t], values, sum), sum);
      }
      store_some(sum, out + block.first, block.size);
    };
    if (block.reach <= kWidth) {
      add([&](Vec<I> at) { return Vec<T>(__builtin_shuffle(low.v, at.v)); });
    } else {
      const Vec<T> high = load_some(base + kWidth, block.reach - kWidth);
      add([&](Vec<I> at) { return Vec<T>(__builtin_shuffle(low.v, high.v, at.v)); });
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
  if (columns == 1 || call.in.dtype != dtype_of<T>) {
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
