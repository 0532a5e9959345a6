#include "taeda/tensor/promotion.h"

namespace taeda {
namespace {

int kind_of(DType dtype) { return is_floating(dtype) ? 2 : dtype == DType::Bool ? 0 : 1; }

// The promoted dtype of one class of operands.
struct Group {
  DType dtype = DType::Bool;
  bool any = false;

  void add(DType other) {
    dtype = any ? promote(dtype, other) : other;
    any = true;
  }
};

// `strong`, unless `weak` is of a higher kind.
Group combine(Group strong, Group weak) {
  if (!strong.any) return weak;
  if (!weak.any || kind_of(weak.dtype) <= kind_of(strong.dtype)) return strong;
  return {promote(strong.dtype, weak.dtype), true};
}

}  // namespace

DType detail::result_type_of_mixed(Inputs inputs, int first) {
  Group dimensioned, zero_dimensional, numbers;
  for (size_t i = static_cast<size_t>(first); i < inputs.size(); ++i) {
    const TensorBody* input = inputs[i];
    if (!input) continue;
    if (input->wrapped_number) {
      numbers.add(is_floating(input->dtype()) ? default_dtype() : input->dtype());
    } else if (input->ndim() == 0) {
      zero_dimensional.add(input->dtype());
    } else {
      dimensioned.add(input->dtype());
    }
  }
  return combine(combine(dimensioned, zero_dimensional), numbers).dtype;
}

}  // namespace taeda
