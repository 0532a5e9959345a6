// Recurrent layers: what taeda_nn calls.
#include "taeda/tensor/ops/recurrence.h"

#include <nanobind/stl/vector.h>

#include <cstring>

#include "results.h"

namespace taeda::python {
namespace {

RecurrenceKind read_kind(const char* mode) {
  const std::pair<const char*, RecurrenceKind> kinds[] = {{"RNN_TANH", RecurrenceKind::Tanh},
                                                          {"RNN_RELU", RecurrenceKind::Relu},
                                                          {"LSTM", RecurrenceKind::Lstm},
                                                          {"GRU", RecurrenceKind::Gru}};
  for (const auto& [name, kind] : kinds) {
    if (std::strcmp(name, mode) == 0) return kind;
  }
  fail<ValueError>(
      "recurrence: mode must be \"RNN_TANH\", \"RNN_RELU\", \"LSTM\" or \"GRU\", got \"", mode,
      "\"");
}

std::shared_ptr<const SequenceLayout> read_layout(const std::vector<int64_t>& sizes,
                                                  bool by_sequence) {
  for (size_t i = 0; i < sizes.size(); ++i) {
    const bool grows = i > 0 && sizes[i] > sizes[i - 1];
    if (sizes[i] < 0 || grows || (by_sequence && sizes[i] != sizes[0])) {
      fail<ValueError>(
          "recurrence: batch sizes may not grow from step to step, and are equal where "
          "sequences lie one after the other, got ",
          ShapeText{sizes});
    }
  }
  return std::make_shared<const SequenceLayout>(sizes, by_sequence);
}

}  // namespace

void bind_recurrence(nb::module_& m) {
  m.def(
      "recurrence",
      [](const char* mode, const Tensor& projected, const Tensor& hidden,
         const OptionalTensor& cell, const Tensor& weight, const OptionalTensor& bias,
         const std::vector<int64_t>& sizes, bool by_sequence,
         bool reverse) -> nb::typed<nb::tuple, Tensor, Tensor, std::optional<Tensor>> {
        RecurrenceResult result =
            recurrence({read_kind(mode), reverse, read_layout(sizes, by_sequence)},
                       {projected, hidden, given(cell), weight, given(bias)});
        nb::object last_cell = nb::none();
        if (result.last_cell.defined()) last_cell = nb::cast(result.last_cell);
        return nb::make_tuple(result.hidden, result.last_hidden, last_cell);
      },
      nb::arg("mode"), nb::arg("projected"), nb::arg("hidden"), nb::arg("cell").none(),
      nb::arg("weight"), nb::arg("bias").none(), nb::arg("sizes"), nb::arg("by_sequence") = false,
      nb::arg("reverse") = false,
      "A recurrent layer over sequences: hidden (rows, H), the last hidden and the last cell (N, "
      "H).\n\nprojected (rows, gates * H) is the input times its weight, plus biases (of a GRU its "
      "own alone);\nhidden and cell (N, H) are the initial state. sizes says how many sequences "
      "take "
      "part in each step,\nnever more than in the one before. The rows of a step lie side by side, "
      "or with by_sequence those of\na sequence.");
}

}  // namespace taeda::python
