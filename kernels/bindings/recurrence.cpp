// Recurrent layers over sequences of arrays, with their gradients.
#include <nanobind/stl/string.h>

#include <numeric>

#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

RecurrenceKind read_kind(const char* name, const std::string& mode) {
  const std::pair<const char*, RecurrenceKind> kinds[] = {{"RNN_TANH", RecurrenceKind::Tanh},
                                                          {"RNN_RELU", RecurrenceKind::Relu},
                                                          {"LSTM", RecurrenceKind::Lstm},
                                                          {"GRU", RecurrenceKind::Gru}};
  for (const auto& [text, kind] : kinds) {
    if (mode == text) return kind;
  }
  fail<ValueError>(name, ": mode must be \"RNN_TANH\", \"RNN_RELU\", \"LSTM\" or \"GRU\", got \"",
                   mode, "\"");
}

// The sequences of a call, and what its operands must look like.
struct Setting {
  const char* name;
  RecurrenceKind kind;
  bool reverse;
  Shape sizes, offsets;
  DType dtype;
  int64_t size, rows, sequences;

  Setting(const char* name, const std::string& mode, const Operand& weight, nb::handle sizes_object,
          bool reverse)
      : name(name),
        kind(read_kind(name, mode)),
        reverse(reverse),
        sizes(read_shape(name, "sizes", sizes_object)),
        offsets(sizes.size()),
        dtype(weight.dtype()),
        size(weight.shape().size() == 2 ? weight.shape()[1] : 0),
        rows(std::accumulate(sizes.begin(), sizes.end(), int64_t{0})),
        sequences(sizes.empty() ? 0 : sizes[0]) {
    if (dtype != DType::Float32 && dtype != DType::Float64) {
      fail<TypeError>(name, ": weight must be of dtype float32 or float64, got ", dtype);
    }
    const int64_t shape[] = {gates_of(kind) * size, size};
    check_shape(name, "weight", weight.shape(), shape);
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] < 0 || (i > 0 && sizes[i] > sizes[i - 1])) {
        fail<ValueError>(name, ": sizes may not grow from step to step, got ", ShapeText{sizes});
      }
    }
    std::exclusive_scan(sizes.begin(), sizes.end(), offsets.begin(), int64_t{0});
  }

  bool has_cell() const { return kind == RecurrenceKind::Lstm; }
  RecurrenceSteps steps() const { return {sizes, offsets, 1, reverse}; }
  Shape of_rows(int64_t parts = 1) const { return {rows, parts * size}; }
  Shape of_states() const { return {sequences, size}; }
};

// An operand of this shape in row-major order, or none.
class Given {
 public:
  Given(const Setting& setting, const char* argument, nb::handle object, const Shape& shape) {
    if (object.is_none()) return;
    const Operand& operand = operand_.emplace(setting.name, argument, object);
    check_shape(setting.name, argument, operand.shape(), shape);
    check_dtype(setting.name, argument, operand.dtype(), setting.dtype);
    packed_.emplace(operand.array(), setting.dtype);
  }
  Array array() const { return packed_ ? packed_->array() : Array{}; }

 private:
  std::optional<Operand> operand_;
  std::optional<Packed> packed_;
};

Result fresh(const Setting& setting, const Shape& shape) {
  return {setting.name, nb::none(), setting.dtype, shape, {}};
}

void check_cell(const Setting& setting, nb::handle cell) {
  if (cell.is_none() == setting.has_cell()) {
    fail<ValueError>(setting.name, ": an LSTM, and nothing else, takes a cell");
  }
}

nb::tuple recurrence(const std::string& mode, nb::handle projected_object, nb::handle hidden_object,
                     nb::handle cell_object, nb::handle weight_object, nb::handle bias_object,
                     nb::handle sizes, bool reverse) {
  const Operand weight_operand("recurrence", "weight", weight_object);
  const Setting s("recurrence", mode, weight_operand, sizes, reverse);
  const int64_t gates = gates_of(s.kind);
  check_cell(s, cell_object);
  const Given projected(s, "projected", projected_object, s.of_rows(gates));
  const Given hidden(s, "hidden", hidden_object, s.of_states());
  const Given cell(s, "cell", cell_object, s.of_states());
  const Given bias(s, "bias", bias_object, {gates * s.size});
  const Packed weight(weight_operand.array(), s.dtype);
  Result states = fresh(s, s.of_rows()), last = fresh(s, s.of_states());
  Result last_cell = fresh(s, s.of_states()), kept = fresh(s, s.of_rows(kept_parts_of(s.kind)));
  {
    const ReleaseForLarge release(s.rows * s.size);
    cpu().recurrence.forward({.kind = s.kind,
                              .steps = s.steps(),
                              .hidden = states.array(),
                              .last_hidden = last.array(),
                              .last_cell = last_cell.array(),
                              .kept = kept.array(),
                              .projected = projected.array(),
                              .initial_hidden = hidden.array(),
                              .initial_cell = cell.array(),
                              .weight = weight.array(),
                              .bias = bias.array()});
  }
  return nb::make_tuple(states.finish(), last.finish(),
                        s.has_cell() ? last_cell.finish() : nb::none(), kept.finish());
}

