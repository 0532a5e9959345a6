#include "arrays.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

#include "taeda/kernels/allocator.h"
#include "taeda/kernels/promotion.h"

namespace taeda::python {
namespace {

const char* class_name(nb::handle object) { return Py_TYPE(object.ptr())->tp_name; }

struct DTypeCode {
  nb::dlpack::dtype_code code;
  uint8_t bits;
};
constexpr DTypeCode kCodes[kDTypeCount] = {
    {nb::dlpack::dtype_code::Bool, 8},   {nb::dlpack::dtype_code::UInt, 8},
    {nb::dlpack::dtype_code::Int, 8},    {nb::dlpack::dtype_code::Int, 16},
    {nb::dlpack::dtype_code::Int, 32},   {nb::dlpack::dtype_code::Int, 64},
    {nb::dlpack::dtype_code::Float, 16}, {nb::dlpack::dtype_code::Bfloat, 16},
    {nb::dlpack::dtype_code::Float, 32}, {nb::dlpack::dtype_code::Float, 64},
};

DType dtype_from(const char* operation, nb::dlpack::dtype dtype) {
  for (int i = 0; i < kDTypeCount; ++i) {
    if (dtype.lanes == 1 && dtype.bits == kCodes[i].bits &&
        dtype.code == static_cast<uint8_t>(kCodes[i].code)) {
      return static_cast<DType>(i);
    }
  }
  std::string names;
  for (const DTypeFacts& known : kDTypeFacts) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  fail<TypeError>(operation, ": unsupported dtype (DLPack code ", int{dtype.code}, ", ",
                  int{dtype.bits}, " bits); supported are ", names);
}

template <class View>
Array array_of(const char* operation, const View& view) {
  if (view.device_type() != nb::device::cpu::value) {
    fail<ValueError>(operation, ": arrays must be in the memory of the CPU");
  }
  const Array array{const_cast<void*>(static_cast<const void*>(view.data())),
                    dtype_from(operation, view.dtype()), Sizes(view.shape_ptr(), view.ndim()),
                    Sizes(view.stride_ptr(), view.ndim())};
  if (array.ndim() > kMaxDims) {
    fail<ValueError>(operation, ": at most ", kMaxDims, " dimensions, got ", array.ndim());
  }
  const auto address = reinterpret_cast<uintptr_t>(array.data);
  if (array.numel() > 0 && address % static_cast<uintptr_t>(size_of(array.dtype)) != 0) {
    fail<ValueError>(operation, ": an array of ", array.dtype,
                     " is not aligned to its elements; pass a copy of it");
  }
  return array;
}

bool numpy_is_there() {
  static const bool found = [] {
    try {
      nb::module_::import_("numpy");
      return true;
    } catch (nb::python_error&) {
      return false;
    }
  }();
  return found;
}

struct Range {
  uintptr_t low, high;  // bytes, the end exclusive
};

Range range_of(const Array& array) {
  int64_t low = 0, high = 0;
  for (int d = 0; d < array.ndim(); ++d) {
    const int64_t reach = (array.shape[d] - 1) * array.strides[d];
    (reach < 0 ? low : high) += reach;
  }
  const int64_t size = size_of(array.dtype);
  const auto base = reinterpret_cast<uintptr_t>(array.data);
  return {base + static_cast<uintptr_t>(low * size),
          base + static_cast<uintptr_t>((high + 1) * size)};
}

bool same_place(const Array& a, const Array& b) {
  if (a.data != b.data || a.dtype != b.dtype || a.ndim() != b.ndim()) return false;
  for (int d = 0; d < a.ndim(); ++d) {
    if (a.shape[d] != b.shape[d]) return false;
    if (a.shape[d] > 1 && a.strides[d] != b.strides[d]) return false;
  }
  return true;
}

// Whether elements interleave without meeting: all addresses of each are alike modulo the common
// divisor of the strides.
bool interleaved(const Array& a, const Array& b) {
  int64_t divisor = 0;
  for (const Array* array : {&a, &b}) {
    for (int d = 0; d < array->ndim(); ++d) {
      if (array->shape[d] > 1) {
        divisor = std::gcd(divisor, array->strides[d] * size_of(array->dtype));
      }
    }
  }
  if (divisor == 0) return false;
  const int64_t distance = reinterpret_cast<intptr_t>(b.data) - reinterpret_cast<intptr_t>(a.data);
  const int64_t offset = ((distance % divisor) + divisor) % divisor;
  return offset >= size_of(a.dtype) && divisor - offset >= size_of(b.dtype);
}

bool overlaps_itself(const Array& array) {
  if (array.is_contiguous() || array.numel() < 2) return false;
  // Sorted by stride, each dimension must step over all that the smaller ones reach.
  std::vector<std::pair<int64_t, int64_t>> steps;
  for (int d = 0; d < array.ndim(); ++d) {
    if (array.shape[d] > 1) steps.emplace_back(std::abs(array.strides[d]), array.shape[d]);
  }
  std::sort(steps.begin(), steps.end());
  int64_t reach = 0;
  for (const auto& [stride, size] : steps) {
    if (stride <= reach) return true;
    reach += stride * (size - 1);
  }
  return false;
}

}  // namespace

Operand::Operand(const char* operation, const char* argument, nb::handle object) {
  is_number_ = true;
  if (PyBool_Check(object.ptr())) {
    number_.boolean = object.ptr() == Py_True;
    dtype_ = DType::Bool;
  } else if (PyLong_Check(object.ptr())) {
    if (!nb::try_cast(object, number_.integer)) {
      fail<ValueError>(operation, ": ", argument, " does not fit into int64");
    }
    dtype_ = DType::Int64;
  } else if (PyFloat_CheckExact(object.ptr())) {
    number_.real = PyFloat_AS_DOUBLE(object.ptr());
    dtype_ = DType::Float64;
  } else {
    is_number_ = false;
    if (!nb::try_cast(object, view_)) {
      fail<TypeError>(operation, ": ", argument, " must be an array (NumPy, DLPack, buffer) or a ",
                      "number, got ", class_name(object));
    }
    const Array array = array_of(operation, view_);
    dtype_ = array.dtype;
    shape_ = array.shape;
    strides_ = array.strides;
  }
}

Array Operand::array() const {
  const void* data = is_number_ ? static_cast<const void*>(&number_) : view_.data();
  return {const_cast<void*>(data), dtype_, shape_, strides_};
}

Output::Output(DType dtype, Sizes shape) : strides_(shape.size()) {
  int64_t count = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides_[i] = count;
    count *= std::max<int64_t>(shape[i], 1);
  }
  struct Block {
    void* data;
    size_t bytes;
  };
  const size_t bytes = static_cast<size_t>(count * size_of(dtype));
  Block* block = new Block{nullptr, bytes};
  nb::capsule owner(block, [](void* memory) noexcept {
    Block* owned = static_cast<Block*>(memory);
    if (owned->data) deallocate(owned->data, owned->bytes);
    delete owned;
  });
  block->data = allocate(bytes);
  const DTypeCode code = kCodes[static_cast<int>(dtype)];
  const nb::dlpack::dtype dlpack_dtype{static_cast<uint8_t>(code.code), code.bits, 1};
  const std::vector<size_t> sizes(shape.begin(), shape.end());
  view_ =
      nb::ndarray<>(block->data, sizes.size(), sizes.data(), owner, strides_.data(), dlpack_dtype);
  // NumPy has no bfloat16.
  if (dtype != DType::BFloat16 && numpy_is_there()) {
    object_ = nb::cast(nb::ndarray<nb::numpy>(view_));
    // nanobind gives long long, which NumPy tells from its int64 when it prints.
    if (dtype == DType::Int64) object_ = object_.attr("view")("int64");
  } else {
    object_ = nb::cast(nb::ndarray<nb::array_api>(view_));
  }
  array_ = {block->data, dtype, Sizes(view_.shape_ptr(), view_.ndim()), strides_};
}

