// The order of every reduction: element k of a block belongs to lane k % kLanes, a lane combines
// its elements in order, lanes combine in a tree of halves, and so do blocks. The width of the
// vectors plays no part in it.
#pragma once

#include <algorithm>
#include <bit>
#include <limits>

#include "rounding.h"
#include "taeda/kernels/simd/halves.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int kLanes = 32;
inline constexpr int64_t kBlock = 2048;  // elements; a block of doubles is half of L1

template <class T>
constexpr int64_t block_count(T elements) {
  return elements <= kBlock ? 1 : ceil_div(elements, kBlock);
}

// The tree of the first `live` lanes: combine(half, pairs) for each level, where lane j < pairs
// meets lane j + half.
template <class Combine>
inline void each_level(int live, Combine combine) {
  for (int half = static_cast<int>(std::bit_ceil(static_cast<unsigned>(live))) / 2; half > 0;
       half /= 2) {
    combine(half, live - half);
    live = half;
  }
}

// Combines the first `live` of the lanes into lane 0. Lanes that saw no element are left out, which
// is what combining with the neutral element gives too.
template <class Op, class T>
inline T combine_lanes(T* lanes, int live) {
  constexpr int width = Vec<T>::size;
  each_level(live, [&](int half, int pairs) {
    int j = 0;
    for (; j + width <= pairs; j += width) {
      Op::combine(Vec<T>::load(lanes + j), Vec<T>::load(lanes + j + half)).store(lanes + j);
    }
    for (; j < pairs; ++j) lanes[j] = Op::combine(lanes[j], lanes[j + half]);
  });
  return lanes[0];
}

// Lanes from kHalf on meet those below; what else comes along is not used.
template <int kHalf, class Op, class T>
inline T combine_halves(Vec<T> lanes) {
  if constexpr (kHalf == 0) {
    return lanes[0];
  } else {
    const auto upper = [&]<int... Lane>(std::integer_sequence<int, Lane...>) {
      constexpr typename Vec<T>::NativeMask order = {(Lane % kHalf + kHalf)...};
      return Vec<T>(__builtin_shuffle(lanes.v, order));
    }(std::make_integer_sequence<int, Vec<T>::size>{});
    return combine_halves<kHalf / 2, Op, T>(Op::combine(lanes, upper));
  }
}

// The same tree over all lanes, in registers.
template <class Op, class T>
inline T combine_all_lanes(Vec<T> (&sums)[kLanes / Vec<T>::size]) {
  for (int half = kLanes / Vec<T>::size / 2; half > 0; half /= 2) {
    for (int v = 0; v < half; ++v) sums[v] = Op::combine(sums[v], sums[v + half]);
  }
  return combine_halves<Vec<T>::size / 2, Op, T>(sums[0]);
}

