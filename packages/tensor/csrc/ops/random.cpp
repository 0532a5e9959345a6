#include "taeda/tensor/ops/random.h"

#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/views.h"

namespace taeda {

void infer_distribution(Distribution distribution, Inputs inputs, Specs& outputs) {
  const DType dtype = inputs[0]->dtype();
  const bool takes_integers = distribution == Distribution::Geometric && dtype != DType::Bool;
  if (!is_floating(dtype) && !takes_integers) {
    fail<RuntimeError>(name_of(distribution), ": a floating-point tensor is needed, got ", dtype);
  }
  outputs.add(inputs[0]->shape(), dtype);
}

void FillRandomIntegers::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
}
void FillRandomIntegers::launch(const KernelTable& kernels, Inputs, Outputs outputs,
                                const Attributes& attributes) {
  kernels.random.integers({.out = outputs[0]->array(),
                           .low = attributes.low,
                           .range = attributes.range,
                           .stream = attributes.stream});
}

void BernoulliInto::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  if (broadcast_shapes(name, inputs[0]->shape(), inputs[1]->shape()) != inputs[0]->shape()) {
    fail<RuntimeError>(name, ": probabilities of shape ", inputs[1]->shape(),
                       " do not broadcast to shape ", inputs[0]->shape());
  }
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
}
void BernoulliInto::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                           const Attributes& attributes) {
  const TensorBody& probability = *inputs[1];
  const Dims& shape = outputs[0]->shape();
  Dims strides(shape.size(), 0);
  const int lead = shape.size() - probability.ndim();
  for (int d = 0; d < probability.ndim(); ++d) {
    strides[lead + d] = probability.size(d) == 1 ? 0 : probability.strides()[d];
  }
  kernels.random.bernoulli(
      {.out = outputs[0]->array(),
       .probability = {probability.data(), probability.dtype(), shape, strides},
       .stream = attributes.stream});
}

void PermutationInto::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[0]->shape(), DType::Int64);
}
void PermutationInto::launch(const KernelTable& kernels, Inputs, Outputs outputs,
                             const Attributes& attributes) {
  kernels.random.permutation(outputs[0]->array(), attributes.stream);
}

void Multinomial::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add({inputs[0]->size(0), attributes.samples}, DType::Int64);
}
void Multinomial::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                         const Attributes& attributes) {
  kernels.random.multinomial({.out = outputs[0]->array(),
                              .weights = inputs[0]->array(),
                              .replacement = attributes.replacement,
                              .stream = attributes.stream});
}

void Dropout::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  if (!is_floating(inputs[0]->dtype())) {
    fail<RuntimeError>(name, ": a floating-point tensor is needed, got ", inputs[0]->dtype());
  }
  outputs.add(inputs[0]->shape(), inputs[0]->dtype());
}
void Dropout::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
  kernels.random.dropout({.out = outputs[0]->array(),
                          .in = inputs[0]->array(),
                          .p = attributes.p,
                          .scale = attributes.p < 1 ? 1 / (1 - attributes.p) : 0,
                          .stream = attributes.stream});
}

namespace {

template <Distribution kDistribution>
Tensor fill_random(const Tensor& self, double a, double b, Generator& generator) {
  return run_in_place<FillRandom<kDistribution>>({self.body()}, {a, b, generator.next()});
}

void check_positive(const char* name, const char* parameter, double value) {
  if (!(value > 0)) fail<RuntimeError>(name, ": ", parameter, " must be positive, got ", value);
}
void check_not_negative(const char* name, double std) {
  if (!(std >= 0)) fail<RuntimeError>(name, ": std must not be negative, got ", std);
}

}  // namespace

