#include "../families.h"
#include "lines.h"
#include "taeda/kernels/error.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// Every other element of 2 * count neighbours, and those between.
template <class T>
struct Pairs {
  Vec<T> even, odd;

  Pairs(const T* from, int64_t count) {
    constexpr int64_t width = Vec<T>::size;
    const Vec<T> low = load_some(from, std::min(2 * count, width));
    const Vec<T> high = 2 * count > width ? load_some(from + width, 2 * count - width) : Vec<T>(0);
    even = even_lanes(low, high);
    odd = odd_lanes(low, high);
  }
};

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
  const Vec<I> every_other = [] {
    Vec<I> numbers;
    for (int i = 0; i < Vec<I>::size; ++i) numbers.v[i] = 2 * i;
    return numbers;
  }();
  each_vector<T>(count, [&](int64_t i, int64_t size) {
    const Pairs<T> upper(top + 2 * i, size);
    Vec<T> best = upper.even;
    Vec<I> offset = 0;
    const auto meet = [&](Vec<T> other, int64_t at) {
      const Mask<T> wins = (other > best) | isnan(other);
      best = select(wins, other, best);
      offset = select(Mask<I>{wins.m}, Vec<I>(at), offset);
    };
    meet(upper.odd, 1);
    if constexpr (kRows == 2) {
      const Pairs<T> lower(top + width + 2 * i, size);
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

// Maxima and where they are, for windows of any size: the first of equal ones, the last NaN.
template <class T>
class PlacedMaxima {
  using I = typename MaskElement<T>::type;  // as wide as T: one vector holds as many

 public:
  PlacedMaxima(const PoolWindow& window, Extent out, Extent in)
      : w_(window),
        out_(out),
        in_(in),
        reader_(window, out, in),
        pitch_(reader_.length<T>()),
        lines_(kLinesTogether * pitch_),
        places_(kLinesTogether * pitch_),
        folded_(reader_.picks() ? pitch_ : 0),
        folded_places_(reader_.picks() ? pitch_ : 0) {
    std::fill_n(lines_.data(), kLinesTogether * pitch_, kLowest);
    std::fill_n(places_.data(), kLinesTogether * pitch_, kNowhere);
  }

  void plane(T* out, int64_t* index, const T* x) const {
    for (int64_t first = 0; first < out_.height; first += kLinesTogether) {
      const int64_t rows = std::min(kLinesTogether, out_.height - first);
      for (int64_t r = 0; r < rows; ++r) fold_rows(r, x, Inside::of(w_, 0, first + r, in_.height));
      for (int64_t r = 0; r < rows; ++r, out += out_.width, index += out_.width) {
        fold_columns(r, out, index);
      }
    }
  }

 private:
  static constexpr T kLowest = -std::numeric_limits<T>::infinity();
  static constexpr I kNowhere = std::numeric_limits<I>::max();  // behind all places

  void fold_rows(int64_t r, const T* x, Inside rows) const {
    T* line = lines_.data() + r * pitch_ + w_.padding[1];
    I* places = places_.data() + r * pitch_ + w_.padding[1];
    if (rows.begin >= rows.end) {
      std::fill_n(line, in_.width, kLowest);
      std::fill_n(places, in_.width, kNowhere);
      return;
    }
    each_vector<T>(in_.width, [&](int64_t c, int64_t count) {
      Vec<I> at = Vec<I>(static_cast<I>(rows.begin * in_.width + c)) + numbers_;
      Vec<T> best = load_some(x + rows.begin * in_.width + c, count);
      Vec<I> where = at;
      const Vec<I> step(static_cast<I>(w_.dilation[0] * in_.width));
      for (int64_t y = rows.begin + w_.dilation[0]; y < rows.end; y += w_.dilation[0]) {
        const Vec<T> values = load_some(x + y * in_.width + c, count);
        const Mask<T> wins = (values > best) | isnan(values);
        at = at + step;
        best = select(wins, values, best);
        where = select(Mask<I>{wins.m}, at, where);
      }
      store_some(best, line + c, count);
      store_some(where, places + c, count);
    });
  }

  struct Placed {
    Vec<T> best;
    Vec<I> where;
  };

  void fold_columns(int64_t r, T* out, int64_t* index) const {
    const T* line = lines_.data() + r * pitch_;
    const I* places = places_.data() + r * pitch_;
    const auto fold = [&](auto met) {
      Placed placed{met(line, 0), met(places, 0)};
      for (int64_t j = 1; j < reader_.steps(); ++j) {
        const Vec<T> values = met(line, j);
        const Vec<I> at = met(places, j);
        const Mask<T> is_before{(at < placed.where).m};
        const Mask<T> wins = (values > placed.best) | ((values == placed.best) & is_before) |
                             (isnan(values) & ((placed.best == placed.best) | !is_before));
        placed.best = select(wins, values, placed.best);
        placed.where = select(Mask<I>{wins.m}, at, placed.where);
      }
      return placed;
    };
    if (reader_.picks()) {
      reader_.each_place<T>([&](int64_t x, int64_t, auto met) {
        const Placed placed = fold(met);
        placed.best.store(folded_.data() + x);
        placed.where.store(folded_places_.data() + x);
      });
    }
    reader_.each<T>([&](int64_t o, int64_t count, auto met) {
      const Placed placed = reader_.picks()
                                ? Placed{met(folded_.data(), 0), met(folded_places_.data(), 0)}
                                : fold(met);
      const Vec<I> where = select(placed.where == Vec<I>(kNowhere), Vec<I>(-1), placed.where);
      store_some(placed.best, out + o, count);
      store_index(index + o, where, 0, count);
    });
  }

  const PoolWindow& w_;
  Extent out_, in_;
  LineReader reader_;
  int64_t pitch_;
  Scratch<T> lines_;
  Scratch<I> places_;  // of the elements of the lines
  Scratch<T> folded_;
  Scratch<I> folded_places_;
  Vec<I> numbers_ = [] {
    Vec<I> numbers;
    for (int i = 0; i < Vec<I>::size; ++i) numbers.v[i] = i;
    return numbers;
  }();
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
  const auto index_of = [&](int64_t plane) {
    return call.index.data ? call.index.as<int64_t>() + plane * out_extent.size() : nullptr;
  };
  each_range<T>(call.out, call.in, [&](auto each) {
    if (pairs) {
      return each([&](T* out, const T* x, int64_t plane) {
        int64_t* index = index_of(plane);
        for (int64_t oh = 0; oh < out_extent.height; ++oh) {
          const int64_t first = rows * oh * in.width, at = oh * out_extent.width;
          pool_row(out + at, index ? index + at : nullptr, x + first, in.width, out_extent.width,
                   first);
        }
      });
    }
    if (!call.index.data) {
      constexpr T lowest = -std::numeric_limits<T>::infinity();
      const WindowFolds<MaxFold, T> folds(call.window, out_extent, in, lowest);
      return each([&](T* out, const T* x, int64_t) {
        folds.plane(out, x, [](int64_t, int64_t, Vec<T> largest) { return largest; });
      });
    }
    const PlacedMaxima<T> maxima(call.window, out_extent, in);
    each([&](T* out, const T* x, int64_t plane) { maxima.plane(out, index_of(plane), x); });
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
