#include "matrix/dot.h"

#include <algorithm>

#include "convert.h"
#include "matrix/operands.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kBlock = int64_t{1} << 16;  // elements that one task sums up

// Sums of every 8 vectors' lanes, folded in halves at the end.
template <class T>
T sum_block(const Array& a, const Array& b, int64_t first, int64_t end) {
  constexpr int width = Vec<T>::size, sums_count = 8;
  constexpr int64_t chunk = 64 * width;
  const Convert load_a = converter(dtype_of<T>, a.dtype), load_b = converter(dtype_of<T>, b.dtype);
  alignas(64) T a_chunk[chunk], b_chunk[chunk];
  const auto values = [&](const Array& array, Convert load, int64_t start, int64_t length, T* to) {
    const char* from =
        static_cast<const char*>(array.data) + start * array.strides[0] * size_of(array.dtype);
    if (array.dtype == dtype_of<T> && array.strides[0] == 1) {
      return reinterpret_cast<const T*>(from);
    }
    load(to, 1, from, array.strides[0], length);
    return static_cast<const T*>(to);
  };
  Vec<T> sums[sums_count];
  for (Vec<T>& sum : sums) sum = Vec<T>(0);
  for (int64_t start = first; start < end; start += chunk) {
    const int64_t length = std::min(chunk, end - start);
    const T* x = values(a, load_a, start, length, a_chunk);
    const T* y = values(b, load_b, start, length, b_chunk);
    int64_t i = 0;
    for (; i + sums_count * width <= length; i += sums_count * width) {
#pragma GCC unroll 8
      for (int s = 0; s < sums_count; ++s) {
        sums[s] = fma(Vec<T>::load(x + i + s * width), Vec<T>::load(y + i + s * width), sums[s]);
      }
    }
    for (int s = 0; i < length; i += width, ++s) {
      const FirstLanes<T> lanes(static_cast<int>(std::min<int64_t>(width, length - i)));
      sums[s] = fma(lanes.load(x + i), lanes.load(y + i), sums[s]);
    }
  }
  for (int half = sums_count / 2; half > 0; half /= 2) {
    for (int s = 0; s < half; ++s) sums[s] += sums[s + half];
  }
  T lanes[width];
  sums[0].store(lanes);
  for (int half = width / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

}  // namespace

template <class T>
void multiply_vectors(const Array& out, const Array& a, const Array& b) {
  const int64_t count = a.shape[0], blocks = std::max<int64_t>(1, ceil_div(count, kBlock));
  SmallScratch<T, 64> scratch(blocks);
  T* sums = scratch.data();
  parallel_blocks(blocks, [&](int64_t block) {
    sums[block] = sum_block<T>(a, b, block * kBlock, std::min(count, (block + 1) * kBlock));
  });
  for (int64_t step = 1; step < blocks; step *= 2) {
    for (int64_t i = 0; i + step < blocks; i += 2 * step) sums[i] += sums[i + step];
  }
  converter(out.dtype, dtype_of<T>)(out.data, 1, sums, 1, 1);
}

template void multiply_vectors<float>(const Array&, const Array&, const Array&);
template void multiply_vectors<double>(const Array&, const Array&, const Array&);

}  // namespace taeda::cpu::inline TAEDA_ISA
