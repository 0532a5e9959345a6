// The table of derivative rules: what to save of a call, and the gradients of its inputs.
//
// A rule is a line or two in csrc/rules/<family>.cpp, written in public tensor operations, so that
// it works on every device and can be differentiated again:
//
//   const Rules rules([] {
//     // one input, which needs the result
//     rule<Elementwise<Exp>>(save_result,
//                            [](const Tensor& g, const Tensor& y) { return g * y; });
//     // several inputs: a part for each, so that only what is needed is saved and computed
//     rule<Elementwise<Mul>>(
//         wrt(0, save_input(1), [](const Tensor& g, const Tensor& y) { return g * y; }),
//         wrt(1, save_input(0), [](const Tensor& g, const Tensor& x) { return g * x; }));
//     // all inputs at once, with attributes: an undefined Tensor is a gradient of zero
//     rule<LayerNorm>(save_inputs | save_output(1) | save_output(2),
//                     [](const LayerNorm::Attributes& a, const Tensor& g, const Tensor& x,
//                        const Tensor& weight, const Tensor& bias, const Tensor& mean,
//                        const Tensor& scale) { return grads(..., ..., ...); });
//     // anything else through the context: needs(i), input_shape(i), attributes<Op>(), grad(i)
//     rule<Cat>(save_shapes, [](const Context& c, const Tensor& g) {
//       Gradients result(c.input_count());
//       for (int i = 0; i < c.input_count(); ++i) { if (c.needs(i)) result[i] = narrow(g, ...); }
//       return result;
//     });
//     no_rule<ArgMax>("piecewise constant");
//   });
//
// The function takes, in this order: `const Context&` or `const Op::Attributes&` if it wants one,
// the gradient of the first output (zeros if only another output has one), then what was saved:
// inputs in ascending order, then outputs. An optional input that was left out is an undefined
// Tensor. It has no captures, and returns a Tensor (the gradient of one input) or Gradients (one
// for each input).
//
// The engine, not the rule, sums a gradient over the axes along which its input was broadcast,
// casts it to the input's dtype and adds up what reaches a tensor from several places: the gradient
// of `x + y` is simply `g` for both. A rule need not care for in-place calls either: where it saves
// the input that is overwritten, a copy is saved.
#pragma once

#include <bit>
#include <type_traits>
#include <utility>

#include "taeda/autograd/node.h"
#include "taeda/tensor/door.h"

namespace taeda::autograd {

// What a rule keeps of a call.
struct Save {
  uint32_t inputs = 0;  // bit i: input i
  uint32_t outputs = 0;
  bool shapes = false;  // of all inputs, for Context::input_shape

  constexpr int count() const { return std::popcount(inputs) + std::popcount(outputs); }
};
constexpr Save operator|(Save a, Save b) {
  return {a.inputs | b.inputs, a.outputs | b.outputs, a.shapes || b.shapes};
}
inline constexpr Save save_nothing{};
inline constexpr Save save_inputs{.inputs = ~uint32_t{0}};  // as many as the function takes
inline constexpr Save save_result{.outputs = 1};
inline constexpr Save save_shapes{.shapes = true};
constexpr Save save_input(int i) { return {.inputs = uint32_t{1} << i}; }
constexpr Save save_output(int i) { return {.outputs = uint32_t{1} << i}; }

class RuleNode;

// What a rule sees of the call that it differentiates.
class TAEDA_API Context {
 public:
  Context(const RuleNode& node, const Gradients& gradients) : node_(node), gradients_(gradients) {}

  // The gradient of an output: undefined if there is none.
  const Tensor& grad(int output = 0) const { return gradients_[output]; }
  Tensor grad_or_zeros(int output) const;
  // Whether anybody wants the gradient of an input.
  bool needs(int input) const;
  int input_count() const;
  // Known of inputs whose gradient is needed, and of all with `save_shapes`.
  const Dims& input_shape(int input) const;
  DType input_dtype(int input) const;
  const Dims& output_shape(int output = 0) const;
  template <class Op>
  const typename Op::Attributes& attributes() const {
    return *static_cast<const typename Op::Attributes*>(attributes());
  }
  // A saved input or output; RuntimeError where it has changed since or has been freed.
  Tensor saved_input(int input) const;
  Tensor saved_output(int output) const;
  const void* attributes() const;

