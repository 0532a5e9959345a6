// The kernels of the sorting family.
#pragma once

#include "taeda/kernels/ops/sort.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

void top_k(const TopKCall& call);
void search(const SearchCall& call);
int64_t count_runs(const Array& in);
void runs(const RunsCall& call);
void bin_count(const Array& out, const Array& in);

}  // namespace taeda::cpu::inline TAEDA_ISA
