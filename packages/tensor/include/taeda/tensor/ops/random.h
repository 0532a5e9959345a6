// Random tensors. Each call takes one stream of a Generator; element i of the result, counted
// row-major, depends on the stream and on i alone, whatever the strides, the device and the number
// of threads.
#pragma once

#include "taeda/tensor/door.h"
#include "taeda/tensor/generator.h"

namespace taeda {

constexpr const char* name_of(Distribution distribution) {
  switch (distribution) {
    case Distribution::Uniform:
      return "uniform_";
    case Distribution::Normal:
      return "normal_";
    case Distribution::LogNormal:
      return "log_normal_";
    case Distribution::Exponential:
      return "exponential_";
    case Distribution::Cauchy:
      return "cauchy_";
    case Distribution::Geometric:
      return "geometric_";
  }
  return "random";
}

TAEDA_API void infer_distribution(Distribution distribution, Inputs inputs, Specs& outputs);

// inputs: the tensor written.
template <Distribution kDistribution>
struct TAEDA_API FillRandom {
  static constexpr const char* name = name_of(kDistribution);
  static constexpr bool converts_output = true;
  struct Attributes {
    double a, b;
    RandomStream stream;
  };
  static void infer(Inputs inputs, const Attributes&, Specs& outputs) {
    infer_distribution(kDistribution, inputs, outputs);
  }
  static void launch(const KernelTable& kernels, Inputs, Outputs outputs,
                     const Attributes& attributes) {
    kernels.random.fill({.out = outputs[0]->array(),
                         .distribution = kDistribution,
                         .a = attributes.a,
                         .b = attributes.b,
                         .stream = attributes.stream});
  }
};
// Integers low ... low + range - 1. inputs: the tensor written.
struct TAEDA_API FillRandomIntegers {
  static constexpr const char* name = "random_";
  static constexpr bool converts_output = true;
  struct Attributes {
    int64_t low;
    uint64_t range;
    RandomStream stream;
  };
  static void infer(Inputs inputs, const Attributes&, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs, Outputs outputs,
                     const Attributes& attributes);
};
// inputs: the tensor written, the probabilities (broadcast to it).
struct TAEDA_API BernoulliInto {
  static constexpr const char* name = "bernoulli_";
  static constexpr bool converts_output = true;
  struct Attributes {
    RandomStream stream;
  };
  static void infer(Inputs inputs, const Attributes&, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// A permutation of 0 ... n - 1. inputs: the tensor written, of shape (n,).
struct TAEDA_API PermutationInto {
  static constexpr const char* name = "randperm";
  struct Attributes {
    RandomStream stream;
  };
  static void infer(Inputs inputs, const Attributes&, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs, Outputs outputs,
                     const Attributes& attributes);
};
// inputs: weights (rows, categories), float64. output: categories (rows, samples), int64.
struct TAEDA_API Multinomial {
  static constexpr const char* name = "multinomial";
  struct Attributes {
    int64_t samples;
    bool replacement;
    RandomStream stream;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// Elements are zero with probability p, the rest is multiplied by 1 / (1 - p). Its derivative is
// itself with the same stream, so that no mask is kept.
struct TAEDA_API Dropout {
  static constexpr const char* name = "dropout";
  static constexpr bool converts_output = true;
  struct Attributes {
    double p;
    RandomStream stream;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

TAEDA_API Tensor uniform_(const Tensor& self, double from, double to, Generator& generator);
TAEDA_API Tensor normal_(const Tensor& self, double mean, double std, Generator& generator);
TAEDA_API Tensor log_normal_(const Tensor& self, double mean, double std, Generator& generator);
TAEDA_API Tensor exponential_(const Tensor& self, double rate, Generator& generator);
TAEDA_API Tensor cauchy_(const Tensor& self, double median, double scale, Generator& generator);
TAEDA_API Tensor geometric_(const Tensor& self, double p, Generator& generator);
// Integers of [low, high).
TAEDA_API Tensor random_(const Tensor& self, int64_t low, int64_t high, Generator& generator);
// Integers from 0 to the largest that the dtype holds; float dtypes: to 2^digits.
TAEDA_API Tensor random_(const Tensor& self, Generator& generator);
TAEDA_API Tensor bernoulli_(const Tensor& self, const Tensor& probability, Generator& generator);
TAEDA_API Tensor randperm_(const Tensor& self, Generator& generator);
TAEDA_API Tensor multinomial(const Tensor& input, int64_t samples, bool replacement,
                             Generator& generator);
TAEDA_API Tensor dropout(const Tensor& input, double p, bool training, Generator& generator);

}  // namespace taeda
