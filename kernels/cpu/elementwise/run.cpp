// Drives the innermost loops over strided operands of any dtype.
#include "../convert.h"
#include "../families.h"
#include "../plan.h"
#include "copy.h"
#include "loops.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kRun = 1024;         // elements that are converted or gathered at a time: fits L1
constexpr int64_t kGrain = 32 * kRun;  // elements of a parallel block
constexpr int64_t kLongRow = 64;       // rows of this length are worth a loop each

Loop find_loop(Arity arity, int op, DType compute) {
  const auto pick = [&]<class T>() {
    switch (arity) {
      case Arity::Unary:
        return unary_loop<T>(op);
      case Arity::Binary:
        return binary_loop<T>(op);
      case Arity::Ternary:
        return ternary_loop<T>(op);
    }
    return Loop(nullptr);
  };
  switch (compute) {
    case DType::Float32:
      return pick.template operator()<float>();
    case DType::Float64:
      return pick.template operator()<double>();
    case DType::Int64:
      return pick.template operator()<int64_t>();
    default:
      return pick.template operator()<int32_t>();
  }
}

// The type that maths in `dtype` really runs in.
DType loop_dtype(DType dtype) {
  if (dtype == DType::Float64 || dtype == DType::Int64) return dtype;
  return is_floating(dtype) ? DType::Float32 : DType::Int32;
}

template <class... Ops>
constexpr std::array<bool, sizeof...(Ops)> bool_results(OpList<Ops...>) {
  return {(Ops::decl.result == Result::Bool)...};
}

bool results_in_bool(Arity arity, int op) {
  static constexpr auto unary = bool_results(UnaryOps{});
  static constexpr auto binary = bool_results(BinaryOps{});
  static constexpr auto ternary = bool_results(TernaryOps{});
  const size_t index = static_cast<size_t>(op);
  switch (arity) {
    case Arity::Unary:
      return unary[index];
    case Arity::Binary:
      return binary[index];
    case Arity::Ternary:
      return ternary[index];
  }
  return false;
}

template <int Inputs>
class Run {
 public:
  Run(const ElementwiseCall& call, Loop loop, DType in_dtype, DType result_dtype)
      : call_(call),
        loop_(loop),
        in_dtype_(in_dtype),
        result_dtype_(result_dtype),
        plan_(std::span<const Array* const, Inputs + 1>(arrays(call))) {
    out_direct_ = plan_.is_linear(0) && call.out.dtype == result_dtype;
    for (int i = 0; i < Inputs; ++i) {
      constant_[i] = plan_.is_constant(i + 1);
      direct_[i] = plan_.is_linear(i + 1) && call.inputs[i].dtype == in_dtype;
    }
  }

  void operator()() {
    parallel_for(plan_.count, kGrain, [this](int64_t begin, int64_t end) { block(begin, end); });
  }

 private:
  static std::array<const Array*, Inputs + 1> arrays(const ElementwiseCall& call) {
    std::array<const Array*, Inputs + 1> result;
    result[0] = &call.out;
    for (int i = 0; i < Inputs; ++i) result[i + 1] = &call.inputs[i];
    return result;
  }

  static char* element(const Array& array, int64_t offset) {
    return static_cast<char*>(array.data) + offset * size_of(array.dtype);
  }

  void block(int64_t begin, int64_t end) {
    if (plan_.shape[plan_.ndim - 1] >= kLongRow) return by_rows(begin, end);
    by_runs(begin, end);
  }

  // Along the innermost dimension: what lies there without gaps and in the right dtype needs no
  // copy.
  void by_rows(int64_t begin, int64_t end) {
    alignas(64) char buffers[Inputs + 1][kRun * 8];
    const int inner = plan_.ndim - 1;
    const bool write_in_place = call_.out.dtype == result_dtype_ && plan_.strides[0][inner] == 1;
    bool in_place[Inputs];
    int64_t limit = write_in_place ? end - begin : kRun;
    for (int i = 0; i < Inputs; ++i) {
      in_place[i] = call_.inputs[i].dtype == in_dtype_ && plan_.strides[i + 1][inner] == 1;
      if (!in_place[i]) limit = kRun;
      if (constant_[i]) fill(i, std::min(kRun, end - begin), buffers[i + 1]);
    }
    Cursor<Inputs + 1> cursor(plan_, begin);
    for (int64_t at = begin; at < end;) {
      const int64_t count = std::min({limit, end - at, cursor.left_in_row()});
      const void* in[Inputs];
      for (int i = 0; i < Inputs; ++i) {
        const char* from = element(call_.inputs[i], cursor.offset(i + 1));
        in[i] = in_place[i] ? from : buffers[i + 1];
        if (in_place[i] || constant_[i]) continue;
        converter(in_dtype_, call_.inputs[i].dtype)(buffers[i + 1], 1, from,
                                                    plan_.strides[i + 1][inner], count);
      }
      char* to = element(call_.out, cursor.offset(0));
      loop_(write_in_place ? to : buffers[0], in, count, call_.params);
      if (!write_in_place) {
        converter(call_.out.dtype, result_dtype_)(to, plan_.strides[0][inner], buffers[0], 1,
                                                  count);
      }
      at += count;
      if (at < end) cursor.advance(count);
    }
  }

