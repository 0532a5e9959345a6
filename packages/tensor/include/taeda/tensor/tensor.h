// Tensor: a handle to a strided view of a storage.
#pragma once

#include <memory>
#include <utility>

#include "taeda/kernels/array.h"
#include "taeda/tensor/counted.h"
#include "taeda/tensor/dims.h"
#include "taeda/tensor/scalar.h"
#include "taeda/tensor/storage.h"

namespace taeda {

class TensorBody;
struct Generator;

// What autograd hangs on a tensor. This package never looks into it.
class TAEDA_API AutogradSlot {
 public:
  virtual ~AutogradSlot();
};

// A counted handle with the arithmetic of C++: `a + b` goes through the same door as in Python.
class Tensor {
 public:
  Tensor() = default;
  Tensor(TensorBody* body);  // NOLINT: a handle of a body
  Tensor(const Tensor& other) : Tensor(other.body_) {}
  Tensor(Tensor&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Tensor& operator=(const Tensor& other) { return *this = Tensor(other); }
  Tensor& operator=(Tensor&& other) noexcept {
    std::swap(body_, other.body_);
    other.reset();
    return *this;
  }
  ~Tensor() { reset(); }

  // A new body, inside of a Python object where there is a Python.
  template <class... Args>
  static Tensor make(Args&&... args);
  // Takes over one reference; gives one away.
  static Tensor adopt(TensorBody* body) {
    Tensor tensor;
    tensor.body_ = body;
    return tensor;
  }
  TensorBody* give() && { return std::exchange(body_, nullptr); }

  bool defined() const { return body_ != nullptr; }
  TensorBody* body() const { return body_; }
  TensorBody* operator->() const { return body_; }
  TensorBody& operator*() const { return *body_; }
  inline void reset();

  const Dims& shape() const;
  int ndim() const;
  DType dtype() const;
  Device device() const;
  int64_t numel() const;

 private:
  TAEDA_API static void give_back(TensorBody* body);

  TensorBody* body_ = nullptr;
};

// A handle without a reference of its own, for as long as somebody else holds one.
class Borrowed {
 public:
  Borrowed() = default;
  explicit Borrowed(TensorBody* body) : tensor_(Tensor::adopt(body)) {}
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() { std::move(tensor_).give(); }
  void reset(TensorBody* body) {
    std::move(tensor_).give();
    tensor_ = Tensor::adopt(body);
  }
  Tensor& operator*() { return tensor_; }
  const Tensor& operator*() const { return tensor_; }

 private:
  Tensor tensor_;
};

// What tensors are made of. Has one Python object for life once it has been seen from Python.
class TAEDA_API TensorBody final : public Counted {
 public:
  TensorBody(StoragePtr storage, int64_t offset, Dims shape, Dims strides, DType dtype);
  // Contiguous from the storage's start.
  TensorBody(StoragePtr storage, Dims shape, int64_t numel, DType dtype);
  ~TensorBody();

  const Dims& shape() const { return shape_; }
  const Dims& strides() const { return strides_; }
  int64_t size(int dim) const { return shape_[dim]; }
  int ndim() const { return shape_.size(); }
  int64_t numel() const { return numel_; }
  DType dtype() const { return dtype_; }
  Device device() const { return storage_->device(); }
  int64_t offset() const { return offset_; }  // in elements
  bool is_contiguous() const { return contiguous_; }
  Storage& storage() const { return *storage_.get(); }
  const StoragePtr& storage_ptr() const { return storage_; }
  uint32_t version() const { return storage_->version(); }

  void* data() const { return static_cast<char*>(storage_->data()) + offset_ * size_of(dtype_); }
  template <class T>
  T* as() const {
    return static_cast<T*>(data());
  }
  // The borrowed view that kernels take; valid as long as this body is.
  Array array() const { return {data(), dtype_, shape_, strides_}; }

  // Becomes a view of other memory: `set_`, `.data = `, and resizing an empty `out=`.
  void reset(StoragePtr storage, int64_t offset, Dims shape, Dims strides, DType dtype);

  bool requires_grad = false;
  // A Python number that takes part in an operation: it does not raise the dtype within its kind.
  bool wrapped_number = false;
  // Made by a view operation while gradient mode was on; see autograd's in-place rules.
  Tensor base;  // the tensor this is a view of, itself never a view
  Tensor grad;
  std::unique_ptr<AutogradSlot> autograd;

 private:
  void derive();

  StoragePtr storage_;
  int64_t offset_;
  int64_t numel_;
  Dims shape_, strides_;
  DType dtype_;
  bool contiguous_;
};

// Where Python keeps bodies: inside of its objects, which it takes from a pool. Empty places where
// it cannot make an object now: the body then gets one when it is first seen.
struct BodyPlace {
  void* memory = nullptr;
  void* object = nullptr;
};
struct BodyPlaces {
  BodyPlace (*take)();
  void (*ready)(void* object);    // the body has been made
  void (*abandon)(void* object);  // the body could not be made
};
TAEDA_API void install_body_places(const BodyPlaces& places);
TAEDA_API const BodyPlaces& body_places();

inline Tensor::Tensor(TensorBody* body) : body_(body) {
  if (body_) body_->retain();
}
inline void Tensor::reset() {
  if (TensorBody* body = std::exchange(body_, nullptr)) give_back(body);
}
inline const Dims& Tensor::shape() const { return body_->shape(); }
inline int Tensor::ndim() const { return body_->ndim(); }
inline DType Tensor::dtype() const { return body_->dtype(); }
inline Device Tensor::device() const { return body_->device(); }
inline int64_t Tensor::numel() const { return body_->numel(); }

template <class... Args>
Tensor Tensor::make(Args&&... args) {
  const BodyPlaces& places = body_places();
  const BodyPlace place = places.take ? places.take() : BodyPlace{};
  if (!place.memory) return Tensor(new TensorBody(std::forward<Args>(args)...));
  TensorBody* body;
  try {
    body = new (place.memory) TensorBody(std::forward<Args>(args)...);
  } catch (...) {
    places.abandon(place.object);
    throw;
  }
  body->born_in(place.object);
  places.ready(place.object);
  return adopt(body);
}

// Uninitialised memory, contiguous.
TAEDA_API Tensor empty(Dims shape, DType dtype, Device device = {});
// The same with these strides, which leave no gaps; empty for row-major.
TAEDA_API Tensor empty_dense(Dims shape, Dims strides, DType dtype, Device device = {});
// Contiguous, whatever the tensor is.
TAEDA_API Tensor empty_like(const TensorBody& tensor);
// The bytes of one element.
struct Element {
  alignas(8) unsigned char bytes[8] = {};
};
// RuntimeError in the name of `operation` where an integer dtype does not hold the value.
TAEDA_API Element to_element(const char* operation, const Scalar& value, DType dtype);
// A zero-dimensional tensor of this value.
TAEDA_API Tensor scalar_tensor(const Scalar& value, DType dtype, Device device = {});
// The tensor that a Python number becomes beside tensors: in promotion it counts as a number.
TAEDA_API Tensor wrap_number(const Scalar& value);
// The one element as a number; RuntimeError otherwise.
TAEDA_API Scalar item(const TensorBody& tensor);
// Another body on the same memory, without history, without base.
TAEDA_API Tensor alias(const TensorBody& tensor);

// The dtype of new float tensors and of integers promoted to float.
TAEDA_API DType default_dtype();
TAEDA_API void set_default_dtype(DType dtype);

}  // namespace taeda
