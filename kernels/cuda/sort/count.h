// Runs of equal neighbours, and how often integers occur.
#pragma once

#include "taeda/kernels/ops/sort.h"

namespace taeda::cuda {

int64_t count_runs(const Array& in);
void runs(const RunsCall& call);
void bin_count(const Array& out, const Array& in);

}  // namespace taeda::cuda
