// The one door: every operation, from Python or C++, is a Call that goes through `pass`.
//
//   autocast -> check devices -> promote dtypes, infer shapes -> allocate -> look the kernel up ->
//   launch -> offer the call to the recorder
//
// An operation is a struct of pure facts and functions:
//
//   struct TAEDA_API Softmax {
//     static constexpr const char* name = "softmax";
//     struct Attributes { int dim; };
//     static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
//     static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const
//     Attributes&);
//   };
//   Tensor softmax(const Tensor& x, int64_t dim) { return run<Softmax>({x}, {wrap_dim(...)}); }
//
// A view has `static ViewSpec view(const TensorBody& input, const Attributes&)` instead of the two.
// One whose result may lie on another device than its inputs says where:
// `static Device device(const Attributes&)`. Without inputs its kernel runs there.
#pragma once

#include <array>
#include <atomic>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "taeda/kernels/registry.h"
#include "taeda/tensor/tensor.h"

namespace taeda {

using Inputs = std::span<TensorBody* const>;  // a null input is an optional one that was left out
using Outputs = std::span<const Tensor>;

struct Spec {
  Dims shape;
  DType dtype = DType::Float32;
  Dims strides{};  // without gaps; none: row-major
};

inline constexpr int kMaxOutputs = 4;

// The shapes and dtypes of a call's outputs.
class Specs {
 public:
  Specs() {}  // NOLINT: places are filled by add()
  Specs(const Specs&) = delete;
  Specs& operator=(const Specs&) = delete;
  ~Specs() {
    for (int i = 0; i < count_; ++i) places_[i].~Spec();
  }
  void add(Dims shape, DType dtype, Dims strides = {}) {
    new (&places_[count_++]) Spec{std::move(shape), dtype, std::move(strides)};
  }
  int size() const { return count_; }
  const Spec& operator[](int i) const { return places_[i]; }
  Spec& operator[](int i) { return places_[i]; }

