// Elementwise operations, copies and fills of strided operands of any dtype.
#include "../families.h"
#include "../runtime/faults.h"
#include "body.h"
#include "taeda/kernels/words.h"

namespace taeda::cuda {
namespace {

// The type that maths in `dtype` runs in.
template <class Function>
void dispatch_compute(DType dtype, Function&& function) {
  if (is_floating(dtype)) return dispatch_float(dtype, function);
  if (dtype == DType::Int64)
    function.template operator()<int64_t>();
  else
    function.template operator()<int32_t>();
}

template <int Inputs>
Operands<Inputs> operands_of(const ElementwiseCall& call, int parameters) {
  Operands<Inputs> operands;
  operands.out = call.out;
  Sizes strides[Inputs + 1] = {call.out.strides};
  for (int k = 0; k < Inputs; ++k) {
    const Array& input = call.inputs[static_cast<size_t>(k)];
    (call.numbers >> k & 1 ? operands.numbers : operands.in)[k] = input;
    strides[k + 1] = input.strides;
  }
  operands.walk = Walk<Inputs + 1>(call.out.shape, strides, false);
  for (int p = 0; p < 4; ++p) operands.params[p] = p < parameters ? call.params[p] : 0;
  return operands;
}

template <class... Ops>
int parameters_of(int op, OpList<Ops...>) {
  static constexpr int counts[] = {parameter_count(Ops::decl)...};
  return counts[op];
}

template <int Inputs>
void run_list(const ElementwiseCall& call, Launch<Inputs> launch, int parameters) {
  if (!launch) fail<RuntimeError>("no kernel of this operation for dtype ", call.compute);
  launch(operands_of<Inputs>(call, parameters));
}

struct ZeroDivisorBody {
  Memory divisor;
  Walk<1> walk;
  Faults faults;
  TAEDA_HD void operator()(int64_t i) const {
    if (divisor.load<int64_t>(walk.offset(i)) != 0) return;
    faults.raise({FaultKind::ZeroDivision});
  }
};

const char* name_of_division(int op) {
  const char* name = nullptr;
  const auto look = [&]<class Op>() {
    if (BinaryOps::index_of<Op>() == op) name = Op::decl.name;
  };
  OpList<FloorDivide, TruncDivide, Remainder, Fmod>::for_each(look);
  return name;
}

// Integers have no NaN: whoever waits for the device next is told.
void look_for_zeros(const ElementwiseCall& call) {
  if (is_floating(call.compute) || call.arity != Arity::Binary) return;
  const char* name = name_of_division(call.op);
  if (!name) return;
  const Array& divisor = call.inputs[1];
  if ((call.numbers & 2) == 0) {
    for_each(divisor.numel(), ZeroDivisorBody{divisor, walk_of(divisor), Faults(name)});
  } else if (Memory(divisor).load<int64_t>(0) == 0) {
    report(name, {FaultKind::ZeroDivision});
  }
}

void run_elementwise(const ElementwiseCall& call) {
  if (size_of(call.compute) == 2 && call.arity == Arity::Binary &&
      call.op == BinaryOps::index_of<NextAfter>()) {
    // The neighbour in float32 would round back.
    fail<NotImplementedError>("nextafter: not implemented for ", call.compute);
  }
  if (call.out.numel() == 0) return;
  look_for_zeros(call);
  // Maths on bool runs in int32, where the inverse of 1 is not 0.
  const bool inverts_bool = call.compute == DType::Bool && call.arity == Arity::Unary &&
                            call.op == UnaryOps::index_of<BitwiseNot>();
  const int op = inverts_bool ? UnaryOps::index_of<LogicalNot>() : call.op;
  dispatch_compute(call.compute, [&]<class T>() {
    switch (call.arity) {
      case Arity::Unary:
        return run_list<1>(call, unary_launch<T>(op), parameters_of(op, UnaryOps{}));
      case Arity::Binary:
        return run_list<2>(call, binary_launch<T>(op), parameters_of(op, BinaryOps{}));
      case Arity::Ternary:
        return run_list<3>(call, ternary_launch<T>(op), parameters_of(op, TernaryOps{}));
    }
  });
}

// Bits of one size as they are, or values by way of T.
template <class T>
struct CopyBody {
  Memory out, in;
  Walk<2> walk;
  TAEDA_HD void operator()(int64_t i) const {
    int64_t offsets[2];
    walk.offsets(i, offsets);
    out.store(offsets[0], in.load<T>(offsets[1]));
  }
};
template <class Bits>
struct MoveBody {
  Bits* out;
  const Bits* in;
  Walk<2> walk;
  TAEDA_HD void operator()(int64_t i) const {
    int64_t offsets[2];
    walk.offsets(i, offsets);
    out[offsets[0]] = in[offsets[1]];
  }
};
// Floats without gaps: by packs, then the elements that are left.
struct ConvertBody {
  static constexpr int kPack = kPackOf<float>;
  Memory out, in;
  int64_t packs;
  TAEDA_HD void operator()(int64_t item) const {
    if (item < packs) return store_pack(out, item, load_pack<float, kPack>(in, item));
    const int64_t i = packs * kPack + (item - packs);
    out.store(i, in.load<float>(i));
  }
};
template <class Bits>
struct FillBody {
  Bits* out;
  Bits value;
  Walk<1> walk;
  TAEDA_HD void operator()(int64_t i) const { out[walk.offset(i)] = value; }
};

}  // namespace

void copy_array(const Array& out, const Array& in) {
  const Walk<2> walk(out.shape, {out.strides, in.strides}, false);
  if (walk.count == 0) return;
  if (out.dtype == in.dtype) {
    if (walk.is_linear(0) && walk.is_linear(1)) {
      const auto bytes = static_cast<size_t>(walk.count * size_of(out.dtype));
      return driver().copy(out.data, in.data, bytes, current_stream());
    }
    return dispatch_words(out.dtype, [&]<class Bits>() {
      for_each(walk.count, MoveBody<Bits>{out.as<Bits>(), in.as<const Bits>(), walk});
    });
  }
  constexpr int kPack = ConvertBody::kPack;
  if (walk.is_linear(0) && walk.is_linear(1) && is_packable<float>(out, kPack) &&
      is_packable<float>(in, kPack)) {
    return for_each(walk.count / kPack + walk.count % kPack,
                    ConvertBody{out, in, walk.count / kPack});
  }
  // Through the type that holds all values of the source.
  dispatch_wide(in.dtype, [&]<class T>() { for_each(walk.count, CopyBody<T>{out, in, walk}); });
}

void fill_array(const Array& out, const void* value) {
  const Walk<1> walk(out.shape, {out.strides}, false);
  dispatch_words(out.dtype, [&]<class Bits>() {
    for_each(walk.count, FillBody<Bits>{out.as<Bits>(), *static_cast<const Bits*>(value), walk});
  });
}

ElementwiseKernels elementwise_kernels() {
  return {.run = run_elementwise, .copy = copy_array, .fill = fill_array};
}

}  // namespace taeda::cuda
