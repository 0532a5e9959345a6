// Mirrored, spread and other elements that lie close together, taken by vectors.
#pragma once

#include <algorithm>
#include <vector>

#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Where an instruction picks lanes of two vectors, and they are worth it.
template <class Word>
inline constexpr bool kHasWindows = sizeof(Word) >= 4 && (kIs256 || kIs512);

// A list of offsets as steps: whole vectors of neighbours, then up to a vector whose lanes are
// picked from two vectors of memory. The few elements that lie in neither follow one by one.
// Planned once for a list that is read from many places. `Word` has 4 or 8 bytes.
template <class Word>
class Windows {
  using T = std::conditional_t<sizeof(Word) == 4, float, double>;  // moved, never computed with
  using I = typename MaskElement<T>::type;
  static constexpr int kWidth = Vec<T>::size;
  static constexpr int64_t kFewestPerRest = 16;  // elements for each that follows by itself

 public:
  // The offsets stay where they are.
  Windows(const int64_t* offsets, int64_t count) : offsets_(offsets), count_(count) {
    const auto [first, last] = std::minmax_element(offsets, offsets + count);
    pays_ = *last - *first >= kWidth && count >= kWidth;
    std::vector<int64_t> neighbours(pays_ ? count : 0, 1);  // from each position on
    for (int64_t i = static_cast<int64_t>(neighbours.size()) - 2; i >= 0; --i) {
      if (offsets[i] + 1 == offsets[i + 1]) neighbours[i] = neighbours[i + 1] + 1;
    }
    for (int64_t i = 0; pays_ && i < count; i += steps_.back().picked) {
      const int64_t vectors = neighbours[i] / kWidth;
      i += vectors * kWidth;
      int64_t picked = 0;
      while (i + picked < count && picked < kWidth && neighbours[i + picked] < 2 * kWidth) ++picked;
      steps_.push_back({offsets[i - vectors * kWidth], vectors, picked});
      if (picked > 0) plan(steps_.back(), i, *last + 1 - kWidth);
      pays_ = static_cast<int64_t>(rest_.size()) <= count / kFewestPerRest;
    }
  }

  // Otherwise too many lie far apart.
  bool pays() const { return pays_; }

  // to[i] = from[offsets[i]].
  void take(Word* to_words, const Word* from_words) const {
    T* to = reinterpret_cast<T*>(to_words);
    const T* from = reinterpret_cast<const T*>(from_words);
    T* const end = to + count_;
    for (const Step& step : steps_) {
      const T* neighbours = from + step.from;
      for (int64_t v = 0; v < step.vectors; ++v, to += kWidth, neighbours += kWidth) {
        Vec<T>::load(neighbours).store(to);
      }
      if (step.picked == 0) continue;
      const Vec<T> low = Vec<T>::load(from + step.low), high = Vec<T>::load(from + step.high);
      const Vec<T> values(__builtin_shuffle(low.v, high.v, step.lanes.v));
      // What lies beyond those that are picked is written by the next step.
      if (end - to >= kWidth)
        values.store(to);
      else
        store_some(values, to, end - to);
      to += step.picked;
    }
    for (int64_t i : rest_) to[i - count_] = from[offsets_[i]];
  }

 private:
  struct Step {
    int64_t from, vectors, picked;
    int64_t low = 0, high = 0;  // the vectors of memory that the lanes are picked from
    Vec<I> lanes = 0;           // in the two, one after the other
  };

  // What the step picks at position i; no vector of memory may begin after `last`.
  void plan(Step& step, int64_t i, int64_t last) {
    const int64_t *begin = offsets_ + i, *end = begin + step.picked;
    step.low = std::min(*std::min_element(begin, end), last);
    step.high = last;
    for (const int64_t* at = begin; at < end; ++at) {
      if (*at >= step.low + kWidth) step.high = std::min(step.high, *at);
    }
    for (int64_t k = 0; k < step.picked; ++k) {
      const int64_t in_low = begin[k] - step.low, in_high = begin[k] - step.high;
      if (in_low < kWidth)
        step.lanes.v[k] = static_cast<I>(in_low);
      else if (in_high < kWidth)
        step.lanes.v[k] = static_cast<I>(kWidth + in_high);
      else
        rest_.push_back(i + k);
    }
  }

  const int64_t* offsets_;
  int64_t count_;
  bool pays_;
  std::vector<Step> steps_;
  std::vector<int64_t> rest_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
