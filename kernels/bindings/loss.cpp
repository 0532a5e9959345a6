// Classification losses on arrays, with their gradients.
#include "taeda/kernels/ops/loss.h"

#include <string_view>

#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

Reduction read_reduction(const char* name, nb::handle object) {
  const char* text = "";
  if (nb::try_cast(object, text)) {
    const std::string_view given(text);
    if (given == "none") return Reduction::None;
    if (given == "mean") return Reduction::Mean;
    if (given == "sum") return Reduction::Sum;
  }
  fail<ValueError>(name, ": reduction must be \"none\", \"mean\" or \"sum\", got \"", text, "\"");
}

// Scores (n, c, ...) or (c,), their targets and the weights of the classes as the kernels take
// them: (n, c, s), (n, s), (c,).
class Scores {
 public:
  Scores(const char* name, const char* argument, nb::handle scores, nb::handle target,
         nb::handle weight, nb::handle reduction, int64_t ignore_index)
      : scores_(name, argument, scores),
        target_(name, "target", target),
        reduction_(read_reduction(name, reduction)),
        ignore_index_(ignore_index) {
    check_float(name, argument, dtype());
    const Sizes sizes = scores_.shape();
    if (sizes.empty()) fail<ValueError>(name, ": ", argument, " must have an axis of classes");
    const size_t axis = sizes.size() == 1 ? 0 : 1;
    shape = {axis == 0 ? 1 : sizes[0], sizes[axis], product(sizes.subspan(axis + 1))};
    for (size_t d = 0; d < sizes.size(); ++d) {
      if (d != axis) positions.push_back(sizes[d]);
    }
    if (!is_integral(target_.dtype())) {
      fail<TypeError>(name, ": target must be integers, got ", target_.dtype());
    }
    check_shape(name, "target", target_.shape(), positions);
    packed_target_.emplace(target_.array(), DType::Int64);
    if (weight.is_none()) return;
    const Operand& weights = weight_.emplace(name, "weight", weight);
    check_shape(name, "weight", weights.shape(), Sizes(shape).subspan(1, 1));
    check_dtype(name, "weight", weights.dtype(), dtype());
    packed_weight_.emplace(weights.array(), dtype());
  }

  DType dtype() const { return scores_.dtype(); }
  Array array() const { return scores_.array(); }
  Reduction reduction() const { return reduction_; }
  // The shape of the loss.
  Sizes loss_shape() const { return reduction_ == Reduction::None ? Sizes(positions) : Sizes(); }
  LossOptions options() {
    return {packed_target_->array({shape[0], shape[2]}),
            packed_weight_ ? packed_weight_->array() : Array{}, ignore_index_, reduction_};
  }

  Shape shape;      // (n, c, s)
  Shape positions;  // of the target

 private:
  Operand scores_, target_;
  Reduction reduction_;
  int64_t ignore_index_;
  std::optional<Packed> packed_target_, packed_weight_;
  std::optional<Operand> weight_;
};

// What a gradient takes beside: in row-major order, checked.
Operand read_state(const char* name, const char* argument, nb::handle object, Sizes shape,
                   DType dtype) {
  Operand operand(name, argument, object);
  check_shape(name, argument, operand.shape(), shape);
  check_dtype(name, argument, operand.dtype(), dtype);
  return operand;
}

Shape row_state_shape(const Scores& scores) { return {2, scores.shape[0], scores.shape[2]}; }

nb::tuple nll_loss(nb::handle object, nb::handle target, nb::handle weight, int64_t ignore_index,
                   nb::handle reduction, nb::handle out) {
  const char* name = "nll_loss";
  Scores scores(name, "x", object, target, weight, reduction, ignore_index);
  Result loss(name, out, scores.dtype(), scores.loss_shape(), {scores.array()},
              {.layout = Layout::RowMajor});
  Result total(name, nb::none(), accumulator(scores.dtype()), {}, {});
  Packed in(scores.array(), scores.dtype());
  {
    const ReleaseForLarge release(scores.array().numel());
    cpu().loss.nll_loss({.out = loss.array(),
                         .total_weight = total.array(),
                         .scores = in.array(scores.shape),
                         .options = scores.options()});
  }
  return nb::make_tuple(loss.finish(), total.finish());
}

