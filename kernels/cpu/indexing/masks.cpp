// What is not zero: counts, positions, selected elements; and triangles of matrices.
#include <array>
#include <cstring>
#include <vector>

#include "../families.h"
#include "../rounding.h"
#include "../runs.h"
#include "indexing.h"
#include "taeda/kernels/simd/lanes.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kBlock = 32 * 1024;

int64_t count_true(const bool* flags, int64_t count) {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  int64_t sum = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    uint64_t eight;
    std::memcpy(&eight, flags + i, 8);
    sum += static_cast<int64_t>(eight * kOnes >> 56);  // the sum of the eight bytes
  }
  for (; i < count; ++i) sum += flags[i];
  return sum;
}

// Calls body(begin, count, flags) for the runs of a block.
template <class Body>
void each_flag_run(const RunOperand& mask, int64_t begin, int64_t end, Body body) {
  bool flags[kRunElements];
  for (int64_t at = begin; at < end; at += kRunElements) {
    const int64_t count = std::min(kRunElements, end - at);
    mask.load(at, count, flags);
    body(at, count, flags);
  }
}

// For each block the number of true elements before it, and at the end their number in all.
std::vector<int64_t> block_starts(const RunOperand& mask) {
  const int64_t blocks = ceil_div(mask.count(), kBlock);
  std::vector<int64_t> starts(static_cast<size_t>(blocks) + 1, 0);
  parallel_blocks(blocks, [&](int64_t block) {
    int64_t sum = 0;
    each_flag_run(
        mask, block * kBlock, std::min((block + 1) * kBlock, mask.count()),
        [&](int64_t, int64_t count, const bool* flags) { sum += count_true(flags, count); });
    starts[static_cast<size_t>(block) + 1] = sum;
  });
  for (size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
  return starts;
}

// Moves the elements whose flag is set to the front of `packed` and counts them. There are no
// branches on single flags, which nothing can predict.
template <class T>
int64_t compress(T* packed, const T* from, const bool* flags, int64_t count) {
  int64_t kept = 0, i = 0;
  if constexpr (sizeof(T) >= 4) {
    i = count / 16 * 16;
    kept = compress_vectors(packed, from, flags, i);
  }
  for (; i + 8 <= count; i += 8) {
    uint64_t eight;
    std::memcpy(&eight, flags + i, 8);
    if (eight == 0) continue;
    for (int j = 0; j < 8; ++j) {
      packed[kept] = from[i + j];
      kept += flags[i + j];
    }
  }
  for (; i < count; ++i) {
    packed[kept] = from[i];
    kept += flags[i];
  }
  return kept;
}

}  // namespace

int64_t count_nonzero(const Array& in) { return block_starts(RunOperand(in, DType::Bool)).back(); }

void masked_select(const Array& out, const Array& in, const Array& mask) {
  const RunOperand flags(mask, DType::Bool), elements(in, in.dtype);
  const std::vector<int64_t> starts = block_starts(flags);
  dispatch_words(in.dtype, [&]<class T>() {
    parallel_blocks(static_cast<int64_t>(starts.size()) - 1, [&](int64_t block) {
      T* to = out.as<T>() + starts[static_cast<size_t>(block)];
      alignas(64) T values[kRunElements], packed[kRunElements + kVectorBytes];
      each_flag_run(flags, block * kBlock, std::min((block + 1) * kBlock, flags.count()),
                    [&](int64_t begin, int64_t count, const bool* run) {
                      if (count_true(run, count) == 0) return;
                      elements.load(begin, count, values);
                      const int64_t kept = compress(packed, values, run, count);
                      to = std::copy_n(packed, kept, to);
                    });
    });
  });
}

void masked_put(const Array& out, const Array& mask, const Array& values) {
  const RunOperand flags(mask, DType::Bool), elements(out, out.dtype);
  const std::vector<int64_t> starts = block_starts(flags);
  const int64_t found = starts.back();
  if (found == 0) return;
  dispatch_words(out.dtype, [&]<class T>() {
    parallel_blocks(static_cast<int64_t>(starts.size()) - 1, [&](int64_t block) {
      const T* next = values.as<T>() + starts[static_cast<size_t>(block)];
      const T* const last = values.as<T>() + found - 1;
      alignas(64) T run_values[kRunElements];
      each_flag_run(
          flags, block * kBlock, std::min((block + 1) * kBlock, flags.count()),
          [&](int64_t begin, int64_t count, const bool* run) {
            if (count_true(run, count) == 0) return;
            elements.load(begin, count, run_values);
            for (int64_t i = 0; i < count; ++i) {
              const T chosen = static_cast<T>(-static_cast<T>(run[i]));  // all bits or none
              const T value = *std::min(next, last);
              run_values[i] = static_cast<T>((value & chosen) | (run_values[i] & ~chosen));
              next += run[i];
            }
            elements.store(begin, count, run_values);
          });
    });
  });
}

