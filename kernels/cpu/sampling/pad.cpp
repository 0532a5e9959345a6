// Images with what lies beyond their borders around them, and the gradient of it.
#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include "../copy_bytes.h"
#include "../row_math.h"
#include "../windows.h"
#include "sampling.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/lane_range.h"
#include "taeda/kernels/words.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kGrain = 16 * 1024;  // elements of a parallel task
constexpr int64_t kLong = 128 * 1024;  // elements for which a thread is woken

// One dimension: `size` points, of which `count` places from `first` on are made.
struct Edge {
  PadMode mode;
  int64_t first, size, count;
  int64_t begin, end;  // the places that lie inside

  Edge(PadMode mode, int64_t first, int64_t size, int64_t count)
      : mode(mode),
        first(first),
        size(size),
        count(count),
        begin(std::clamp<int64_t>(-first, 0, count)),
        end(std::clamp<int64_t>(size - first, begin, count)) {}

  int64_t point(int64_t place) const { return padded_place(mode, first + place, size); }

  struct Outside {
    int64_t place, point;
  };
  // The places outside that stand for a point: those in front, then those behind.
  std::vector<Outside> outside() const {
    std::vector<Outside> all;
    if (mode == PadMode::Constant) return all;
    for (int64_t i = 0; i < begin; ++i) all.push_back({i, point(i)});
    for (int64_t i = end; i < count; ++i) all.push_back({i, point(i)});
    return all;
  }
};

// The three dimensions of a call: planes, rows and columns.
template <class Call>
std::vector<Edge> edges_of(const Call& call, const Array& padded, const Array& image) {
  std::vector<Edge> edges;
  for (int d = 0; d < kPaddedDims; ++d) {
    edges.emplace_back(call.mode, call.first[d], image.shape[d + 1], padded.shape[d + 1]);
  }
  return edges;
}

// Calls body(image, begin, end) for ranges of the lines of images, `each` of them an image.
template <class Body>
void each_lines(int64_t images, int64_t each, int64_t columns, Body body) {
  const auto range = [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t image = begin / each, first = begin % each;
      const int64_t count = std::min(each - first, end - begin);
      body(image, first, first + count);
      begin += count;
    }
  };
  const int64_t lines = images * each;
  parallel_for(lines, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, columns)), range,
               loop_length(lines * columns, kLong));
}

// Copies what lies inside and surrounds it by a value. Short lines are stored by whole vectors,
// which may reach into the next ones.
template <class T>
class LineCopy {
  using V = std::conditional_t<sizeof(T) == 8, double, float>;  // moved, never computed with
  static constexpr int64_t kMostVectors = 8;

 public:
  LineCopy(const Edge& columns, T value) : columns_(columns), value_(value) {
    const int64_t vectors = ceil_div(columns.count, Vec<V>::size);
    if (sizeof(T) < 4 || vectors > kMostVectors) return;
    for (int64_t i = 0; i < vectors; ++i) {
      const int64_t first = i * Vec<V>::size;
      ranges_.emplace_back(columns.begin - first, columns.end - first);
    }
    if constexpr (sizeof(T) >= 4) rest_ = Vec<V>(std::bit_cast<V>(value));
  }

  // `room`: elements from `to` on that may be written.
  void operator()(const T* from, T* to, int64_t room) const {
    from += columns_.first;
    const int64_t stored = static_cast<int64_t>(ranges_.size()) * Vec<V>::size;
    if (stored == 0 || stored > room) return copy_exactly(from, to);
    const V* source = reinterpret_cast<const V*>(from);
    V* target = reinterpret_cast<V*>(to);
    for (const LaneRange<V>& range : ranges_) {
      range.load_over(rest_, source).store(target);
      source += Vec<V>::size;
      target += Vec<V>::size;
    }
  }

 private:
  void copy_exactly(const T* from, T* to) const {
    std::fill(to, to + columns_.begin, value_);
    std::fill(to + columns_.end, to + columns_.count, value_);
    copy_bytes(to + columns_.begin, from + columns_.begin,
               static_cast<size_t>(columns_.end - columns_.begin) * sizeof(T));
  }

  const Edge& columns_;
  T value_;
  Vec<V> rest_;
  std::vector<LaneRange<V>> ranges_;
};

template <class T>
void pad_by_lines(const PadCall& call, const std::vector<Edge>& edges) {
  const Edge &planes = edges[0], &rows = edges[1], &columns = edges[2];
  std::vector<int64_t> sources;  // of each line of an image, the line it is made of; -1: none
  for (int64_t i = 0; i < planes.count; ++i) {
    for (int64_t k = 0; k < rows.count; ++k) {
      const int64_t plane = planes.point(i), row = rows.point(k);
      sources.push_back(plane < 0 || row < 0 ? -1 : plane * rows.size + row);
    }
  }
  const T value = call.mode == PadMode::Constant ? *static_cast<const T*>(call.value) : T();
  const LineCopy<T> copy(columns, value);
  const std::vector<Edge::Outside> outside = columns.outside();
  const int64_t each = planes.count * rows.count, size = planes.size * rows.size * columns.size;
  const auto lines = [&](int64_t image, int64_t begin, int64_t end) {
    const T* in = call.in.as<const T>() + image * size;
    T* to = call.out.as<T>() + (image * each + begin) * columns.count;
    for (int64_t line = begin; line < end; ++line, to += columns.count) {
      if (sources[line] < 0) {
        std::fill_n(to, columns.count, value);
        continue;
      }
      const T* from = in + sources[line] * columns.size;
      copy(from, to, (end - line) * columns.count);
      for (const auto& [place, point] : outside) to[place] = from[point];
    }
  };
  each_lines(call.out.shape[0], each, columns.count, lines);
}

