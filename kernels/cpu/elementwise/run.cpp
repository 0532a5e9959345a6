// Picks the loop of an elementwise operation and runs it, at once or over strided operands.
#include "../families.h"
#include "boxes.h"
#include "copy.h"
#include "loops.h"
#include "strided.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

Loop find_loop(Arity arity, int op, DType compute) {
  return dispatch(compute, [&]<class T>() {
    switch (arity) {
      case Arity::Unary:
        return unary_loop<T>(op);
      case Arity::Binary:
        return binary_loop<T>(op);
      default:
        return ternary_loop<T>(op);
    }
  });
}

bool repeats_one_element(const Array& array) {
  for (const int64_t stride : array.strides) {
    if (stride != 0) return false;
  }
  return true;
}

struct Facts {
  bool results_in_bool;
  int parameters;
};

template <class... Ops>
constexpr std::array<Facts, sizeof...(Ops)> all_facts(OpList<Ops...>) {
  return {Facts{Ops::decl.result == Result::Bool, parameter_count(Ops::decl)}...};
}

Facts facts_of(Arity arity, int op) {
  static constexpr auto unary = all_facts(UnaryOps{});
  static constexpr auto binary = all_facts(BinaryOps{});
  static constexpr auto ternary = all_facts(TernaryOps{});
  const size_t index = static_cast<size_t>(op);
  switch (arity) {
    case Arity::Unary:
      return unary[index];
    case Arity::Binary:
      return binary[index];
    default:
      return ternary[index];
  }
}

// Whether an integer dtype has every parameter of a call; an infinity is its largest or smallest.
bool holds_parameters(const ElementwiseCall& call, DType dtype, int parameters) {
  const double largest = largest_value(dtype), smallest = dtype == DType::UInt8 ? 0 : -largest - 1;
  for (int i = 0; i < parameters; ++i) {
    const double value = call.params[i];
    if (!(smallest <= value && value <= largest) && !std::isinf(value)) return false;
  }
  return true;
}

// Whether a loop that reads and writes halves meets nothing else but numbers, which it takes as
// floats.
bool holds_halves(const ElementwiseCall& call, bool results_in_bool) {
  if (call.out.dtype != (results_in_bool ? DType::Bool : call.compute)) return false;
  for (const Array& input : call.inputs) {
    if (input.dtype != call.compute && !repeats_one_element(input)) return false;
  }
  return true;
}

// The type of the loop that runs a call.
DType loop_dtype(const ElementwiseCall& call, int op, const Facts& facts) {
  const DType dtype = call.compute;
  if (size_of(dtype) >= 4) return dtype;
  const bool has_loop = find_loop(call.arity, op, dtype);
  if (is_floating(dtype)) {
    return has_loop && holds_halves(call, facts.results_in_bool) ? dtype : DType::Float32;
  }
  return has_loop && holds_parameters(call, dtype, facts.parameters) ? dtype : DType::Int32;
}

constexpr int64_t kShortRun = 256;  // elements that are converted as they are: a short stack

// Runs one loop where no plan is needed: operands without gaps, or numbers. Other types than the
// loop's are converted as long as the run is short.
bool run_simple(const ElementwiseCall& call, Loop loop, DType in_dtype, DType result_dtype) {
  const int64_t count = call.out.numel();
  const bool is_short = count <= kShortRun;
  const bool stores_result = call.out.dtype == result_dtype;
  if (!stores_result && !is_short) return false;
  if (!call.contiguous && !call.out.is_contiguous()) return false;
  alignas(kVectorBytes) char converted[4][kShortRun * 8];
  LoopRows row{.out = stores_result ? call.out.data : converted[3],
               .in = {},
               .count = count,
               .params = call.params};
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    const Array& input = call.inputs[i];
    const bool has_gaps = !call.contiguous && !input.is_contiguous();
    row.in[i] = input.data;
    if (!has_gaps && input.dtype == in_dtype) continue;
    const bool repeats = is_floating(in_dtype) && repeats_one_element(input);
    if (!repeats && (has_gaps || !is_short)) return false;
    if (repeats) row.constants |= 1u << i;
    const DType dtype = repeats ? constant_dtype(in_dtype) : in_dtype;
    if (repeats && input.dtype == dtype) continue;
    converter(dtype, input.dtype)(converted[i], 1, input.data, 1, repeats ? 1 : count);
    row.in[i] = converted[i];
  }
  loop(row);
  if (!stores_result) converter(call.out.dtype, result_dtype)(call.out.data, 1, row.out, 1, count);
  return true;
}

// The operands of a call, the result first.
template <int Inputs>
Plan<Inputs + 1> plan_of(const ElementwiseCall& call) {
  std::array<const Array*, Inputs + 1> arrays{&call.out};
  for (int i = 0; i < Inputs; ++i) arrays[i + 1] = &call.inputs[i];
  return Plan<Inputs + 1>(arrays);
}