void nonzero(const Array& out, const Array& in) {
  const RunOperand flags(in, DType::Bool);
  const std::vector<int64_t> starts = block_starts(flags);
  const int ndim = in.ndim();
  if (ndim == 0) return;
  const int64_t columns = in.shape[static_cast<size_t>(ndim) - 1];
  const auto numbers = [] {
    std::array<int32_t, kRunElements> result;
    for (int32_t i = 0; i < kRunElements; ++i) result[static_cast<size_t>(i)] = i;
    return result;
  }();
  parallel_blocks(static_cast<int64_t>(starts.size()) - 1, [&](int64_t block) {
    int64_t* to = out.as<int64_t>() + starts[static_cast<size_t>(block)] * ndim;
    each_flag_run(flags, block * kBlock, std::min((block + 1) * kBlock, flags.count()),
                  [&](int64_t begin, int64_t count, const bool* run) {
                    int32_t found[kRunElements];
                    const int64_t kept = compress(found, numbers.data(), run, count);
                    if (ndim == 1) {
                      for (int64_t i = 0; i < kept; ++i) *to++ = begin + found[i];
                      return;
                    }
                    int64_t position[kMaxDims], row_begin = 0, row_end = -1;
                    for (int64_t i = 0; i < kept; ++i) {
                      const int64_t flat = begin + found[i];
                      if (flat >= row_end) {
                        int64_t rest = flat / columns;
                        row_begin = rest * columns;
                        row_end = row_begin + columns;
                        for (int d = ndim - 2; d >= 0; --d) {
                          position[d] = rest % in.shape[static_cast<size_t>(d)];
                          rest /= in.shape[static_cast<size_t>(d)];
                        }
                      }
                      position[ndim - 1] = flat - row_begin;
                      for (int d = 0; d < ndim; ++d) *to++ = position[d];
                    }
                  });
  });
}

void triangle(const TriangleCall& call) {
  const int ndim = call.out.ndim();
  const size_t matrix = static_cast<size_t>(ndim) - 2;
  const int64_t rows = call.out.shape[matrix], columns = call.out.shape[matrix + 1];
  const int64_t size = size_of(call.out.dtype);
  const Array outer[] = {
      {nullptr, call.out.dtype, call.out.shape.first(matrix + 1),
       call.out.strides.first(matrix + 1)},
      {nullptr, call.in.dtype, call.in.shape.first(matrix + 1), call.in.strides.first(matrix + 1)}};
  const Array* pointers[] = {&outer[0], &outer[1]};
  const Plan<2> plan{std::span<const Array* const, 2>(pointers), true};
  const int64_t out_step = call.out.strides[matrix + 1], in_step = call.in.strides[matrix + 1];
  const Convert copy = converter(call.out.dtype, call.in.dtype);
  const uint64_t zero = 0;
  if (columns == 0 || rows == 0) return;
  parallel_for(plan.count, std::max<int64_t>(1, kBlock / columns), [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; ++line) {
      const Cursor<2> cursor(plan, line);
      const int64_t edge = line % rows + call.diagonal;  // the column on the diagonal
      const int64_t first = call.lower ? 0 : std::clamp<int64_t>(edge, 0, columns);
      const int64_t last = call.lower ? std::clamp<int64_t>(edge + 1, 0, columns) : columns;
      char* to = call.out.as<char>() + cursor.offset(0) * size;
      const char* from = call.in.as<char>() + cursor.offset(1) * size;
      copy(to, out_step, &zero, 0, first);
      copy(to + first * out_step * size, out_step, from + first * in_step * size, in_step,
           last - first);
      copy(to + last * out_step * size, out_step, &zero, 0, columns - last);
    }
  });
}

IndexingKernels indexing_kernels() {
  return {.take = take_blocks,
          .put = put_blocks,
          .gather = gather,
          .scatter = scatter,
          .count_nonzero = count_nonzero,
          .nonzero = nonzero,
          .masked_select = masked_select,
          .masked_put = masked_put,
          .triangle = triangle};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
