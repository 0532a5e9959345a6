// The calls of the two files of this family.
#pragma once

#include "taeda/kernels/ops/random.h"

namespace taeda::cuda {

void fill_random(const FillRandomCall& call);
void random_integers(const RandomIntegersCall& call);
void bernoulli(const BernoulliCall& call);
void dropout(const DropoutCall& call);
void permutation(const Array& out, RandomStream stream);
void multinomial(const MultinomialCall& call);

}  // namespace taeda::cuda