nb::object nll_loss_backward(nb::handle grad_object, nb::handle object, nb::handle target,
                             nb::handle total_object, nb::handle weight, int64_t ignore_index,
                             nb::handle reduction, nb::handle out) {
  const char* name = "nll_loss_backward";
  Scores scores(name, "x", object, target, weight, reduction, ignore_index);
  const Operand grad = read_state(name, "grad", grad_object, scores.loss_shape(), scores.dtype());
  const Operand total =
      read_state(name, "total_weight", total_object, {}, accumulator(scores.dtype()));
  Result result(name, out, scores.dtype(), scores.array().shape, {grad.array()},
                {.layout = Layout::RowMajor});
  const Packed g(grad.array(), scores.dtype());
  const View to(result.array(), scores.shape);
  {
    const ReleaseForLarge release(to.array().numel());
    cpu().loss.nll_loss_backward({.grad_in = to.array(),
                                  .grad_out = g.array(),
                                  .total_weight = total.array(),
                                  .options = scores.options()});
  }
  return result.finish();
}

void check_smoothing(const char* name, double label_smoothing) {
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    fail<ValueError>(name, ": label_smoothing must lie between 0 and 1, got ", label_smoothing);
  }
}

nb::tuple cross_entropy(nb::handle object, nb::handle target, nb::handle weight,
                        int64_t ignore_index, nb::handle reduction, double label_smoothing,
                        nb::handle out) {
  const char* name = "cross_entropy";
  check_smoothing(name, label_smoothing);
  Scores scores(name, "x", object, target, weight, reduction, ignore_index);
  const DType wide = accumulator(scores.dtype());
  Result loss(name, out, scores.dtype(), scores.loss_shape(), {scores.array()},
              {.layout = Layout::RowMajor});
  Result total(name, nb::none(), wide, {}, {});
  Result state(name, nb::none(), wide, row_state_shape(scores), {});
  Packed in(scores.array(), scores.dtype());
  {
    const ReleaseForLarge release(scores.array().numel());
    cpu().loss.cross_entropy({.out = loss.array(),
                              .total_weight = total.array(),
                              .row_state = state.array(),
                              .logits = in.array(scores.shape),
                              .options = scores.options(),
                              .label_smoothing = label_smoothing});
  }
  return nb::make_tuple(loss.finish(), total.finish(), state.finish());
}

nb::object cross_entropy_backward(nb::handle grad_object, nb::handle object, nb::handle target,
                                  nb::handle total_object, nb::handle state_object,
                                  nb::handle weight, int64_t ignore_index, nb::handle reduction,
                                  double label_smoothing, nb::handle out) {
  const char* name = "cross_entropy_backward";
  check_smoothing(name, label_smoothing);
  Scores scores(name, "x", object, target, weight, reduction, ignore_index);
  const DType wide = accumulator(scores.dtype());
  const Operand grad = read_state(name, "grad", grad_object, scores.loss_shape(), scores.dtype());
  const Operand total = read_state(name, "total_weight", total_object, {}, wide);
  const Operand state = read_state(name, "row_state", state_object, row_state_shape(scores), wide);
  Result result(name, out, scores.dtype(), scores.array().shape,
                {scores.array(), grad.array(), state.array()}, {.layout = Layout::RowMajor});
  Packed in(scores.array(), scores.dtype());
  const Packed g(grad.array(), scores.dtype()), rows(state.array(), wide);
  const View to(result.array(), scores.shape);
  {
    const ReleaseForLarge release(to.array().numel());
    cpu().loss.cross_entropy_backward({.grad_in = to.array(),
                                       .grad_out = g.array(),
                                       .total_weight = total.array(),
                                       .row_state = rows.array(),
                                       .logits = in.array(scores.shape),
                                       .options = scores.options(),
                                       .label_smoothing = label_smoothing});
  }
  return result.finish();
}

}  // namespace

