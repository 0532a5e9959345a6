#include "operands.h"

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>

#include <nanobind/stl/string_view.h>

#include "taeda/kernels/allocator.h"

namespace taeda::python {
namespace {

Shape row_major(Sizes shape) {
  Shape strides(shape.size());
  int64_t step = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    strides[d] = step;
    step *= std::max<int64_t>(shape[d], 1);
  }
  return strides;
}

const char* class_name(nb::handle object) { return Py_TYPE(object.ptr())->tp_name; }

}  // namespace

View::View(const Array& array, Shape other)
    : data(array.data), dtype(array.dtype), shape(std::move(other)), strides(row_major(shape)) {}

View broadcast_to(const Array& array, Sizes shape) {
  View view(array);
  view.strides = broadcast_strides(array, shape);
  view.shape.assign(shape.begin(), shape.end());
  return view;
}

View move_axis(const Array& array, int from, int to) {
  View view(array);
  for (Shape* each : {&view.shape, &view.strides}) {
    if (each->empty()) continue;
    const int64_t value = (*each)[static_cast<size_t>(from)];
    each->erase(each->begin() + from);
    each->insert(each->begin() + to, value);
  }
  return view;
}

Buffer::Buffer(DType dtype, Sizes shape)
    : bytes_(static_cast<size_t>(product(shape) * size_of(dtype))) {
  view_ = View({allocate(bytes_), dtype, shape, {}}, Shape(shape.begin(), shape.end()));
}
Buffer::Buffer(Buffer&& other) noexcept
    : view_(std::exchange(other.view_, View())), bytes_(other.bytes_) {}
Buffer::~Buffer() { deallocate(view_.data, bytes_); }

Packed::Packed(const Array& from, DType dtype) {
  if (from.dtype == dtype && from.is_contiguous()) {
    view_ = View(from);
    return;
  }
  copy_.emplace(dtype, from.shape);
  const ReleaseForLarge release(from.numel());
  cpu().elementwise.copy(copy_->array(), from);
}

Result::Result(const char* operation, nb::handle out, DType dtype, Sizes shape,
               std::initializer_list<Array> read, Rules rules)
    : output_(output_for(operation, out, dtype, shape)) {
  if (!out.is_valid() || out.is_none()) return;
  check_overlap(operation, output_.array(), {read.begin(), read.size()}, rules.same_place_is_safe);
  const bool fits = rules.layout == Layout::Strided || output_.array().is_contiguous();
  if (!fits || output_.array().dtype != dtype) staged_.emplace(dtype, shape);
}

nb::object Result::finish() {
  if (staged_) {
    const ReleaseForLarge release(output_.array().numel());
    cpu().elementwise.copy(output_.array(), staged_->array());
  }
  return output_.object();
}

int read_axis(const char* operation, int64_t axis, int ndim) {
  const int64_t count = std::max(ndim, 1);
  if (axis < -count || axis >= count) {
    fail<IndexError>(operation, ": axis ", axis, " is out of range for ", ndim,
                     " dimensions; it must lie from ", -count, " to ", count - 1);
  }
  return static_cast<int>(axis < 0 ? axis + count : axis);
}

uint64_t read_axes(const char* operation, nb::handle axes, int ndim) {
  const auto bit = [&](int64_t axis) { return uint64_t{1} << read_axis(operation, axis, ndim); };
  const uint64_t all = ndim >= 64 ? ~uint64_t{0} : (uint64_t{1} << ndim) - 1;
  int64_t one;
  if (axes.is_none()) return all;
  if (nb::try_cast(axes, one)) return bit(one) & all;
  uint64_t bits = 0;
  for (int64_t axis : read_shape(operation, "axis", axes)) {
    if (bits & bit(axis)) fail<ValueError>(operation, ": axis ", axis, " is named twice");
    bits |= bit(axis);
  }
  return bits & all;
}

Shape read_shape(const char* operation, const char* what, nb::handle object) {
  Shape result(1);
  if (nb::try_cast(object, result[0])) return result;
  if (!nb::isinstance<nb::sequence>(object) || nb::isinstance<nb::str>(object)) {
    fail<TypeError>(operation, ": ", what, " must be an int or a tuple of ints, got ",
                    class_name(object));
  }
  result.clear();
  for (nb::handle each : nb::borrow<nb::sequence>(object)) {
    if (!nb::try_cast(each, result.emplace_back())) {
      fail<TypeError>(operation, ": ", what, " must be an int or a tuple of ints, got one of ",
                      class_name(each));
    }
  }
  return result;
}

void read_sizes(const char* operation, const char* what, nb::handle object, int64_t smallest,
                std::span<int64_t> sizes) {
  const Shape values = read_shape(operation, what, object);
  if (values.size() != 1 && values.size() != sizes.size()) {
    fail<ValueError>(operation, ": ", what, " must be an int or ", sizes.size(), " ints, got ",
                     values.size());
  }
  for (size_t i = 0; i < sizes.size(); ++i) {
    sizes[i] = values[values.size() == 1 ? 0 : i];
    if (sizes[i] < smallest) {
      fail<ValueError>(operation, ": ", what, " must be at least ", smallest, ", got ",
                       ShapeText{values});
    }
  }
}

DType read_dtype(const char* operation, nb::handle object) {
  nb::object name = nb::borrow(object);
  if (!nb::isinstance<nb::str>(name)) {
    const char* attribute = nb::hasattr(name, "name") ? "name" : "__name__";
    if (nb::hasattr(name, attribute)) name = name.attr(attribute);
  }
  const char* text;
  std::string names;
  for (int i = 0; i < kDTypeCount; ++i) {
    const std::string known(facts(static_cast<DType>(i)).name);
    if (nb::try_cast(name, text) && known == text) return static_cast<DType>(i);
    names += (i ? ", " : "") + known;
  }
  fail<TypeError>(operation, ": dtype must be one of ", names, ", got ",
                  nb::cast<std::string_view>(nb::repr(object)));
}

const char* keep(std::string text) {
  static auto* kept = new std::deque<std::string>;
  return kept->emplace_back(std::move(text)).c_str();
}

void check_float(const char* operation, const char* argument, DType dtype) {
  if (!is_floating(dtype)) {
    fail<TypeError>(operation, ": ", argument, " must be of a float dtype, got ", dtype);
  }
}

void check_dtype(const char* operation, const char* argument, DType dtype, DType wanted) {
  if (dtype != wanted) {
    fail<TypeError>(operation, ": ", argument, " must be of dtype ", wanted, ", got ", dtype);
  }
}

void check_shape(const char* operation, const char* argument, Sizes shape, Sizes wanted) {
  if (!std::equal(shape.begin(), shape.end(), wanted.begin(), wanted.end())) {
    fail<ValueError>(operation, ": ", argument, " must have the shape ", ShapeText{wanted},
                     ", got ", ShapeText{shape});
  }
}

}  // namespace taeda::python
