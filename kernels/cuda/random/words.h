// The random words of one element: the same as the CPU draws.
#pragma once

#include "../runtime/graphs.h"
#include "taeda/kernels/philox.h"

namespace taeda::cuda {

template <class T>
using Word = std::conditional_t<std::is_same_v<T, double>, uint64_t, uint32_t>;

// A stream as kernels hold it: in a recorded graph, every launch draws anew.
class Draws {
 public:
  Draws() = default;
  Draws(RandomStream stream) : stream_(stream), recorded_(recorded_random()) {}  // NOLINT
  TAEDA_HD RandomStream stream() const {
    return recorded_ ? RandomStream{recorded_[0], stream_.offset + recorded_[1]} : stream_;
  }

 private:
  RandomStream stream_;
  const uint64_t* recorded_ = nullptr;  // the seed of this launch, the shift of its offsets
};

// 32 bits of element i: word i mod 4 of counter i / 4. 64 bits: the words 2i and 2i + 1.
template <class W>
TAEDA_HD inline W random_word(const Draws& draws, int64_t i) {
  const RandomStream stream = draws.stream();
  const auto position = static_cast<uint64_t>(i);
  if constexpr (sizeof(W) == 4) {
    return philox_words(stream, position / 4).word[position % 4];
  } else {
    const PhiloxWords words = philox_words(stream, position / 2);
    const int first = position % 2 == 0 ? 0 : 2;
    return uint64_t{words.word[first + 1]} << 32 | words.word[first];
  }
}

// k * 2^-digits, k of `digits` random bits: in [0, 1).
template <class T>
TAEDA_HD inline T fraction(Word<T> word, int digits, T scale) {
  constexpr int kBits = sizeof(Word<T>) * 8;
  return static_cast<T>(static_cast<std::make_signed_t<Word<T>>>(word >> (kBits - digits))) * scale;
}
// (k + 1/2) * 2^-(digits - 1): in the open interval (0, 1).
template <class T>
TAEDA_HD inline T open_fraction(Word<T> word) {
  constexpr int kBits = sizeof(Word<T>) * 8, kDigits = sizeof(T) == 4 ? 23 : 52;
  constexpr T scale = sizeof(T) == 4 ? T(0x1p-23) : T(0x1p-52);
  return (static_cast<T>(static_cast<std::make_signed_t<Word<T>>>(word >> (kBits - kDigits))) +
          T(0.5)) *
         scale;
}

}  // namespace taeda::cuda
