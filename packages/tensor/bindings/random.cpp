// Generators, random tensors and the in-place random methods.
#include "taeda/tensor/ops/random.h"

#include <cstring>

#include "options.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"

namespace taeda::python {
namespace {

using MaybeGenerator = Generator*;

Generator& generator_or_default(MaybeGenerator generator) {
  return generator ? *generator : default_generator();
}

// Seeds are 64 bits; negative ones count down from 2^64.
uint64_t read_seed(nb::handle seed) {
  const nb::object integer = nb::steal(PyNumber_Index(seed.ptr()));
  if (!integer.is_valid()) throw nb::python_error();
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(integer.ptr(), &overflow);
  if (!overflow) return static_cast<uint64_t>(value) - (value < 0 ? 1 : 0);
  const unsigned long long large = overflow > 0 ? PyLong_AsUnsignedLongLong(integer.ptr()) : 0;
  if (overflow < 0 || PyErr_Occurred()) {
    PyErr_Clear();
    fail<RuntimeError>("manual_seed: the seed must fit 64 bits, got ", nb::str(integer).c_str());
  }
  return large;
}

constexpr int64_t kStateBytes = sizeof(RandomStream);

Tensor state_tensor(const Generator& generator) {
  const RandomStream state = generator.state();
  Tensor result = empty({kStateBytes}, DType::UInt8);
  std::memcpy(result->data(), &state, kStateBytes);
  return result;
}
void set_state(Generator& generator, const Tensor& state) {
  if (state.dtype() != DType::UInt8 || state.numel() != kStateBytes) {
    fail<RuntimeError>("set_state: ", kStateBytes, " elements of uint8 are needed, got shape ",
                       state.shape(), " of ", state.dtype());
  }
  RandomStream stream;
  std::memcpy(&stream, contiguous(state)->data(), kStateBytes);
  generator.set_state(stream);
}

void bind_generator(nb::module_& m) {
  nb::class_<Generator>(
      m, "Generator",
      "A stream of random numbers: the seed, and the count of calls that drew from it.")
      .def(nb::init<Device>(), nb::arg("device") = Device{})
      .def(
          "manual_seed",
          [](nb::handle_t<Generator> self, nb::handle seed) {
            nb::cast<Generator&>(self).manual_seed(read_seed(seed));
            return nb::borrow(self);
          },
          nb::arg("seed"), nb::sig("def manual_seed(self, seed: int) -> Generator"),
          "Starts the stream of this seed; returns the generator.")
      .def(
          "initial_seed", [](const Generator& self) { return self.state().seed; },
          "The seed of the stream.")
      .def("seed", &Generator::seed, "Seeds from the system's randomness and returns the seed.")
      .def("get_state", state_tensor, "The state as a tensor of bytes.")
      .def("set_state", set_state, nb::arg("new_state"), "Takes up a state of get_state().")
      .def_prop_ro("device", [](const Generator& self) { return self.device; });
  const nb::object instance = nb::cast(&default_generator(), nb::rv_policy::reference);
  m.attr("default_generator") = instance;
  m.def(
      "manual_seed",
      [](nb::handle seed) {
        default_generator().manual_seed(read_seed(seed));
        return nb::cast(&default_generator(), nb::rv_policy::reference);
      },
      nb::arg("seed"), nb::sig("def manual_seed(seed: int) -> Generator"),
      "Starts the default generator anew; returns it.");
  m.def(
      "seed", [] { return default_generator().seed(); },
      "Seeds the default generator from the system's randomness and returns the seed.");
  m.def(
      "initial_seed", [] { return default_generator().state().seed; },
      "The seed of the default generator.");
  m.def(
      "get_rng_state", [] { return state_tensor(default_generator()); },
      "The state of the default generator as a tensor of bytes.");
  m.def(
      "set_rng_state", [](const Tensor& state) { set_state(default_generator(), state); },
      nb::arg("new_state"), "Sets the state of the default generator.");
}

// What all creating functions take besides their own arguments.
struct RandomOptions {
  DType dtype;
  Device device;
  bool requires_grad;
};
RandomOptions random_options(const char* function, nb::handle dtype, nb::handle device,
                             bool requires_grad, DType otherwise, Device own = {}) {
  RandomOptions result{dtype_or(function, dtype, otherwise), device_or(function, device, own),
                       requires_grad};
  if (requires_grad && !is_floating(result.dtype)) {
    fail<RuntimeError>(function, ": only floating-point tensors can require gradients, got ",
                       result.dtype);
  }
  return result;
}

// Draws into a fresh tensor (or `out`) and returns it.
template <class Draw>
Tensor created(const Dims& shape, const RandomOptions& given, const nb::object& out, Draw draw,
               Dims strides = {}) {
  Tensor result;
  if (out.is_none()) {
    result = empty_dense(shape, std::move(strides), given.dtype, given.device);
  } else {
    result = nb::cast<Tensor>(out);
    if (result.shape() != shape) {
      if (result.numel() != 0) {
        fail<RuntimeError>("out: shape ", result.shape(), " does not match the result's ", shape);
      }
      const Tensor fresh = empty(shape, result.dtype(), result.device());
      result->reset(fresh->storage_ptr(), 0, fresh->shape(), fresh->strides(), result.dtype());
    }
  }
  NoGrad no_grad;
  draw(result);
  if (given.requires_grad) result->requires_grad = true;
  return result;
}

Dims shape_of(const char* function, const nb::args& sizes, const nb::object& size) {
  if (!size.is_none()) return nb::cast<Dims>(size);
  return dims_from_args(function, sizes);
}

// rand(*size), rand_like(input) and their twins for the normal distribution.
template <class Draw>
void bind_floats(nb::module_& m, const char* name, const char* like_name, const char* signature,
                 const char* like_signature, const char* doc, Draw draw) {
  m.def(
      name,
      [name, draw](const nb::args& sizes, const nb::object& size, MaybeGenerator generator,
                   const nb::object& out, const nb::object& dtype, nb::handle,
                   const nb::object& device, bool requires_grad, bool) {
        const RandomOptions given =
            random_options(name, dtype, device, requires_grad, default_dtype());
        return created(shape_of(name, sizes, size), given, out, [&](const Tensor& result) {
          draw(result, generator_or_default(generator));
        });
      },
      nb::arg("args"), nb::arg("size") = nb::none(), nb::arg("generator") = nb::none(),
      nb::arg("out") = nb::none(), nb::arg("dtype") = nb::none(), nb::arg("layout") = nb::none(),
      nb::arg("device") = nb::none(), nb::arg("requires_grad") = false,
      nb::arg("pin_memory") = false, nb::sig(signature), doc);
  m.def(
      like_name,
      [draw, like_name](const Tensor& input, MaybeGenerator generator, const nb::object& dtype,
                        nb::handle, const nb::object& device, bool requires_grad,
                        nb::handle format) {
        const RandomOptions given =
            random_options(like_name, dtype, device, requires_grad, input.dtype(), input.device());
        return created(
            input.shape(), given, nb::none(),
            [&](const Tensor& result) { draw(result, generator_or_default(generator)); },
            strides_in(format_or(like_name, format, *input), *input));
      },
      nb::arg("input"), nb::kw_only(), nb::arg("generator") = nb::none(),
      nb::arg("dtype") = nb::none(), nb::arg("layout") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, nb::arg("memory_format") = nb::none(),
      nb::sig(like_signature), "The same in the shape, dtype and device of input.");
}

// randint(high, size) and randint(low, high, size).
struct IntegerArguments {
  int64_t low = 0, high = 0;
  Dims size;
};
IntegerArguments read_integers(const nb::args& args, const nb::object& low, const nb::object& high,
                               const nb::object& size) {
  IntegerArguments result;
  nb::object parts[3] = {low, high, size};
  const size_t count = args.size();
  const bool high_alone =
      count == 2 ? high.is_none() && size.is_none() : count == 1 && high.is_none();
  if (high_alone) {
    parts[1] = args[0];
    if (count == 2) parts[2] = args[1];
  } else {
    for (size_t i = 0; i < count && i < 3; ++i) parts[i] = args[i];
  }
  if (count > 3 || parts[1].is_none() || parts[2].is_none()) {
    fail<TypeError>("randint: expected randint(high, size) or randint(low, high, size)");
  }
  if (!parts[0].is_none()) result.low = nb::cast<int64_t>(parts[0]);
  result.high = nb::cast<int64_t>(parts[1]);
  result.size = nb::cast<Dims>(parts[2]);
  return result;
}

void bind_integers(nb::module_& m) {
  m.def(
      "randint",
      [](const nb::args& args, const nb::object& low, const nb::object& high,
         const nb::object& size, MaybeGenerator generator, const nb::object& out,
         const nb::object& dtype, nb::handle, const nb::object& device, bool requires_grad, bool) {
        const IntegerArguments read = read_integers(args, low, high, size);
        const RandomOptions given =
            random_options("randint", dtype, device, requires_grad, DType::Int64);
        return created(read.size, given, out, [&](const Tensor& result) {
          random_(result, read.low, read.high, generator_or_default(generator));
        });
      },
      nb::arg("args"), nb::arg("low") = nb::none(), nb::arg("high") = nb::none(),
      nb::arg("size") = nb::none(), nb::arg("generator") = nb::none(), nb::arg("out") = nb::none(),
      nb::arg("dtype") = nb::none(), nb::arg("layout") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, nb::arg("pin_memory") = false,
      nb::sig(
          "def randint(*args: int | Sequence[int], low: int | None = None, high: int | None = "
          "None, "
          "size: Sequence[int] | None = None, generator: Generator | None = None, "
          "out: Tensor | None = None, dtype: _dtype | None = None, layout: object | None = None, "
          "device: device | str | None = None, requires_grad: bool = False, "
          "pin_memory: bool = False) -> Tensor"),
      "Integers of [low, high): randint(high, size) or randint(low, high, size).");
  m.def(
      "randint_like",
      [](const Tensor& input, int64_t low_or_high, const nb::object& high, MaybeGenerator generator,
         const nb::object& dtype, nb::handle, const nb::object& device, bool requires_grad,
         nb::handle format) {
        const RandomOptions given = random_options("randint_like", dtype, device, requires_grad,
                                                   input.dtype(), input.device());
        const int64_t low = high.is_none() ? 0 : low_or_high;
        const int64_t limit = high.is_none() ? low_or_high : nb::cast<int64_t>(high);
        return created(
            input.shape(), given, nb::none(),
            [&](const Tensor& result) {
              random_(result, low, limit, generator_or_default(generator));
            },
            strides_in(format_or("randint_like", format, *input), *input));
      },
      nb::arg("input"), nb::arg("low"), nb::arg("high") = nb::none(), nb::kw_only(),
      nb::arg("generator") = nb::none(), nb::arg("dtype") = nb::none(),
      nb::arg("layout") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, nb::arg("memory_format") = nb::none(),
      "Integers of [low, high), or of [0, low) without high, in the shape of input.");
  m.def(
      "randperm",
      [](int64_t n, MaybeGenerator generator, const nb::object& out, const nb::object& dtype,
         nb::handle, const nb::object& device, bool requires_grad, bool) {
        if (n < 0) fail<RuntimeError>("randperm: n must not be negative, got ", n);
        const RandomOptions given =
            random_options("randperm", dtype, device, requires_grad, DType::Int64);
        return created({n}, given, out, [&](const Tensor& result) {
          randperm_(result, generator_or_default(generator));
        });
      },
      nb::arg("n"), nb::kw_only(), nb::arg("generator") = nb::none(), nb::arg("out") = nb::none(),
      nb::arg("dtype") = nb::none(), nb::arg("layout") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, nb::arg("pin_memory") = false,
      "A random permutation of 0 ... n - 1.");
}

Tensor normal_from(const Operand& mean, const Operand& std, const nb::object& size,
                   MaybeGenerator given_generator, const nb::object& out,
                   const RandomOptions& given) {
  Generator& generator = generator_or_default(given_generator);
  const bool tensors = !mean.tensor()->wrapped_number || !std.tensor()->wrapped_number;
  if (!tensors) {
    if (size.is_none()) fail<TypeError>("normal: a size is needed beside two numbers");
    return created(nb::cast<Dims>(size), given, out, [&](const Tensor& result) {
      normal_(result, item(*mean.tensor()).as_double(), item(*std.tensor()).as_double(), generator);
    });
  }
  const Dims shape = broadcast_shapes("normal", mean.tensor().shape(), std.tensor().shape());
  const Tensor like = mean.tensor()->wrapped_number ? std.tensor() : mean.tensor();
  const RandomOptions own{like.dtype(), like.device(), false};
  return created(shape, own, out, [&](const Tensor& result) {
    normal_(result, 0, 1, generator);
    run_in_place<Elementwise<Mul>>({result.body(), std.body()}, {default_params<Mul>()});
    run_in_place<Elementwise<Add>>({result.body(), mean.body()}, {default_params<Add>()});
  });
}

void bind_samples(nb::module_& m, TensorClass& tensor) {
  m.def(
      "normal",
      [](const Operand& mean, const Operand& std, const nb::object& size, MaybeGenerator generator,
         const nb::object& out, const nb::object& dtype, nb::handle, const nb::object& device,
         bool requires_grad, bool) {
        return normal_from(mean, std, size, generator, out,
                           random_options("normal", dtype, device, requires_grad, default_dtype()));
      },
      nb::arg("mean") = 0.0, nb::arg("std") = 1.0, nb::arg("size") = nb::none(), nb::kw_only(),
      nb::arg("generator") = nb::none(), nb::arg("out") = nb::none(), nb::arg("dtype") = nb::none(),
      nb::arg("layout") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, nb::arg("pin_memory") = false,
      "Normal numbers; mean and std are tensors, or numbers beside a size.");
  const auto bernoulli = [](const Tensor& input, const nb::object& p, MaybeGenerator generator,
                            const nb::object& out) {
    const Tensor probability = p.is_none() ? input : nb::cast<Operand>(p).tensor();
    const RandomOptions given{input.dtype(), input.device(), false};
    return created(input.shape(), given, out, [&](const Tensor& result) {
      bernoulli_(result, probability, generator_or_default(generator));
    });
  };
  const auto draw_categories = [](const Tensor& input, int64_t num_samples, bool replacement,
                                  MaybeGenerator generator) {
    NoGrad no_grad;
    return multinomial(input, num_samples, replacement, generator_or_default(generator));
  };
  const auto dropped = [](const Tensor& input, double p, bool training) {
    return dropout(input, p, training, default_generator());
  };
  m.def("bernoulli", bernoulli, nb::arg("input"), nb::arg("p") = nb::none(), nb::kw_only(),
        nb::arg("generator") = nb::none(), nb::arg("out") = nb::none(),
        "1 with the probability that each element of input (or p) is, else 0.");
  tensor.def("bernoulli", bernoulli, nb::arg("p") = nb::none(), nb::kw_only(),
             nb::arg("generator") = nb::none(), nb::arg("out") = nb::none(),
             "1 with the probability that each element (or p) is, else 0.");
  const char* doc = "Categories drawn with the weights in each row of input.";
  m.def("multinomial", draw_categories, nb::arg("input"), nb::arg("num_samples"),
        nb::arg("replacement") = false, nb::kw_only(), nb::arg("generator") = nb::none(), doc);
  tensor.def("multinomial", draw_categories, nb::arg("num_samples"), nb::arg("replacement") = false,
             nb::kw_only(), nb::arg("generator") = nb::none(), doc);
  m.def("dropout", dropped, nb::arg("input"), nb::arg("p") = 0.5, nb::arg("training") = true,
        "In training elements are 0 with probability p, the rest is multiplied by 1 / (1 - p).");
}

void bind_methods(TensorClass& tensor) {
  // A method of two float parameters and a generator.
  const auto two = [&](const char* name, auto function, const char* first, double first_default,
                       const char* second, double second_default, const char* doc) {
    tensor.def(
        name,
        [function](const Tensor& self, double a, double b, MaybeGenerator generator) {
          return function(self, a, b, generator_or_default(generator));
        },
        nb::arg(first) = first_default, nb::arg(second) = second_default, nb::kw_only(),
        nb::arg("generator") = nb::none(), doc);
  };
  two("uniform_", uniform_, "from", 0, "to", 1, "Fills with uniform numbers of [from, to).");
  two("normal_", normal_, "mean", 0, "std", 1, "Fills with normal numbers.");
  two("log_normal_", log_normal_, "mean", 1, "std", 2, "Fills with exp of normal numbers.");
  two("cauchy_", cauchy_, "median", 0, "sigma", 1,
      "Fills with numbers of the Cauchy distribution.");
  tensor
      .def(
          "exponential_",
          [](const Tensor& self, double lambd, MaybeGenerator generator) {
            return exponential_(self, lambd, generator_or_default(generator));
          },
          nb::arg("lambd") = 1.0, nb::kw_only(), nb::arg("generator") = nb::none(),
          "Fills with numbers of the exponential distribution of rate lambd.")
      .def(
          "geometric_",
          [](const Tensor& self, double p, MaybeGenerator generator) {
            return geometric_(self, p, generator_or_default(generator));
          },
          nb::arg("p"), nb::kw_only(), nb::arg("generator") = nb::none(),
          "Fills with the number of trials until the first success of probability p.")
      .def(
          "bernoulli_",
          [](const Tensor& self, const Operand& p, MaybeGenerator generator) {
            return bernoulli_(self, p.tensor(), generator_or_default(generator));
          },
          nb::arg("p") = 0.5, nb::kw_only(), nb::arg("generator") = nb::none(),
          "Fills with 1 of probability p, a number or a tensor, and 0 else.")
      .def(
          "random_",
          [](const Tensor& self, const nb::object& from, const nb::object& to,
             MaybeGenerator generator) {
            Generator& used = generator_or_default(generator);
            if (from.is_none() && to.is_none()) return random_(self, used);
            if (to.is_none()) return random_(self, 0, nb::cast<int64_t>(from), used);
            return random_(self, from.is_none() ? 0 : nb::cast<int64_t>(from),
                           nb::cast<int64_t>(to), used);
          },
          nb::arg("from") = nb::none(), nb::arg("to") = nb::none(), nb::kw_only(),
          nb::arg("generator") = nb::none(),
          "Fills with integers of [from, to), of [0, from), or of all that the dtype holds.");
}

#define TAEDA_RANDOM_OPTIONS                                                                     \
  "generator: Generator | None = None, out: Tensor | None = None, dtype: _dtype | None = None, " \
  "layout: object | None = None, device: device | str | None = None, requires_grad: bool = "     \
  "False, "                                                                                      \
  "pin_memory: bool = False) -> Tensor"
#define TAEDA_LIKE_OPTIONS                                                                   \
  "(input: Tensor, *, generator: Generator | None = None, dtype: _dtype | None = None, "     \
  "layout: object | None = None, device: device | str | None = None, requires_grad: bool = " \
  "False, "                                                                                  \
  "memory_format: object | None = None) -> Tensor"

}  // namespace

void bind_random(nb::module_& m, TensorClass& tensor) {
  bind_generator(m);
  bind_floats(
      m, "rand", "rand_like",
      "def rand(*args: int | Sequence[int], size: Sequence[int] | None = "
      "None, " TAEDA_RANDOM_OPTIONS,
      "def rand_like" TAEDA_LIKE_OPTIONS, "Uniform numbers of [0, 1).",
      [](const Tensor& result, Generator& generator) { uniform_(result, 0, 1, generator); });
  bind_floats(m, "randn", "randn_like",
              "def randn(*args: int | Sequence[int], size: Sequence[int] | None = "
              "None, " TAEDA_RANDOM_OPTIONS,
              "def randn_like" TAEDA_LIKE_OPTIONS, "Normal numbers of mean 0 and variance 1.",
              [](const Tensor& result, Generator& generator) { normal_(result, 0, 1, generator); });
  bind_integers(m);
  bind_samples(m, tensor);
  bind_methods(tensor);
}

}  // namespace taeda::python