Tensor uniform_(const Tensor& self, double from, double to, Generator& generator) {
  if (!(from <= to)) {
    fail<RuntimeError>("uniform_: from must not exceed to, got from=", from, " and to=", to);
  }
  return fill_random<Distribution::Uniform>(self, from, to, generator);
}
Tensor normal_(const Tensor& self, double mean, double std, Generator& generator) {
  check_not_negative("normal_", std);
  return fill_random<Distribution::Normal>(self, mean, std, generator);
}
Tensor log_normal_(const Tensor& self, double mean, double std, Generator& generator) {
  check_not_negative("log_normal_", std);
  return fill_random<Distribution::LogNormal>(self, mean, std, generator);
}
Tensor exponential_(const Tensor& self, double rate, Generator& generator) {
  check_positive("exponential_", "lambd", rate);
  return fill_random<Distribution::Exponential>(self, rate, 0, generator);
}
Tensor cauchy_(const Tensor& self, double median, double scale, Generator& generator) {
  check_positive("cauchy_", "sigma", scale);
  return fill_random<Distribution::Cauchy>(self, median, scale, generator);
}
Tensor geometric_(const Tensor& self, double p, Generator& generator) {
  if (!(p > 0 && p < 1)) fail<RuntimeError>("geometric_: p must lie in (0, 1), got ", p);
  return fill_random<Distribution::Geometric>(self, p, 0, generator);
}

Tensor random_(const Tensor& self, int64_t low, int64_t high, Generator& generator) {
  if (low >= high) {
    fail<RuntimeError>("random_ expects 'from' to be less than 'to', but got from=", low,
                       " >= to=", high);
  }
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  return run_in_place<FillRandomIntegers>({self.body()}, {low, range, generator.next()});
}
Tensor random_(const Tensor& self, Generator& generator) {
  const uint64_t range = [&]() -> uint64_t {
    switch (self.dtype()) {
      case DType::Bool:
        return 2;
      case DType::UInt8:
        return 1 << 8;
      case DType::Int8:
        return 1 << 7;
      case DType::Int16:
        return 1 << 15;
      case DType::Int32:
        return uint64_t{1} << 31;
      case DType::Int64:
        return uint64_t{1} << 63;
      case DType::Float16:
        return (1 << 11) + 1;
      case DType::BFloat16:
        return (1 << 8) + 1;
      case DType::Float32:
        return (1 << 24) + 1;
      case DType::Float64:
        return (uint64_t{1} << 53) + 1;
    }
    return 0;
  }();
  return run_in_place<FillRandomIntegers>({self.body()}, {0, range, generator.next()});
}

Tensor bernoulli_(const Tensor& self, const Tensor& probability, Generator& generator) {
  if (!is_floating(probability.dtype())) {
    fail<RuntimeError>("bernoulli_: probabilities must be floating-point, got ",
                       probability.dtype());
  }
  return run_in_place<BernoulliInto>({self.body(), probability.body()}, {generator.next()});
}

Tensor randperm_(const Tensor& self, Generator& generator) {
  return run_in_place<PermutationInto>({self.body()}, {generator.next()});
}

Tensor multinomial(const Tensor& input, int64_t samples, bool replacement, Generator& generator) {
  const int ndim = input.ndim();
  if (ndim != 1 && ndim != 2) {
    fail<RuntimeError>("multinomial: prob_dist must be 1 or 2 dim, got shape ", input.shape());
  }
  if (!is_floating(input.dtype())) {
    fail<RuntimeError>("multinomial: a floating-point tensor is needed, got ", input.dtype());
  }
  const int64_t categories = input->size(ndim - 1);
  if (samples <= 0)
    fail<RuntimeError>("multinomial: cannot sample num_samples <= 0, got ", samples);
  if (!replacement && samples > categories) {
    fail<RuntimeError>("multinomial: cannot draw ", samples, " samples without replacement from ",
                       categories, " categories; pass replacement=True");
  }
  const Tensor rows = contiguous(to(ndim == 1 ? unsqueeze(input, 0) : input, DType::Float64));
  const Tensor result = run<Multinomial>({rows.body()}, {samples, replacement, generator.next()});
  return ndim == 1 ? squeeze(result, 0) : result;
}

Tensor dropout(const Tensor& input, double p, bool training, Generator& generator) {
  if (!(p >= 0 && p <= 1)) {
    fail<ValueError>("dropout probability has to be between 0 and 1, but got ", p);
  }
  if (!training || p == 0) return input;
  return run<Dropout>({input.body()}, {p, generator.next()});
}

}  // namespace taeda
