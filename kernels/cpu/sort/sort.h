// The kernels of the sorting family.
#pragma once

#include "taeda/kernels/ops/sort.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

void top_k(const TopKCall& call);
void search(const SearchCall& call);

}  // namespace taeda::cpu::inline TAEDA_ISA
