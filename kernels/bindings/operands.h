// What the structured operations share: axes, shapes, operands in row-major order and results.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arrays.h"
#include "taeda/kernels/registry.h"

namespace taeda::python {

using Shape = std::vector<int64_t>;

// An array together with its shape and strides.
struct View {
  void* data = nullptr;
  DType dtype = DType::Float32;
  Shape shape, strides;

  View() = default;
  explicit View(const Array& array)
      : data(array.data),
        dtype(array.dtype),
        shape(array.shape.begin(), array.shape.end()),
        strides(array.strides.begin(), array.strides.end()) {}
  // The memory of a row-major array in another shape of as many elements.
  View(const Array& array, Shape other);

  Array array() const { return {data, dtype, shape, strides}; }
};

// The same elements seen in a larger shape.
View broadcast_to(const Array& array, Sizes shape);
// With the axis moved to another place.
View move_axis(const Array& array, int from, int to);

// Row-major memory for as long as the object lives.
class Buffer {
 public:
  Buffer(DType dtype, Sizes shape);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&&) = delete;
  ~Buffer();

  Array array() const { return view_.array(); }

 private:
  View view_;
  size_t bytes_;
};

// The elements of an array in row-major order and of one dtype: copied where they are not.
class Packed {
 public:
  Packed() = default;  // of nothing: an array without memory
  Packed(const Array& from, DType dtype);

  Array array() const { return copy_ ? copy_->array() : view_.array(); }
  Array array(Shape shape) { return (reshaped_ = View(array(), std::move(shape))).array(); }

 private:
  View view_, reshaped_;
  std::optional<Buffer> copy_;
};

enum class Layout { Strided, RowMajor };

// What an operation returns: `out` where it is given, else a new array. The kernel writes to
// array(), of the dtype asked for; finish() converts where `out` has another or another layout.
class Result {
 public:
  struct Rules {
    Layout layout = Layout::Strided;
    bool same_place_is_safe = false;  // an operand may be `out`
  };
  // Throws ValueError or TypeError where `out` does not fit or overlaps what is read.
  Result(const char* operation, nb::handle out, DType dtype, Sizes shape,
         std::initializer_list<Array> read)
      : Result(operation, out, dtype, shape, read, Rules{}) {}
  Result(const char* operation, nb::handle out, DType dtype, Sizes shape,
         std::initializer_list<Array> read, Rules rules);

  Array array() const { return staged_ ? staged_->array() : output_.array(); }
  nb::object finish();

 private:
  Output output_;
  std::optional<Buffer> staged_;
};

// The results of an operation that has several, from `out`: None or a tuple of arrays and Nones.
template <size_t N>
std::array<nb::handle, N> read_outs(const char* operation, nb::handle out) {
  std::array<nb::handle, N> result;
  if (out.is_none()) return result;
  if (!nb::isinstance<nb::tuple>(out) || nb::len(out) != N) {
    fail<TypeError>(operation, ": out must be a tuple of ", N, " arrays, or None");
  }
  for (size_t i = 0; i < N; ++i) result[i] = nb::borrow<nb::tuple>(out)[i];
  return result;
}

// The axis counted from the front; an array without dimensions has one. Throws IndexError.
int read_axis(const char* operation, int64_t axis, int ndim);
// Bit i for axis i: None for all, an int or a tuple of ints. Throws IndexError, ValueError for
// twice the same and TypeError.
uint64_t read_axes(const char* operation, nb::handle axes, int ndim);
// An int or a sequence of ints.
Shape read_shape(const char* operation, const char* what, nb::handle object);
// An int, for all axes, or one for each.
void read_sizes(const char* operation, const char* what, nb::handle object, int64_t smallest,
                std::span<int64_t> sizes);
// A name, or what has one: numpy.float32, numpy.dtype("float32"). Throws TypeError.
DType read_dtype(const char* operation, nb::handle object);

// TypeError unless the operand is of a float dtype, of this dtype.
void check_float(const char* operation, const char* argument, DType dtype);
void check_dtype(const char* operation, const char* argument, DType dtype, DType wanted);
// ValueError unless the shapes are equal.
void check_shape(const char* operation, const char* argument, Sizes shape, Sizes wanted);

inline DType float_for(DType dtype) { return is_floating(dtype) ? dtype : DType::Float32; }
// Sums of integers and bool are int64.
inline DType sum_dtype(DType dtype) { return is_floating(dtype) ? dtype : DType::Int64; }
// What statistics of arrays of a float dtype are kept in.
inline DType accumulator(DType dtype) {
  return dtype == DType::Float64 ? DType::Float64 : DType::Float32;
}
inline int64_t product(Sizes sizes) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  return count;
}
// A text for the lifetime of the process: nanobind keeps the address of a signature.
const char* keep(std::string text);

inline const KernelTable& cpu() { return kernels(DeviceType::CPU); }

}  // namespace taeda::python
