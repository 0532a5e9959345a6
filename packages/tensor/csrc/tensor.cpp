#include "taeda/tensor/tensor.h"

#include <atomic>
#include <cstring>
#include <limits>
#include <sstream>

#include "taeda/kernels/registry.h"
#include "taeda/tensor/python_api.h"

namespace taeda {
namespace {

std::atomic<DType> default_float{DType::Float32};

// Sizes whose bytes do not fit 63 bits are refused before anything is allocated.
int64_t checked_bytes(const Dims& shape, DType dtype) {
  int64_t bytes = size_of(dtype);
  for (int64_t size : shape) {
    if (size < 0) fail<RuntimeError>("empty: negative size ", size, " in shape ", shape);
    if (__builtin_mul_overflow(bytes, size, &bytes)) {
      for (int64_t other : shape) {
        if (other == 0) return 0;
      }
      fail<RuntimeError>("empty: shape ", shape, " of ", dtype, " is larger than any memory");
    }
  }
  return bytes;
}

// Negative numbers wrap round in an unsigned type, as PyTorch has it; others must fit.
template <class T>
T to_integer(const char* operation, const Scalar& value, DType dtype) {
  using Limits = std::numeric_limits<T>;
  const int64_t high = Limits::max(), low = std::is_signed_v<T> ? Limits::min() : -high;
  const bool fits = value.kind() == DType::Float64
                        ? value.as_double() > static_cast<double>(low) - 1 &&
                              value.as_double() < static_cast<double>(high) + 1
                        : value.as_int() >= low && value.as_int() <= high;
  if (!fits) {
    std::ostringstream number;
    if (value.kind() == DType::Float64)
      number << value.as_double();
    else
      number << value.as_int();
    fail<RuntimeError>(operation, ": the value ", number.str(), " cannot be converted to ", dtype,
                       " without overflow");
  }
  return static_cast<T>(value.as_int());
}

}  // namespace

AutogradSlot::~AutogradSlot() = default;

Counted::Owners Counted::owners_{};
void Counted::install_owners(const Owners& owners) { owners_ = owners; }

void Counted::set_owner(void* object) const noexcept {
  uintptr_t state = state_.load(std::memory_order_relaxed);
  // Others may hold references that they give back meanwhile.
  uintptr_t moved = 0;
  do {
    for (; moved < state >> 1; ++moved) owners_.increase(object);
  } while (!state_.compare_exchange_weak(state, reinterpret_cast<uintptr_t>(object)));
  for (; moved > state >> 1; --moved) owners_.decrease(object);
}

namespace {
BodyPlaces installed_places{};
}
void install_body_places(const BodyPlaces& places) { installed_places = places; }
const BodyPlaces& body_places() { return installed_places; }

TensorBody::TensorBody(StoragePtr storage, int64_t offset, Dims shape, Dims strides, DType dtype)
    : storage_(std::move(storage)),
      offset_(offset),
      shape_(std::move(shape)),
      strides_(std::move(strides)),
      dtype_(dtype) {
  derive();
}

TensorBody::TensorBody(StoragePtr storage, Dims shape, int64_t numel, DType dtype)
    : storage_(std::move(storage)),
      offset_(0),
      numel_(numel),
      shape_(std::move(shape)),
      strides_(contiguous_strides(shape_)),
      dtype_(dtype),
      contiguous_(true) {}

TensorBody::~TensorBody() = default;

void Tensor::give_back(TensorBody* body) {
  if (body->release()) delete body;
}

void TensorBody::derive() {
  numel_ = product(shape_);
  contiguous_ = array().is_contiguous();
}

void TensorBody::reset(StoragePtr storage, int64_t offset, Dims shape, Dims strides, DType dtype) {
  if (storage.get() != storage_.get()) storage_->keep_while_watched();
  storage_ = std::move(storage);
  offset_ = offset;
  shape_ = std::move(shape);
  strides_ = std::move(strides);
  dtype_ = dtype;
  derive();
}

Tensor empty(Dims shape, DType dtype, Device device) {
  if (shape.size() > kMaxDims) {
    fail<RuntimeError>("empty: at most ", kMaxDims, " dimensions, got ", shape.size());
  }
  const int64_t bytes = checked_bytes(shape, dtype);
  return Tensor::make(StoragePtr(Storage::allocate(bytes, device)), std::move(shape),
                      bytes / size_of(dtype), dtype);
}

Tensor empty_dense(Dims shape, Dims strides, DType dtype, Device device) {
  if (strides.empty()) return empty(std::move(shape), dtype, device);
  const int64_t bytes = checked_bytes(shape, dtype);
  return Tensor::make(StoragePtr(Storage::allocate(bytes, device)), 0, std::move(shape),
                      std::move(strides), dtype);
}

Tensor empty_like(const TensorBody& tensor) {
  return empty(tensor.shape(), tensor.dtype(), tensor.device());
}

Element to_element(const char* operation, const Scalar& value, DType dtype) {
  return dispatch(dtype, [&]<class T>() {
    T converted;
    if constexpr (std::is_same_v<T, bool>)
      converted = value.as_bool();
    else if constexpr (std::is_integral_v<T>)
      converted = to_integer<T>(operation, value, dtype);
    else if constexpr (std::is_same_v<T, double>)
      converted = value.as_double();
    else
      converted = T(static_cast<float>(value.as_double()));
    Element element;
    std::memcpy(element.bytes, &converted, sizeof converted);
    return element;
  });
}

Tensor scalar_tensor(const Scalar& value, DType dtype, Device device) {
  Tensor result = empty({}, dtype, device);
  const Element element = to_element("scalar_tensor", value, dtype);
  if (device.type == DeviceType::CPU)
    std::memcpy(result->data(), element.bytes, static_cast<size_t>(size_of(dtype)));
  else
    kernels(device).elementwise.fill(result->array(), element.bytes);
  return result;
}

Tensor wrap_number(const Scalar& value) {
  const DType dtype = value.kind();
  // Python hardly ever sees it: it gets an object only where it does.
  Tensor result(new TensorBody(StoragePtr(Storage::allocate(size_of(dtype), {})), {}, 1, dtype));
  std::memcpy(result->data(), to_element("number", value, dtype).bytes,
              static_cast<size_t>(size_of(dtype)));
  result->wrapped_number = true;
  return result;
}

Scalar item(const TensorBody& tensor) {
  if (tensor.numel() != 1) {
    fail<RuntimeError>("item: a tensor with exactly one element is needed, got shape ",
                       tensor.shape());
  }
  const Device device = tensor.device();
  return dispatch(tensor.dtype(), [&]<class T>() {
    T value;
    if (device.type == DeviceType::CPU)
      value = *tensor.as<T>();
    else
      kernels(device).runtime.copy(&value, {}, tensor.data(), device, sizeof(T), true);
    if constexpr (std::is_same_v<T, bool>)
      return Scalar(value);
    else if constexpr (std::is_integral_v<T>)
      return Scalar(static_cast<int64_t>(value));
    else if constexpr (std::is_same_v<T, double>)
      return Scalar(value);
    else
      return Scalar(static_cast<double>(static_cast<float>(value)));
  });
}

Tensor alias(const TensorBody& tensor) {
  return Tensor::make(tensor.storage_ptr(), tensor.offset(), tensor.shape(), tensor.strides(),
                      tensor.dtype());
}

namespace {
void* installed_python_api = nullptr;
}
void* python_api() { return installed_python_api; }
void install_python_api(void* api) { installed_python_api = api; }

DType default_dtype() { return default_float.load(std::memory_order_relaxed); }

void set_default_dtype(DType dtype) {
  if (!is_floating(dtype)) {
    fail<TypeError>("set_default_dtype: only floating-point dtypes can be the default, got ",
                    dtype);
  }
  default_float.store(dtype);
}

}  // namespace taeda