Output::Output(const char* operation, nb::handle object) : object_(nb::borrow(object)) {
  if (!nb::try_cast(object, view_)) {
    nb::ndarray<nb::ro> readable;
    if (nb::try_cast(object, readable)) fail<ValueError>(operation, ": out is read-only");
    fail<TypeError>(operation, ": out must be an array (NumPy, DLPack, buffer), got ",
                    class_name(object));
  }
  array_ = array_of(operation, view_);
}

Output output_for(const char* operation, nb::handle out, DType dtype, Sizes shape) {
  if (!out.is_valid() || out.is_none()) return Output(dtype, shape);
  Output given(operation, out);
  const Array& array = given.array();
  if (!std::equal(array.shape.begin(), array.shape.end(), shape.begin(), shape.end())) {
    fail<ValueError>(operation, ": out has the shape ", ShapeText{array.shape},
                     ", but the result has ", ShapeText{shape});
  }
  const auto kind = [](DType type) { return is_floating(type) ? 2 : type == DType::Bool ? 0 : 1; };
  if (kind(array.dtype) < kind(dtype)) {
    fail<TypeError>(operation, ": out of dtype ", array.dtype, " cannot hold a result of ", dtype);
  }
  return given;
}

void check_overlap(const char* operation, const Array& out, std::span<const Array> inputs,
                   bool same_place_is_safe) {
  if (out.numel() == 0) return;
  if (overlaps_itself(out)) {
    fail<ValueError>(operation, ": elements of out share memory; pass a copy of it");
  }
  const Range written = range_of(out);
  for (const Array& input : inputs) {
    if (input.numel() == 0) continue;
    const Range read = range_of(input);
    if (written.high <= read.low || read.high <= written.low) continue;
    if (same_place_is_safe && same_place(out, input)) continue;
    if (interleaved(out, input)) continue;
    fail<ValueError>(operation, ": out overlaps an operand in part; pass a copy of the operand");
  }
}