// Planes of short rows by vectors that run across them.
template <class T>
bool pad_by_windows(const PadCall& call, const std::vector<Edge>& edges) {
  constexpr int64_t longest = 96, most_places = 16 * 1024, fewest_planes = 8;
  const Edge &planes = edges[0], &rows = edges[1], &columns = edges[2];
  const bool keeps_planes = planes.first == 0 && planes.count == planes.size;
  const int64_t count = call.out.shape[0] * planes.count, each = rows.count * columns.count;
  if (call.mode == PadMode::Constant || !keeps_planes || columns.count > longest ||
      each > most_places || count < fewest_planes) {
    return false;
  }
  if constexpr (kHasWindows<T>) {
    std::vector<int64_t> offsets;
    for (int64_t row = 0; row < rows.count; ++row) {
      const int64_t first = rows.point(row) * columns.size;
      for (int64_t i = 0; i < columns.count; ++i) offsets.push_back(first + columns.point(i));
    }
    const Windows<T> windows(offsets.data(), each);
    if (!windows.pays()) return false;
    const auto range = [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane) {
        windows.take(call.out.as<T>() + plane * each,
                     call.in.as<const T>() + plane * rows.size * columns.size);
      }
    };
    parallel_for(count, std::max<int64_t>(1, kGrain / each), range,
                 loop_length(count * each, kLong));
    return true;
  }
  return false;
}

// The places of each point of a dimension, in order.
class PlacesOfPoints {
 public:
  explicit PlacesOfPoints(const Edge& edge) : starts_(edge.size + 1), places_(edge.count) {
    for (int64_t i = 0; i < edge.count; ++i) ++starts_[edge.point(i) + 1];
    for (int64_t point = 0; point < edge.size; ++point) starts_[point + 1] += starts_[point];
    std::vector<int64_t> next(starts_.begin(), starts_.end() - 1);
    for (int64_t i = 0; i < edge.count; ++i) places_[next[edge.point(i)]++] = i;
  }
  std::span<const int64_t> operator[](int64_t point) const {
    return {places_.data() + starts_[point], places_.data() + starts_[point + 1]};
  }

 private:
  std::vector<int64_t> starts_, places_;
};

// sum += a padded line, its columns brought back to their points.
template <class T>
void add_line(const Edge& columns, std::span<const Edge::Outside> outside, const T* line, T* sum) {
  for (const auto& [place, point] : outside) sum[point] += line[place];
  const T* inside = line + columns.begin;
  T* to = sum + columns.first + columns.begin;
  each_vector<T>(columns.end - columns.begin, [&](int64_t i, int64_t count) {
    store_some(load_some(to + i, count) + load_some(inside + i, count), to + i, count);
  });
}

template <class T>
void pad_backward_as(const PadBackwardCall& call) {
  const std::vector<Edge> edges = edges_of(call, call.grad_out, call.grad_in);
  const Edge &planes = edges[0], &rows = edges[1], &columns = edges[2];
  const std::vector<Edge::Outside> outside = columns.outside();
  const PlacesOfPoints of_planes(planes), of_rows(rows);
  const int64_t each = planes.size * rows.size;
  const auto body = [&](int64_t image, int64_t begin, int64_t end) {
    const Piecewise<T> sums(call.grad_in, columns.size), grads(call.grad_out, columns.count);
    for (int64_t plane = begin / rows.size, row = begin % rows.size, line = begin; line < end;
         ++line) {
      const int64_t first = (image * each + line) * columns.size;
      T* sum = sums.target(first);
      std::fill_n(sum, columns.size, T(0));
      for (int64_t from_plane : of_planes[plane]) {
        for (int64_t from_row : of_rows[row]) {
          const int64_t from = (image * planes.count + from_plane) * rows.count + from_row;
          add_line(columns, outside, grads.load(from * columns.count, columns.count), sum);
        }
      }
      sums.store(first, columns.size);
      if (++row == rows.size) ++plane, row = 0;
    }
  };
  each_lines(call.grad_in.shape[0], each, columns.size, body);
}

}  // namespace

void run_pad(const PadCall& call) {
  if (call.out.numel() == 0) return;
  dispatch_words(call.out.dtype, [&]<class T>() {
    const std::vector<Edge> edges = edges_of(call, call.out, call.in);
    if (!pad_by_windows<T>(call, edges)) pad_by_lines<T>(call, edges);
  });
}
void run_pad_backward(const PadBackwardCall& call) {
  if (call.grad_in.dtype == DType::Float64)
    pad_backward_as<double>(call);
  else
    pad_backward_as<float>(call);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
