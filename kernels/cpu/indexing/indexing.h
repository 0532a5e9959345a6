// The kernels of the indexing family, and what they share.
#pragma once

#include "taeda/kernels/ops/indexing.h"
#include "taeda/kernels/simd/vec.h"
#include "taeda/kernels/words.h"

namespace taeda::cpu::inline TAEDA_ISA {

void take_blocks(const IndexedBlocks& blocks);
void put_blocks(const IndexedBlocks& blocks, bool accumulate);
void gather(const GatherCall& call);
void scatter(const GatherCall& call);
int64_t count_nonzero(const Array& in);
void nonzero(const Array& out, const Array& in);
void masked_select(const Array& out, const Array& in, const Array& mask);
void masked_put(const Array& out, const Array& mask, const Array& values);
void triangle(const TriangleCall& call);

// target = op(target, value), as a loop over T sees it.
template <ScatterOp kOp, class T>
inline void combine_into(T& target, T value) {
  using Math = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;
  const Math a = static_cast<Math>(target), b = static_cast<Math>(value);
  if constexpr (kOp == ScatterOp::Assign)
    target = value;
  else if constexpr (kOp == ScatterOp::Add)
    target = static_cast<T>(static_cast<Math>(a + b));
  else if constexpr (kOp == ScatterOp::Multiply)
    target = static_cast<T>(static_cast<Math>(a * b));
  else if constexpr (kOp == ScatterOp::Maximum)
    target = b > a || b != b ? value : target;
  else
    target = b < a || b != b ? value : target;
}

[[noreturn]] void fail_index(const char* operation, int64_t index, int64_t dim, int64_t size);

// Throws IndexError for the first of the indices that is out of range.
void check_indices(const char* operation, const int64_t* indices, int64_t stride, int64_t count,
                   int64_t dim, int64_t size);

// offsets[i] = (the index counted from the front) * step + i * across. IndexError where one is out
// of range.
inline void offsets_of(const char* operation, const int64_t* indices, int64_t stride, int64_t count,
                       int64_t dim, int64_t size, int64_t step, int64_t across, int64_t* offsets) {
  const auto compute = [=](int64_t index_stride) {
    int64_t found = 0;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t index = indices[i * index_stride];
      found |= (index + size) | (size - 1 - index);  // negative where it is out of range
      offsets[i] = (index + (index < 0 ? size : 0)) * step + i * across;
    }
    return found;
  };
  const int64_t found = stride == 1 ? compute(1) : compute(stride);
  if (found < 0) check_indices(operation, indices, stride, count, dim, size);
}

}  // namespace taeda::cpu::inline TAEDA_ISA