nb::tuple recurrence_backward(const std::string& mode, nb::handle grad_object,
                              nb::handle states_object, nb::handle kept_object,
                              nb::handle hidden_object, nb::handle cell_object,
                              nb::handle weight_object, nb::handle sizes, bool reverse,
                              nb::handle grad_last_object, nb::handle grad_last_cell_object) {
  const Operand weight_operand("recurrence_backward", "weight", weight_object);
  const Setting s("recurrence_backward", mode, weight_operand, sizes, reverse);
  check_cell(s, cell_object);
  const Given grad(s, "grad", grad_object, s.of_rows());
  const Given grad_last(s, "grad_last", grad_last_object, s.of_states());
  const Given grad_last_cell(s, "grad_last_cell", grad_last_cell_object, s.of_states());
  const Given states(s, "states", states_object, s.of_rows());
  const Given kept(s, "kept", kept_object, s.of_rows(kept_parts_of(s.kind)));
  const Given hidden(s, "hidden", hidden_object, s.of_states());
  const Given cell(s, "cell", cell_object, s.of_states());
  const Packed weight(weight_operand.array(), s.dtype);
  const bool is_gru = s.kind == RecurrenceKind::Gru;
  Result of_projected = fresh(s, s.of_rows(gates_of(s.kind)));
  Result of_sums = fresh(s, s.of_rows(is_gru ? gates_of(s.kind) : 0));
  Result of_hidden = fresh(s, s.of_states()), of_cell = fresh(s, s.of_states());
  Result previous = fresh(s, s.of_rows());
  {
    const ReleaseForLarge release(s.rows * s.size);
    cpu().recurrence.backward({.kind = s.kind,
                               .steps = s.steps(),
                               .grad_projected = of_projected.array(),
                               .grad_recurrent = of_sums.array(),
                               .grad_initial_hidden = of_hidden.array(),
                               .grad_initial_cell = of_cell.array(),
                               .previous = previous.array(),
                               .grad_hidden = grad.array(),
                               .grad_last_hidden = grad_last.array(),
                               .grad_last_cell = grad_last_cell.array(),
                               .hidden = states.array(),
                               .kept = kept.array(),
                               .initial_hidden = hidden.array(),
                               .initial_cell = cell.array(),
                               .weight = weight.array()});
  }
  const nb::object projected = of_projected.finish();
  return nb::make_tuple(projected, is_gru ? of_sums.finish() : projected, previous.finish(),
                        of_hidden.finish(), s.has_cell() ? of_cell.finish() : nb::none());
}

}  // namespace

void init_recurrence(nb::module_& m) {
  m.def("recurrence", &recurrence, nb::arg("mode"), nb::arg("projected"), nb::arg("hidden"),
        nb::arg("cell").none(), nb::arg("weight"), nb::arg("bias").none(), nb::arg("sizes"),
        nb::kw_only(), nb::arg("reverse") = false,
        nb::sig("def recurrence(mode: str, projected: typing.Any, hidden: typing.Any, "
                "cell: typing.Any, weight: typing.Any, bias: typing.Any, sizes: typing.Any, *, "
                "reverse: bool = False) -> tuple[typing.Any, typing.Any, typing.Any, typing.Any]"),
        "A recurrent layer over sequences: its states, the last ones, the last cells and what the\n"
        "gradients need.\n\n"
        "mode is \"RNN_TANH\", \"RNN_RELU\", \"LSTM\" (gates input, forget, cell, output) or "
        "\"GRU\" (reset,\nupdate, new). projected (rows, gates * h) is the input times its weight, "
        "step by step: the rows of a\nstep lie side by side, sizes says how many, never more than "
        "in the step before. hidden, and of an\nLSTM cell, (n, h) are the initial state, weight "
        "(gates * h, h) multiplies the state, bias is the\none that a GRU's reset gate scales. "
        "float32 or float64. Raises ValueError for shapes, TypeError\nfor dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> one = numpy.ones((1, 1))\n"
        ">>> taeda_kernels.recurrence(\"RNN_RELU\", numpy.ones((3, 1)), one, None, one, None, "
        "[1, 1, 1])[0]\n"
        "array([[2.],\n       [3.],\n       [4.]])");
  m.def("recurrence_backward", &recurrence_backward, nb::arg("mode"), nb::arg("grad").none(),
        nb::arg("states"), nb::arg("kept"), nb::arg("hidden"), nb::arg("cell").none(),
        nb::arg("weight"), nb::arg("sizes"), nb::kw_only(), nb::arg("reverse") = false,
        nb::arg("grad_last") = nb::none(), nb::arg("grad_last_cell") = nb::none(),
        nb::sig("def recurrence_backward(mode: str, grad: typing.Any, states: typing.Any, "
                "kept: typing.Any, hidden: typing.Any, cell: typing.Any, weight: typing.Any, "
                "sizes: typing.Any, *, reverse: bool = False, grad_last: typing.Any = None, "
                "grad_last_cell: typing.Any = None) "
                "-> tuple[typing.Any, typing.Any, typing.Any, typing.Any, typing.Any]"),
        "The gradients of recurrence from those of its states: of projected, of the products with\n"
        "weight, then the state before each row, and the gradients of hidden and cell.\n\n"
        "states and kept are what recurrence gave. The gradient of weight is that of the products, "
        "transposed,\ntimes the states before. Raises ValueError for shapes, TypeError for "
        "dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> one, x = numpy.ones((1, 1)), numpy.ones((3, 1))\n"
        ">>> states, _, _, kept = taeda_kernels.recurrence(\"RNN_RELU\", x, one, None, one, None, "
        "[1, 1, 1])\n"
        ">>> taeda_kernels.recurrence_backward(\"RNN_RELU\", x, states, kept, one, None, one, "
        "[1, 1, 1])[3]\n"
        "array([[3.]])");
}

}  // namespace taeda::python
