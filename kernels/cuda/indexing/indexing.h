// The calls of the files of this family.
#pragma once

#include "taeda/kernels/ops/indexing.h"

namespace taeda::cuda {

void take_blocks(const IndexedBlocks& blocks);
void put_blocks(const IndexedBlocks& blocks, bool accumulate);
void gather(const GatherCall& call);
void scatter(const GatherCall& call);
int64_t count_nonzero(const Array& in);
void nonzero(const Array& out, const Array& in);
void masked_select(const Array& out, const Array& in, const Array& mask);
void masked_put(const Array& out, const Array& mask, const Array& values);
void triangle(const TriangleCall& call);

}  // namespace taeda::cuda
