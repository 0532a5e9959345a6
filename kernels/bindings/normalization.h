// What the normalisations share: operands seen by the kernels, vectors of parameters, results.
#pragma once

#include <utility>

#include "operands.h"

namespace taeda::python {

// A vector (size,) in row-major order, or none: an array without memory.
class Vector {
 public:
  Vector(const char* operation, const char* argument, nb::handle object, int64_t size,
         DType dtype) {
    if (object.is_none()) return;
    const Operand& operand = operand_.emplace(operation, argument, object);
    check_shape(operation, argument, operand.shape(), {&size, 1});
    check_dtype(operation, argument, operand.dtype(), dtype);
    packed_.emplace(operand.array(), dtype);
  }
  Array array() const { return packed_ ? packed_->array() : Array{}; }

 private:
  std::optional<Operand> operand_;
  std::optional<Packed> packed_;
};

// What is normalised: rows along the last axis, or planes (n, c, s) of channels.
class Input {
 public:
  enum class Seen { Rows, Planes };

  Input(const char* operation, nb::handle object, Seen seen) : operand(operation, "x", object) {
    check_float(operation, "x", operand.dtype());
    const Sizes sizes = operand.shape();
    const size_t ndim = seen == Seen::Rows ? 1 : 2;
    if (sizes.size() < ndim) {
      fail<ValueError>(operation, ": x must have at least ", ndim, " dimensions, got ",
                       ShapeText{sizes});
    }
    if (seen == Seen::Rows)
      shape = {product(sizes.first(sizes.size() - 1)), sizes.back()};
    else
      shape = {sizes[0], sizes[1], product(sizes.subspan(2))};
  }

  DType dtype() const { return operand.dtype(); }
  DType statistics_dtype() const { return accumulator(operand.dtype()); }
  int64_t parameters() const { return shape[1]; }

  Operand operand;
  Shape shape;  // as the kernels see it
};

// A call of a normalisation: x and its parameters in row-major order, and three results.
struct NormCall {
  const Input& x;
  Vector weight, bias;
  Result out, mean, rstd;

  NormCall(const char* name, const Input& input, nb::handle weight_object, nb::handle bias_object,
           int64_t statistics, nb::handle out_object)
      : x(input),
        weight(name, "weight", weight_object, x.parameters(), x.dtype()),
        bias(name, "bias", bias_object, x.parameters(), x.dtype()),
        out(name, out_object, x.dtype(), x.operand.shape(), {x.operand.array()},
            {.layout = Layout::RowMajor, .same_place_is_safe = true}),
        mean(name, nb::none(), x.statistics_dtype(), {&statistics, 1}, {}),
        rstd(name, nb::none(), x.statistics_dtype(), {&statistics, 1}, {}),
        packed_(x.operand.array(), x.dtype()),
        to_(out.array(), x.shape) {}

  Array in() { return packed_.array(x.shape); }
  Array to() const { return to_.array(); }
  nb::tuple finish() { return nb::make_tuple(out.finish(), mean.finish(), rstd.finish()); }

 private:
  Packed packed_;
  View to_;
};

// A call of a gradient: from that of the result to those of x and its parameters.
struct NormBackwardCall {
  const Input& x;
  Operand grad;
  Vector mean, rstd, weight;
  Result grad_x, grad_weight, grad_bias;

  NormBackwardCall(const char* name, nb::handle grad_object, const Input& input,
                   nb::handle mean_object, nb::handle rstd_object, nb::handle weight_object,
                   int64_t statistics, nb::handle out)
      : x(input),
        grad(checked(name, grad_object)),
        mean(name, "mean", mean_object, statistics, x.statistics_dtype()),
        rstd(name, "rstd", rstd_object, statistics, x.statistics_dtype()),
        weight(name, "weight", weight_object, x.parameters(), x.dtype()),
        grad_x(name, out, x.dtype(), x.operand.shape(), {grad.array(), x.operand.array()},
               {.layout = Layout::RowMajor}),
        grad_weight(name, nb::none(), x.dtype(), Sizes(x.shape).subspan(1, 1), {}),
        grad_bias(name, nb::none(), x.dtype(), Sizes(x.shape).subspan(1, 1), {}),
        packed_grad_(grad.array(), x.dtype()),
        packed_x_(x.operand.array(), x.dtype()),
        to_(grad_x.array(), x.shape) {}

  Array grad_out() { return packed_grad_.array(x.shape); }
  Array in() { return packed_x_.array(x.shape); }
  Array to() const { return to_.array(); }
  nb::tuple finish() {
    return nb::make_tuple(grad_x.finish(), grad_weight.finish(), grad_bias.finish());
  }

 private:
  Operand checked(const char* name, nb::handle object) const {
    Operand operand(name, "grad", object);
    check_shape(name, "grad", operand.shape(), x.operand.shape());
    check_dtype(name, "grad", operand.dtype(), x.dtype());
    return operand;
  }

  Packed packed_grad_, packed_x_;
  View to_;
};

}  // namespace taeda::python