  // Across rows that are too short for a loop each: gathered into runs.
  void by_runs(int64_t begin, int64_t end) {
    alignas(64) char buffers[Inputs + 1][kRun * 8];
    for (int i = 0; i < Inputs; ++i) {
      if (constant_[i]) fill(i, std::min(kRun, end - begin), buffers[i + 1]);
    }
    for (int64_t at = begin; at < end; at += kRun) {
      const int64_t count = std::min(kRun, end - at);
      const void* in[Inputs];
      for (int i = 0; i < Inputs; ++i) {
        in[i] = direct_[i] ? element(call_.inputs[i], at) : buffers[i + 1];
        if (!direct_[i] && !constant_[i]) gather(i, at, count, buffers[i + 1]);
      }
      loop_(out_direct_ ? element(call_.out, at) : buffers[0], in, count, call_.params);
      if (!out_direct_) scatter(at, count, buffers[0]);
    }
  }

  void fill(int input, int64_t count, char* to) {
    const Array& array = call_.inputs[input];
    converter(in_dtype_, array.dtype)(to, 1, array.data, 0, count);
  }

  // Brings `count` elements of an input, from linear position `at`, into a contiguous run.
  void gather(int input, int64_t at, int64_t count, char* to) {
    const Array& array = call_.inputs[input];
    const Convert convert = converter(in_dtype_, array.dtype);
    const int64_t stride = plan_.strides[input + 1][plan_.ndim - 1];
    if (plan_.is_linear(input + 1)) return convert(to, 1, element(array, at), 1, count);
    Cursor cursor(plan_, at);
    while (count > 0) {
      const int64_t step = std::min(count, cursor.left_in_row());
      convert(to, 1, element(array, cursor.offset(input + 1)), stride, step);
      to += step * size_of(in_dtype_);
      count -= step;
      if (count > 0) cursor.advance(step);
    }
  }

  void scatter(int64_t at, int64_t count, const char* from) {
    const Convert convert = converter(call_.out.dtype, result_dtype_);
    const int64_t stride = plan_.strides[0][plan_.ndim - 1];
    if (plan_.is_linear(0)) return convert(element(call_.out, at), 1, from, 1, count);
    Cursor cursor(plan_, at);
    while (count > 0) {
      const int64_t step = std::min(count, cursor.left_in_row());
      convert(element(call_.out, cursor.offset(0)), stride, from, 1, step);
      from += step * size_of(result_dtype_);
      count -= step;
      if (count > 0) cursor.advance(step);
    }
  }

  const ElementwiseCall& call_;
  Loop loop_;
  DType in_dtype_, result_dtype_;
  Plan<Inputs + 1> plan_;
  bool out_direct_;
  bool direct_[Inputs], constant_[Inputs];
};

// Small, contiguous and of the right type already: no plan is needed.
bool is_simple(const ElementwiseCall& call, DType in_dtype, DType result_dtype) {
  if (call.out.dtype != result_dtype) return false;
  for (const Array& input : call.inputs) {
    if (input.dtype != in_dtype) return false;
  }
  if (call.contiguous) return true;
  for (const Array& input : call.inputs) {
    if (!input.is_contiguous()) return false;
  }
  return call.out.is_contiguous();
}

template <int Inputs>
void run_strided(ElementwiseCall call, Loop loop, DType in_dtype, DType result_dtype) {
  const auto run = [&](const auto&... aligned) {
    const Array inputs[] = {aligned.array()...};
    call.inputs = inputs;
    Run<Inputs>(call, loop, in_dtype, result_dtype)();
  };
  const auto aligned = [&](int i) { return Aligned(call.out, call.inputs[i]); };
  if constexpr (Inputs == 1)
    run(aligned(0));
  else if constexpr (Inputs == 2)
    run(aligned(0), aligned(1));
  else
    run(aligned(0), aligned(1), aligned(2));
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
  const DType in_dtype = loop_dtype(call.compute);
  const Loop loop = find_loop(call.arity, op, in_dtype);
  if (!loop) fail<RuntimeError>("no kernel of this operation for dtype ", call.compute);
  const DType result_dtype = results_in_bool(call.arity, op) ? DType::Bool : in_dtype;
  const int64_t count = call.out.numel();
  if (count == 0) return;
  if (!is_floating(call.compute) && call.arity == Arity::Binary && divides(call.op)) {
    check_divisors(call.op, call.inputs[1]);
  }
  if (count <= kGrain && is_simple(call, in_dtype, result_dtype)) {
    const void* in[3];
    for (size_t i = 0; i < call.inputs.size(); ++i) in[i] = call.inputs[i].data;
    return loop(call.out.data, in, count, call.params);
  }
  switch (call.arity) {
    case Arity::Unary:
      return run_strided<1>(call, loop, in_dtype, result_dtype);
    case Arity::Binary:
      return run_strided<2>(call, loop, in_dtype, result_dtype);
    case Arity::Ternary:
      return run_strided<3>(call, loop, in_dtype, result_dtype);
  }
}

}  // namespace

ElementwiseKernels elementwise_kernels() {
  return {.run = run_elementwise, .copy = copy_array, .fill = fill_array};
}

}  // namespace taeda::cpu::inline TAEDA_ISA
