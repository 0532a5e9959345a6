// The kernels of the indexing family, and what they share.
#pragma once

#include "taeda/kernels/ops/indexing.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

void index_offsets(const IndexOffsetsCall& call);
void take_blocks(const IndexedBlocks& blocks);
void put_blocks(const IndexedBlocks& blocks, bool accumulate);
void gather(const GatherCall& call);
void scatter(const GatherCall& call);
int64_t count_nonzero(const Array& in);
void nonzero(const Array& out, const Array& in);
void masked_select(const Array& out, const Array& in, const Array& mask);
void triangle(const TriangleCall& call);

// Elements that are only moved are words of their size.
template <class Function>
void dispatch_words(DType dtype, Function&& function) {
  switch (size_of(dtype)) {
    case 1:
      return function.template operator()<uint8_t>();
    case 2:
      return function.template operator()<uint16_t>();
    case 4:
      return function.template operator()<uint32_t>();
    default:
      return function.template operator()<uint64_t>();
  }
}

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

// The index counted from the front; IndexError where it is out of range.
inline int64_t checked_index(const char* operation, int64_t index, int64_t dim, int64_t size) {
  if (index < -size || index >= size) [[unlikely]]
    fail_index(operation, index, dim, size);
  return index < 0 ? index + size : index;
}

}  // namespace taeda::cpu::inline TAEDA_ISA
