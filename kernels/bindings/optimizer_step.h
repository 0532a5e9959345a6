// The lists of arrays that a step of an optimiser takes.
#pragma once

#include <deque>

#include "bindings.h"
#include "operands.h"
#include "taeda/kernels/ops/optimizer.h"

namespace taeda::python {

// The arrays of a step as the kernel takes them: side by side in memory. Others are copied, and
// copied back by finish().
class Step {
 public:
  using State = std::pair<const char*, nb::handle>;  // the argument and its list
  using States = std::vector<State>;

  Step(const char* name, nb::handle params, nb::handle grads, const States& states) : name_(name) {
    const nb::sequence parameters = list_of("params", params), gradients = list_of("grads", grads);
    const size_t count = nb::len(parameters);
    check_length("grads", gradients, count);
    for (const auto& [argument, list] : states) {
      check_length(argument, list_of(argument, list), count);
    }
    for (size_t i = 0; i < count; ++i) {
      const Output parameter(name_, parameters[i]);
      const Array& array = parameter.array();
      check_float(name_, "params", array.dtype);
      if (i == 0) dtype_ = array.dtype;
      check_dtype(name_, "params", array.dtype, dtype_);
      const Operand gradient(name_, "grads", gradients[i]);
      check("grads", gradient.array(), array);
      OptimizerTensor& tensor = tensors_.emplace_back();
      tensor.count = array.numel();
      tensor.parameter = written(parameter);
      tensor.gradient = packed_.emplace_back(gradient.array(), dtype_).array().data;
      read_.push_back(gradients[i]);
      size_t s = 0;
      for (const auto& [argument, list] : states) {
        const Output state(name_, nb::borrow<nb::sequence>(list)[i]);
        check(argument, state.array(), array);
        tensor.state[s++] = written(state);
      }
      elements_ += tensor.count;
    }
  }

  DType dtype() const { return dtype_; }
  // What all calls but SGD's begin with.
  StepCall call(double lr, double weight_decay, bool maximize) const {
    return {.dtype = dtype_,
            .tensors = tensors_,
            .lr = lr,
            .weight_decay = weight_decay,
            .maximize = maximize};
  }
  std::span<const OptimizerTensor> tensors() const { return tensors_; }
  int64_t elements() const { return elements_; }
  void finish() {
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (copies_[i]) cpu().elementwise.copy(outputs_[i].array(), copies_[i]->array());
    }
  }

 private:
  nb::sequence list_of(const char* argument, nb::handle object) const {
    if (!nb::isinstance<nb::list>(object) && !nb::isinstance<nb::tuple>(object)) {
      fail<TypeError>(name_, ": ", argument, " must be a list of arrays, got ",
                      Py_TYPE(object.ptr())->tp_name);
    }
    return nb::borrow<nb::sequence>(object);
  }
  void check_length(const char* argument, const nb::sequence& list, size_t count) const {
    if (nb::len(list) != count) {
      fail<ValueError>(name_, ": ", count, " params need as many ", argument, ", got ",
                       nb::len(list));
    }
  }
  void check(const char* argument, const Array& array, const Array& parameter) const {
    check_shape(name_, argument, array.shape, parameter.shape);
    check_dtype(name_, argument, array.dtype, parameter.dtype);
  }
  void* written(const Output& output) {
    check_overlap(name_, output.array(), {}, false);
    outputs_.push_back(output);
    std::optional<Buffer>& copy = copies_.emplace_back();
    if (output.array().is_contiguous()) return output.array().data;
    copy.emplace(output.array().dtype, output.array().shape);
    cpu().elementwise.copy(copy->array(), output.array());
    return copy->array().data;
  }

  const char* name_;
  DType dtype_ = DType::Float32;
  std::vector<OptimizerTensor> tensors_;
  std::vector<nb::object> read_;
  std::deque<Packed> packed_;
  std::vector<Output> outputs_;
  std::deque<std::optional<Buffer>> copies_;
  int64_t elements_ = 0;
};

}  // namespace taeda::python
