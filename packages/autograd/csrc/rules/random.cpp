#include "taeda/tensor/ops/random.h"

#include "rules.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

// What is overwritten with random numbers has no influence on anything.
template <class Op>
void overwritten() {
  rule<Op>(save_nothing, [](T) { return Tensor(); });
}

const Rules rules([] {
  overwritten<FillRandom<Distribution::Uniform>>();
  overwritten<FillRandom<Distribution::Normal>>();
  overwritten<FillRandom<Distribution::LogNormal>>();
  overwritten<FillRandom<Distribution::Exponential>>();
  overwritten<FillRandom<Distribution::Cauchy>>();
  overwritten<FillRandom<Distribution::Geometric>>();
  overwritten<FillRandomIntegers>();
  overwritten<BernoulliInto>();
  overwritten<PermutationInto>();
  no_rule<Multinomial>("draws are integers");
  // The same elements are dropped from the gradient: the stream brings the mask back.
  rule<Dropout>(save_nothing,
                [](const Dropout::Attributes& a, T g) { return run<Dropout>({g.body()}, a); });
});

}  // namespace
}  // namespace taeda::autograd
