// Arrays of Python as the kernels see them: NumPy arrays and whatever speaks DLPack or the buffer
// protocol, without a copy.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <optional>
#include <span>
#include <vector>

#include "taeda/kernels/array.h"

namespace nb = nanobind;

namespace taeda::python {

// What a kernel reads: an array, or a Python number as an array without dimensions.
class Operand {
 public:
  // Throws TypeError, which names the operation and the argument, for anything else.
  Operand(const char* operation, const char* argument, nb::handle object);

  // Valid as long as the operand stays where it is.
  Array array() const;
  DType dtype() const { return dtype_; }
  Sizes shape() const { return shape_; }
  bool is_number() const { return is_number_; }

 private:
  nb::ndarray<nb::ro> view_;
  union {
    bool boolean;
    int64_t integer;
    double real;
  } number_{};
  bool is_number_ = false;
  DType dtype_;
  Sizes shape_, strides_;
};

// What a kernel writes: the array given as `out`, or a new one in row-major order.
class Output {
 public:
  // New: a NumPy array, or where NumPy is missing an object that speaks DLPack.
  Output(DType dtype, Sizes shape);
  // Given: TypeError unless `object` is a writable array.
  Output(const char* operation, nb::handle object);

  const Array& array() const { return array_; }
  nb::object object() const { return object_; }

 private:
  nb::ndarray<> view_;
  nb::object object_;
  Array array_;
  std::vector<int64_t> strides_;
};

// `out` where it is given (None: not): checked for shape and for a dtype that can hold the result;
// otherwise a new array. Throws ValueError or TypeError.
Output output_for(const char* operation, nb::handle out, DType dtype, Sizes shape);

// Throws ValueError where writing `out` would change what is still to be read of an input, or where
// elements of `out` share memory. An input in the very place of `out` is safe for elementwise work.
void check_overlap(const char* operation, const Array& out, std::span<const Array> inputs,
                   bool same_place_is_safe);

// The common shape of all. Throws ValueError.
std::vector<int64_t> broadcast_shapes(const char* operation, std::span<const Sizes> shapes);
// Strides under which an array appears in the larger shape.
std::vector<int64_t> broadcast_strides(const Array& array, Sizes shape);

// The promoted dtype; numbers only count where their kind is above that of all arrays.
DType common_dtype(std::span<const Operand* const> operands);

// Lets other Python threads run during large work, for the lifetime of the object.
class ReleaseForLarge {
 public:
  explicit ReleaseForLarge(int64_t elements) {
    if (elements >= 16384) release_.emplace();
  }

 private:
  std::optional<nb::gil_scoped_release> release_;
};

}  // namespace taeda::python