template <int Inputs>
void run_strided(const ElementwiseCall& call, Loop loop, DType in_dtype, DType result_dtype) {
  const Plan<Inputs + 1> plan = plan_of<Inputs>(call);
  int64_t bytes = plan.count * size_of(result_dtype);
  for (const Array& input : call.inputs) bytes += bytes_of(input);
  const bool is_large = bytes >= kStreamBytes;
  const Boxes<Inputs> boxes(call, plan, bytes);
  if (!boxes.turns()) {
    return StridedRun<Inputs>(call, plan, is_large, loop, in_dtype, result_dtype)();
  }
  boxes.each([&](const ElementwiseCall& part) {
    StridedRun<Inputs>(part, plan_of<Inputs>(part), is_large, loop, in_dtype, result_dtype)();
  });
}

void run_loop_over(const ElementwiseCall& call, Loop loop, DType in_dtype, DType result_dtype) {
  if (call.out.numel() <= kSerialRun && run_simple(call, loop, in_dtype, result_dtype)) return;
  switch (call.arity) {
    case Arity::Unary:
      return run_strided<1>(call, loop, in_dtype, result_dtype);
    case Arity::Binary:
      return run_strided<2>(call, loop, in_dtype, result_dtype);
    case Arity::Ternary:
      return run_strided<3>(call, loop, in_dtype, result_dtype);
  }
}

bool divides(int op) {
  return op == BinaryOps::index_of<FloorDivide>() || op == BinaryOps::index_of<TruncDivide>() ||
         op == BinaryOps::index_of<Remainder>() || op == BinaryOps::index_of<Fmod>();
}

// Before anything is written, for integers have no other way to tell. Broadcast dimensions are
// looked at once.
void check_divisors(int op, const Array& divisor) {
  if (divisor.numel() == 0) return;
  int64_t shape[kMaxDims], strides[kMaxDims];
  size_t ndim = 0;
  for (int d = 0; d < divisor.ndim(); ++d) {
    if (divisor.strides[d] == 0) continue;
    shape[ndim] = divisor.shape[d];
    strides[ndim++] = divisor.strides[d];
  }
  bool none_is_zero;
  reduce_kernels().run({.op = ReduceOp::All,
                        .out = {&none_is_zero, DType::Bool, {}, {}},
                        .in = {divisor.data, divisor.dtype, {shape, ndim}, {strides, ndim}},
                        .reduced_ndim = static_cast<int>(ndim)});
  if (none_is_zero) return;
  const char* name = "";
  BinaryOps::for_each([&]<class Op>() {
    if (BinaryOps::index_of<Op>() == op) name = Op::decl.name;
  });
  fail<RuntimeError>("ZeroDivisionError: ", name, ": an integer is divided by zero");
}

// Of halves the sign is a bit, for which nothing needs to be converted.
template <class Op>
void loop_over_signs(const LoopRows& rows) {
  uint16_t* out = static_cast<uint16_t*>(rows.out);
  const uint16_t* from = static_cast<const uint16_t*>(rows.in[0]);
  const int64_t count = rows.count;
  for (int64_t row = 0; row < rows.rows; ++row, out += rows.out_step, from += rows.in_steps[0]) {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) {
      out[i] = std::is_same_v<Op, Neg> ? from[i] ^ 0x8000 : from[i] & 0x7fff;
    }
  }
}

// Negates halves or takes their magnitudes; false where the call asks for something else.
bool run_over_signs(const ElementwiseCall& call) {
  const bool negates = call.op == UnaryOps::index_of<Neg>();
  if (call.arity != Arity::Unary || (!negates && call.op != UnaryOps::index_of<Abs>())) {
    return false;
  }
  Array input = call.inputs[0];
  if (input.dtype != call.compute || call.out.dtype != call.compute) return false;
  ElementwiseCall words = call;
  words.out.dtype = input.dtype = DType::Int16;
  words.inputs = {&input, 1};
  run_loop_over(words, negates ? loop_over_signs<Neg> : loop_over_signs<Abs>, DType::Int16,
                DType::Int16);
  return true;
}

void run_elementwise(const ElementwiseCall& call) {
  if (size_of(call.compute) == 2 && call.arity == Arity::Binary &&
      call.op == BinaryOps::index_of<NextAfter>()) {
    // The neighbour in float32 would round back.
    fail<NotImplementedError>("nextafter: not implemented for ", call.compute);
  }
  // Maths on bool runs in int32, where the inverse of 1 is not 0.
  const bool inverts_bool = call.compute == DType::Bool && call.arity == Arity::Unary &&
                            call.op == UnaryOps::index_of<BitwiseNot>();
  const int op = inverts_bool ? UnaryOps::index_of<LogicalNot>() : call.op;
  const Facts facts = facts_of(call.arity, op);
  const DType in_dtype = loop_dtype(call, op, facts);
  const Loop loop = find_loop(call.arity, op, in_dtype);
  if (!loop) fail<RuntimeError>("no kernel of this operation for dtype ", call.compute);
  const DType result_dtype = facts.results_in_bool ? DType::Bool : in_dtype;
  if (call.out.numel() == 0) return;
  if (is_floating(call.compute) && size_of(call.compute) == 2 && run_over_signs(call)) return;
  if (!is_floating(call.compute) && call.arity == Arity::Binary && divides(call.op)) {
    check_divisors(call.op, call.inputs[1]);
  }
  run_loop_over(call, loop, in_dtype, result_dtype);
}

}  // namespace

ElementwiseKernels elementwise_kernels() {
  return {.run = run_elementwise, .copy = copy_array, .fill = fill_array};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