 private:
  const RuleNode& node_;
  const Gradients& gradients_;
};

// The gradients of some inputs.
struct RulePart {
  uint32_t inputs;  // those whose gradients the part computes
  Save save;
  void (*run)(const Context& context, const RulePart& part, Gradients& result);
  int input;  // that of a part for one
};

struct Rule {
  const char* no_rule_reason = nullptr;
  NodePtr (*make_node)(const Call& call) = nullptr;  // instead of parts
  std::vector<RulePart> parts;
  bool picks = false;  // a view of some elements of its input, each once at most
  size_t attribute_bytes = 0;
  void (*copy_attributes)(void* to, const void* from) = nullptr;
  void (*destroy_attributes)(void* attributes) = nullptr;
};

inline const Rule* rule_of(const Operation& operation) {
  return static_cast<const Rule*>(operation.rule);
}

// Runs its function when the library is loaded: one object for each file of rules.
struct Rules {
  template <class Function>
  explicit Rules(Function register_all) {
    register_all();
  }
};

namespace detail {

TAEDA_API Rule& register_rule(const Operation& operation, Rule rule);

template <class... Parameters>
struct TypeList {
  static constexpr int size = sizeof...(Parameters);
};
template <class Function>
struct ParametersOf;
template <class Class, class Result, class... Parameters>
struct ParametersOf<Result (Class::*)(Parameters...) const> {
  using List = TypeList<std::remove_cvref_t<Parameters>...>;
  using Returned = Result;
};

template <class List>
struct FirstOf {
  using Type = void;
};
template <class First, class... Rest>
struct FirstOf<TypeList<First, Rest...>> {
  using Type = First;
};

// The saved tensors of a part in the order of its parameters.
template <int Count>
std::array<Tensor, static_cast<size_t>(Count)> unpack(const Context& context, Save save) {
  std::array<Tensor, static_cast<size_t>(Count)> tensors;
  int at = 0;
  for (int i = 0; i < 32 && at < Count; ++i) {
    if (save.inputs >> i & 1) tensors[at++] = context.saved_input(i);
  }
  for (int i = 0; i < kMaxOutputs && at < Count; ++i) {
    if (save.outputs >> i & 1) tensors[at++] = context.saved_output(i);
  }
  return tensors;
}

template <class Op, class Function>
struct Invoke {
  using Parameters = ParametersOf<decltype(&Function::operator())>;
  using First = typename FirstOf<typename Parameters::List>::Type;
  static constexpr bool takes_context = std::is_same_v<First, Context>;
  static constexpr bool takes_attributes =
      !takes_context && std::is_same_v<First, typename Op::Attributes>;
  static constexpr int saved_count =
      Parameters::List::size - 1 - (takes_context || takes_attributes ? 1 : 0);
  static_assert(saved_count >= 0, "a rule takes at least the gradient");

  static void run(const Context& context, const RulePart& part, Gradients& result) {
    const auto saved = unpack<saved_count>(context, part.save);
    const Tensor& known = context.grad();
    const Tensor materialized = known.defined() ? Tensor() : context.grad_or_zeros(0);
    const Tensor& g = known.defined() ? known : materialized;
    const auto call = [&]<size_t... I>(std::index_sequence<I...>) {
      if constexpr (takes_context)
        return Function{}(context, g, saved[I]...);
      else if constexpr (takes_attributes) {
        return Function{}(context.attributes<Op>(), g, saved[I]...);
      } else {
        return Function{}(g, saved[I]...);
      }
    };
    auto computed = call(std::make_index_sequence<static_cast<size_t>(saved_count)>());
    if constexpr (std::is_same_v<decltype(computed), Tensor>) {
      result[part.input] = std::move(computed);
    } else {
      for (int i = 0; i < computed.size(); ++i) {
        if (computed[i].defined()) result[i] = std::move(computed[i]);
      }
    }
  }
};

template <class Function>
struct PartFor {
  int input;  // -1: all
  Save save;
};

template <class Op, class Function>
RulePart describe_part(const PartFor<Function>& part) {
  using Invoked = Invoke<Op, Function>;
  Save save = part.save;
  if (save.inputs == ~uint32_t{0}) {
    save.inputs = (uint32_t{1} << (Invoked::saved_count - std::popcount(save.outputs))) - 1;
  }
  return {.inputs = part.input < 0 ? ~uint32_t{0} : uint32_t{1} << part.input,
          .save = save,
          .run = &Invoked::run,
          .input = part.input};
}

// Not operation<Op>(): that reference may not be initialised yet while libraries are loaded.
template <class Op>
const Operation& known_operation() {
  return register_operation(taeda::detail::describe<Op>());
}

}  // namespace detail

// The part of a rule for one input.
template <class Function>
detail::PartFor<Function> wrt(int input, Save save, Function) {
  return {input, save};
}

template <class Op, class... Functions>
Rule& rule(const detail::PartFor<Functions>&... parts) {
  using Attributes = typename Op::Attributes;
  Rule rule{.parts = {detail::describe_part<Op>(parts)...}};
  if constexpr (!std::is_empty_v<Attributes>) {
    static_assert(alignof(Attributes) <= 16);
    rule.attribute_bytes = sizeof(Attributes);
    rule.copy_attributes = [](void* to, const void* from) {
      new (to) Attributes(*static_cast<const Attributes*>(from));
    };
    if constexpr (!std::is_trivially_destructible_v<Attributes>) {
      rule.destroy_attributes = [](void* attributes) {
        static_cast<Attributes*>(attributes)->~Attributes();
      };
    }
  }
  return detail::register_rule(detail::known_operation<Op>(), std::move(rule));
}

// A function that returns a Tensor gives the gradient of input 0, one that returns Gradients those
// of all inputs.
template <class Op, class Function>
Rule& rule(Save save, Function) {
  using Returned = typename detail::Invoke<Op, Function>::Parameters::Returned;
  constexpr bool one = std::is_same_v<Returned, Tensor>;
  return rule<Op>(detail::PartFor<Function>{one ? 0 : -1, save});
}

// Operations with a class of nodes of their own.
template <class Op>
void custom_rule(NodePtr (*make_node)(const Call& call)) {
  detail::register_rule(detail::known_operation<Op>(), Rule{.make_node = make_node, .parts = {}});
}

// The operation has no derivative, for this reason; its results never require gradients.
template <class Op>
void no_rule(const char* reason) {
  detail::register_rule(detail::known_operation<Op>(), Rule{.no_rule_reason = reason, .parts = {}});
}

}  // namespace taeda::autograd
