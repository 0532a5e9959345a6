// The kernels of the random family.
#pragma once

#include "taeda/kernels/ops/random.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

void fill_random(const FillRandomCall& call);
void random_integers(const RandomIntegersCall& call);
void bernoulli(const BernoulliCall& call);
void dropout(const DropoutCall& call);
void permutation(const Array& out, RandomStream stream);
void multinomial(const MultinomialCall& call);

}  // namespace taeda::cpu::inline TAEDA_ISA