void init_loss(nb::module_& m) {
  m.def("nll_loss", &nll_loss, nb::arg("x"), nb::arg("target"), nb::arg("weight") = nb::none(),
        nb::kw_only(), nb::arg("ignore_index") = -100, nb::arg("reduction") = "mean",
        nb::arg("out") = nb::none(),
        nb::sig("def nll_loss(x: typing.Any, target: typing.Any, weight: typing.Any = None, *, "
                "ignore_index: int = -100, reduction: str = 'mean', out: typing.Any = None) "
                "-> tuple[typing.Any, typing.Any]"),
        "-weight[target] * x[target] of log-probabilities, and the total weight.\n\n"
        "x (n, c, ...) or (c,), of a float dtype, and a target (n, ...) of classes give for the\n"
        "reduction \"none\" losses of the target's shape, else one, which for \"mean\" is divided\n"
        "by the total weight. A target that is ignore_index counts for nothing. Raises ValueError\n"
        "for shapes, IndexError for a target that is no class, TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.nll_loss(numpy.array([[-1.0, -2.0], [-3.0, -4.0]]), "
        "numpy.array([0, 1]))\n"
        "(array(2.5), array(2.))");
  m.def("nll_loss_backward", &nll_loss_backward, nb::arg("grad"), nb::arg("x"), nb::arg("target"),
        nb::arg("total_weight"), nb::arg("weight") = nb::none(), nb::kw_only(),
        nb::arg("ignore_index") = -100, nb::arg("reduction") = "mean", nb::arg("out") = nb::none(),
        nb::sig("def nll_loss_backward(grad: typing.Any, x: typing.Any, target: typing.Any, "
                "total_weight: typing.Any, weight: typing.Any = None, *, "
                "ignore_index: int = -100, reduction: str = 'mean', out: typing.Any = None) "
                "-> typing.Any"),
        "The gradient of nll_loss's x, of the shape of x, from that of its result.\n\n"
        "total_weight is what nll_loss gave. Raises ValueError for shapes, IndexError for a target "
        "that\nis no class, TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x, target = numpy.array([[-1.0, -2.0], [-3.0, -4.0]]), numpy.array([0, 1])\n"
        ">>> loss, total = taeda_kernels.nll_loss(x, target)\n"
        ">>> taeda_kernels.nll_loss_backward(numpy.array(1.0), x, target, total)\n"
        "array([[-0.5,  0. ],\n"
        "       [ 0. , -0.5]])");
  m.def("cross_entropy", &cross_entropy, nb::arg("x"), nb::arg("target"),
        nb::arg("weight") = nb::none(), nb::kw_only(), nb::arg("ignore_index") = -100,
        nb::arg("reduction") = "mean", nb::arg("label_smoothing") = 0.0,
        nb::arg("out") = nb::none(),
        nb::sig("def cross_entropy(x: typing.Any, target: typing.Any, weight: typing.Any = None, "
                "*, ignore_index: int = -100, reduction: str = 'mean', "
                "label_smoothing: float = 0.0, out: typing.Any = None) "
                "-> tuple[typing.Any, typing.Any, typing.Any]"),
        "The nll_loss of log_softmax(x) along the classes, the total weight, and a state.\n\n"
        "With label_smoothing e the loss is (1 - e) nll - e / c * sum(weight * log_softmax(x)).\n"
        "Shapes, reductions and errors are those of nll_loss; the state (2, n, s) serves the\n"
        "gradient: the maximum of each row and log(sum(exp(x - maximum))).\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> loss, total, state = taeda_kernels.cross_entropy(numpy.zeros((1, 2)), "
        "numpy.array([0]))\n"
        ">>> loss\n"
        "array(0.69314718)");
  m.def("cross_entropy_backward", &cross_entropy_backward, nb::arg("grad"), nb::arg("x"),
        nb::arg("target"), nb::arg("total_weight"), nb::arg("row_state"),
        nb::arg("weight") = nb::none(), nb::kw_only(), nb::arg("ignore_index") = -100,
        nb::arg("reduction") = "mean", nb::arg("label_smoothing") = 0.0,
        nb::arg("out") = nb::none(),
        nb::sig("def cross_entropy_backward(grad: typing.Any, x: typing.Any, target: typing.Any, "
                "total_weight: typing.Any, row_state: typing.Any, weight: typing.Any = None, *, "
                "ignore_index: int = -100, reduction: str = 'mean', "
                "label_smoothing: float = 0.0, out: typing.Any = None) -> typing.Any"),
        "The gradient of cross_entropy's x, of the shape of x, from that of its result.\n\n"
        "total_weight and row_state are what cross_entropy gave. Raises ValueError for shapes,\n"
        "IndexError for a target that is no class, TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x, target = numpy.zeros((1, 2)), numpy.array([0])\n"
        ">>> loss, total, state = taeda_kernels.cross_entropy(x, target)\n"
        ">>> taeda_kernels.cross_entropy_backward(numpy.array(1.0), x, target, total, state)\n"
        "array([[-0.5,  0.5]])");
}

}  // namespace taeda::python
