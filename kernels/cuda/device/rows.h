// Arrays of one shape taken apart into rows along an axis.
#pragma once

#include "element.h"
#include "walk.h"

namespace taeda::cuda {

template <int Operands>
struct Rows {
  Walk<Operands> others;  // over the rows: the offsets of their first elements
  int64_t steps[Operands];
  int64_t length;

  template <class... Arrays>
  explicit Rows(int axis, const Arrays&... arrays)
      : steps{step_of(arrays, axis)...}, length(length_of(axis, arrays...)) {
    const WithoutAxis all[] = {WithoutAxis(arrays, axis)...};
    Sizes strides[Operands];
    for (int o = 0; o < Operands; ++o) strides[o] = all[o].steps();
    others = make(all[0].sizes(), strides);
  }

  int64_t count() const { return others.count; }
  TAEDA_HD void starts(int64_t row, int64_t (&offset)[Operands]) const {
    others.offsets(row, offset);
  }

 private:
  // An array without dimensions is a row of one.
  static int64_t step_of(const Array& array, int axis) {
    return array.ndim() == 0 ? 0 : array.strides[static_cast<size_t>(axis)];
  }
  template <class... Arrays>
  static int64_t length_of(int axis, const Array& first, const Arrays&...) {
    return first.ndim() == 0 ? 1 : first.shape[static_cast<size_t>(axis)];
  }
  static Walk<Operands> make(Sizes shape, const Sizes (&strides)[Operands]) {
    return Walk<Operands>(shape, strides);
  }
};

template <class... Arrays>
Rows(int, const Arrays&...) -> Rows<sizeof...(Arrays)>;

}  // namespace taeda::cuda