std::vector<int64_t> broadcast_shapes(const char* operation, std::span<const Sizes> shapes) {
  size_t ndim = 0;
  for (Sizes shape : shapes) ndim = std::max(ndim, shape.size());
  std::vector<int64_t> result(ndim, 1);
  for (Sizes shape : shapes) {
    for (size_t i = 0; i < shape.size(); ++i) {
      int64_t& size = result[ndim - shape.size() + i];
      if (shape[i] == 1 || shape[i] == size) continue;
      if (size == 1) {
        size = shape[i];
        continue;
      }
      std::ostringstream text;
      for (Sizes each : shapes) text << (text.tellp() > 0 ? ", " : "") << ShapeText{each};
      fail<ValueError>(operation, ": shapes do not broadcast: ", text.str());
    }
  }
  return result;
}

std::vector<int64_t> broadcast_strides(const Array& array, Sizes shape) {
  std::vector<int64_t> result(shape.size(), 0);
  const size_t added = shape.size() - array.shape.size();
  for (size_t i = 0; i < array.shape.size(); ++i) {
    if (array.shape[i] != 1) result[added + i] = array.strides[i];
  }
  return result;
}

DType common_dtype(std::span<const Operand* const> operands) {
  const auto kind = [](DType type) { return is_floating(type) ? 2 : type == DType::Bool ? 0 : 1; };
  std::optional<DType> arrays, numbers;
  for (const Operand* operand : operands) {
    std::optional<DType>& group = operand->is_number() ? numbers : arrays;
    // A float number alone is of the default float dtype.
    const DType dtype = operand->is_number() && operand->dtype() == DType::Float64
                            ? DType::Float32
                            : operand->dtype();
    group = group ? promote(*group, dtype) : dtype;
  }
  if (!arrays) return *numbers;
  return numbers && kind(*numbers) > kind(*arrays) ? *numbers : *arrays;
}

}  // namespace taeda::python