 private:
  union {
    Spec places_[kMaxOutputs];
  };
  int count_ = 0;
};

struct ViewSpec {
  Dims shape, strides;
  int64_t offset;  // in elements of the storage
};

// In which dtype an operation takes its inputs under autocast: see csrc/autocast.cpp.
enum class AutocastPolicy : uint8_t {
  None,
  Lower,  // that of lower precision
  Float32,
  Float32Result,  // as they are, since the kernel sums in float32; the result stays in it
  Widest,
};
using AutocastPolicies = std::array<AutocastPolicy, kDeviceTypeCount>;

// The facts of an operation, one constant object each: its address is its identity.
struct Operation {
  const char* name;
  void (*infer)(Inputs inputs, const void* attributes, Specs& outputs);
  void (*launch)(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                 const void* attributes);
  ViewSpec (*view)(const TensorBody& input, const void* attributes);  // null but for views
  Device (*device)(const void* attributes);  // null: the device of the inputs
  bool converts_output;         // the kernel writes any dtype, so `out=` needs no temporary
  bool takes_numbers;           // a device's kernel reads zero-dimensional tensors of the CPU
  AutocastPolicies autocast{};  // filled in where the operation is registered
  // What autograd knows of the operation: opaque here, null where it has no derivative.
  mutable const void* rule = nullptr;
};

// One use of an operation.
struct Call {
  const Operation& operation;
  Inputs inputs;
  const void* attributes;
  std::array<Tensor, kMaxOutputs> outputs{};
  int output_count = 0;
  bool in_place = false;   // the first output is the first input, written in place
  bool given_out = false;  // the outputs were given by `out=` or in place
};

// What autograd installs. The first two are called only in gradient mode.
struct Recorder {
  // Before an in-place write or a write into `out=`; throws where that is not allowed.
  void (*before_write)(const Call& call);
  // After the launch of a call of which an input requires grad, or whose written output does.
  void (*record)(const Call& call);
  // Whether no recorded operation has made the tensor.
  bool (*is_leaf)(const TensorBody& tensor);
};
TAEDA_API void install_recorder(const Recorder* recorder);
TAEDA_API const Recorder* recorder();

// Released around launches of large work and taken again after; the bindings install the GIL here.
struct InterpreterLock {
  void* (*release)();
  void (*take)(void* state);
};
TAEDA_API void install_interpreter_lock(InterpreterLock lock);

// The door. Fills call.outputs, or writes into those that are given.
TAEDA_API void pass(Call& call);

namespace detail {

template <class Op>
concept HasConvertsOutput = requires { Op::converts_output; };
template <class Op>
concept TakesNumbers = requires { Op::takes_numbers; };
template <class Op>
concept HasDevice = requires { &Op::device; };
template <class Op>
concept IsView = requires { &Op::view; };

template <class Op>
constexpr Operation describe() {
  using Attributes = typename Op::Attributes;
  Operation operation{.name = Op::name,
                      .infer = nullptr,
                      .launch = nullptr,
                      .view = nullptr,
                      .device = nullptr,
                      .converts_output = false,
                      .takes_numbers = false};
  if constexpr (IsView<Op>) {
    operation.view = [](const TensorBody& input, const void* attributes) {
      return Op::view(input, *static_cast<const Attributes*>(attributes));
    };
  } else {
    operation.infer = [](Inputs inputs, const void* attributes, Specs& outputs) {
      Op::infer(inputs, *static_cast<const Attributes*>(attributes), outputs);
    };
    operation.launch = [](const KernelTable& kernels, Inputs inputs, Outputs outputs,
                          const void* attributes) {
      Op::launch(kernels, inputs, outputs, *static_cast<const Attributes*>(attributes));
    };
    if constexpr (HasDevice<Op>) {
      operation.device = [](const void* attributes) {
        return Op::device(*static_cast<const Attributes*>(attributes));
      };
    }
    if constexpr (HasConvertsOutput<Op>) operation.converts_output = Op::converts_output;
    if constexpr (TakesNumbers<Op>) operation.takes_numbers = Op::takes_numbers;
  }
  return operation;
}

}  // namespace detail

struct NoAttributes {};

// The one object of that name in the whole process, whichever library asks first. Registered when
// the library that uses the operation is loaded.
TAEDA_API const Operation& register_operation(const Operation& operation);
// Null where no operation of that name is known.
TAEDA_API const Operation* find_operation(std::string_view name);
TAEDA_API std::vector<const Operation*> all_operations();

template <class Op>
struct OperationOf {
  static const Operation& value;
};
template <class Op>
const Operation& OperationOf<Op>::value = register_operation(detail::describe<Op>());

template <class Op>
const Operation& operation() {
  return OperationOf<Op>::value;
}

using TensorBodies = std::initializer_list<TensorBody*>;

// Runs an operation of one result.
template <class Op>
Tensor run(TensorBodies inputs, const typename Op::Attributes& attributes = {}) {
  Call call{.operation = operation<Op>(),
            .inputs = Inputs(inputs.begin(), inputs.size()),
            .attributes = &attributes};
  pass(call);
  return std::move(call.outputs[0]);
}

// Runs an operation of several results.
template <class Op, int Count>
std::array<Tensor, Count> run_many(Inputs inputs, const typename Op::Attributes& attributes = {}) {
  Call call{.operation = operation<Op>(), .inputs = inputs, .attributes = &attributes};
  pass(call);
  std::array<Tensor, Count> results;
  for (int i = 0; i < Count; ++i) results[i] = std::move(call.outputs[i]);
  return results;
}

// Writes the result into the first input: the in-place twin.
template <class Op>
Tensor run_in_place(TensorBodies inputs, const typename Op::Attributes& attributes = {}) {
  Call call{.operation = operation<Op>(),
            .inputs = Inputs(inputs.begin(), inputs.size()),
            .attributes = &attributes};
  call.outputs[0] = Tensor(*inputs.begin());
  call.output_count = 1;
  call.in_place = call.given_out = true;
  pass(call);
  return std::move(call.outputs[0]);
}

// Writes the result into `out`, which keeps its dtype; an empty `out` takes the result's shape.
template <class Op>
Tensor run_out(TensorBodies inputs, const typename Op::Attributes& attributes, const Tensor& out) {
  if (!out.defined()) return run<Op>(inputs, attributes);
  Call call{.operation = operation<Op>(),
            .inputs = Inputs(inputs.begin(), inputs.size()),
            .attributes = &attributes};
  call.outputs[0] = out;
  call.output_count = 1;
  call.given_out = true;
  pass(call);
  return out;
}

}  // namespace taeda