// Folds kRows blocks of 1 to kBlock elements each, side by side: a single one waits for its own
// sums. `at(row, i)` gives the vector of the mapped elements from i on, `one(row, i)` a single one.
template <int kRows, class Op, class T, class At, class One>
inline void fold_block_rows(int64_t count, At at, One one, T* results) {
  constexpr int width = Vec<T>::size;
  constexpr int vectors = kLanes / width;
  alignas(64) T lanes[kLanes] = {};
  if (count < kLanes) {
    for (int row = 0; row < kRows; ++row) {
      for (int j = 0; j < count; ++j) lanes[j] = one(row, j);
      results[row] = combine_lanes<Op, T>(lanes, static_cast<int>(count));
    }
    return;
  }
  Vec<T> sums[kRows][vectors];
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < vectors; ++v) sums[row][v] = at(row, v * width);
  }
  int64_t i = kLanes;
  for (; i + kLanes <= count; i += kLanes) {
    for (int row = 0; row < kRows; ++row) {
      for (int v = 0; v < vectors; ++v) {
        sums[row][v] = Op::combine(sums[row][v], at(row, i + v * width));
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    if (i < count) {
      for (int v = 0; v < vectors; ++v) sums[row][v].store(lanes + v * width);
      for (int j = 0; i + j < count; ++j) lanes[j] = Op::combine(lanes[j], one(row, i + j));
      for (int v = 0; v < vectors; ++v) sums[row][v] = Vec<T>::load(lanes + v * width);
    }
    results[row] = combine_all_lanes<Op, T>(sums[row]);
  }
}

// One block; `at(i)` and `one(i)` as above.
template <class Op, class T, class At, class One>
inline T fold_block(int64_t count, At at, One one) {
  T result;
  fold_block_rows<1, Op, T>(
      count, [&](int, int64_t i) { return at(i); }, [&](int, int64_t i) { return one(i); },
      &result);
  return result;
}

// A run of contiguous elements. The elements of a block may lie in several.
struct Piece {
  const void* elements;
  int64_t count;
};

// Reads pieces as one sequence.
template <class T>
class PieceReader {
 public:
  explicit PieceReader(const Piece* piece) : piece_(piece) { open(); }

  int64_t left_in_piece() const { return left_; }
  // The next `count` elements in place: no more than are left in the piece.
  const T* skip(int64_t count) {
    const T* from = at_;
    at_ += count;
    left_ -= count;
    return from;
  }
  void copy(T* to, int64_t count) {
    while (count > 0) {
      if (left_ == 0) ++piece_, open();
      const int64_t part = std::min(count, left_);
      std::copy_n(skip(part), part, to);
      to += part;
      count -= part;
    }
  }

 private:
  void open() {
    at_ = static_cast<const T*>(piece_->elements);
    left_ = piece_->count;
  }

  const Piece* piece_;
  const T* at_;
  int64_t left_;
};

// fold_block of `count` elements in pieces: a group of lanes that runs over the end of a piece is
// brought together first. `map` serves vectors and single elements, of which memory holds `Stored`.
template <class Op, class T, class Stored, class Map>
inline T fold_pieces(const Piece* pieces, int64_t count, Map map) {
  constexpr int width = Vec<T>::size;
  constexpr int vectors = kLanes / width;
  // Asked for a block ahead: at its end sums wait for one another, and a processor that looks no
  // further than that would leave memory idle.
  const auto fold_in_place = [&](const Stored* x, int64_t size) {
    return fold_block<Op, T>(
        size,
        [&](int64_t i) {
          __builtin_prefetch(x + i + kBlock);
          return map(load_lanes(x + i));
        },
        [&](int64_t i) { return map(T(x[i])); });
  };
  if (pieces->count >= count)
    return fold_in_place(static_cast<const Stored*>(pieces->elements), count);
  PieceReader<Stored> reader(pieces);
  alignas(64) Stored group[kLanes];
  if (count <= kLanes) {
    reader.copy(group, count);
    return fold_in_place(group, count);
  }
  Vec<T> sums[vectors];
  reader.copy(group, kLanes);
  for (int v = 0; v < vectors; ++v) sums[v] = map(load_lanes(group + v * width));
  int64_t left = count - kLanes;
  while (left >= kLanes) {
    const int64_t whole = std::min(left, reader.left_in_piece()) / kLanes * kLanes;
    const Stored* x = group;
    if (whole > 0)
      x = reader.skip(whole);
    else
      reader.copy(group, kLanes);
    const int64_t size = std::max<int64_t>(whole, kLanes);
    for (int64_t i = 0; i < size; i += kLanes) {
      for (int v = 0; v < vectors; ++v)
        sums[v] = Op::combine(sums[v], map(load_lanes(x + i + v * width)));
    }
    left -= size;
  }
  if (left > 0) {
    alignas(64) T lanes[kLanes];
    reader.copy(group, left);
    for (int v = 0; v < vectors; ++v) sums[v].store(lanes + v * width);
    for (int64_t j = 0; j < left; ++j) lanes[j] = Op::combine(lanes[j], map(T(group[j])));
    for (int v = 0; v < vectors; ++v) sums[v] = Vec<T>::load(lanes + v * width);
  }
  return combine_all_lanes<Op, T>(sums);
}

// Combines blocks 0 .. count-1 of `width` elements each, in place, into block 0.
template <class Combine>
inline void combine_blocks(int64_t count, Combine combine) {
  for (int64_t step = 1; step < count; step *= 2) {
    for (int64_t i = 0; i + step < count; i += 2 * step) combine(i, i + step);
  }
}

struct Plus {
  template <class V>
  static V combine(V a, V b) {
    return a + b;
  }
};

// Folds any number of elements: block(begin, size) gives the value of a block. Blocks combine like
// a binary counter, which is the tree of combine_blocks without its memory.
template <class Op, class T, class Block>
inline T fold_blocks(int64_t count, Block block) {
  if (count <= kBlock) return block(int64_t{0}, count);
  T pending[64];
  int levels = 0;
  int64_t done = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock, ++done) {
    T value = block(begin, count - begin < kBlock ? count - begin : kBlock);
    for (int64_t bits = done; bits & 1; bits >>= 1) value = Op::combine(pending[--levels], value);
    pending[levels++] = value;
  }
  T value = pending[--levels];
  while (levels > 0) value = Op::combine(pending[--levels], value);
  return value;
}

// Folds any number of elements, as fold_block does one block.
template <class Op, class T, class At, class One>
inline T fold_all(int64_t count, At at, One one) {
  return fold_blocks<Op, T>(count, [&](int64_t begin, int64_t size) {
    return fold_block<Op, T>(
        size, [&](int64_t i) { return at(begin + i); }, [&](int64_t i) { return one(begin + i); });
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
