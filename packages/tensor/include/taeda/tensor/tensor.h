// Tensor: a handle to a strided view of a storage.
#pragma once

#include "taeda/kernels/export.h"

// The count's functions live in this package's library, once for all modules.
#define NB_INTRUSIVE_EXPORT TAEDA_API
#include <nanobind/intrusive/counter.h>
#include <nanobind/intrusive/ref.h>

#include <memory>

#include "taeda/kernels/array.h"
#include "taeda/tensor/dims.h"
#include "taeda/tensor/scalar.h"
#include "taeda/tensor/storage.h"

namespace taeda {

class Tensor;
struct Generator;

// What autograd hangs on a tensor. This package never looks into it.
class TAEDA_API AutogradSlot {
 public:
  virtual ~AutogradSlot();
};

// What tensors are made of. Has one Python object for life once it has been seen from Python.
class TAEDA_API TensorBody final : public nanobind::intrusive_base {
 public:
  TensorBody(StoragePtr storage, int64_t offset, Dims shape, Dims strides, DType dtype);
  // Contiguous from the storage's start.
  TensorBody(StoragePtr storage, Dims shape, int64_t numel, DType dtype);
  ~TensorBody() override;

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
  nanobind::ref<TensorBody> base;  // the tensor this is a view of, itself never a view
  nanobind::ref<TensorBody> grad;
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

// A counted handle with the arithmetic of C++: `a + b` goes through the same door as in Python.
class TAEDA_API Tensor {
 public:
  Tensor() = default;
  Tensor(TensorBody* body) : body_(body) {}  // NOLINT: a handle of a body
  explicit Tensor(nanobind::ref<TensorBody> body) : body_(std::move(body)) {}

  bool defined() const { return body_.get() != nullptr; }
  TensorBody* body() const { return const_cast<TensorBody*>(body_.get()); }
  TensorBody* operator->() const { return body(); }
  TensorBody& operator*() const { return *body(); }
  void reset() { body_.reset(); }

  const Dims& shape() const { return body()->shape(); }
  int ndim() const { return body()->ndim(); }
  DType dtype() const { return body()->dtype(); }
  Device device() const { return body()->device(); }
  int64_t numel() const { return body()->numel(); }

 private:
  nanobind::ref<TensorBody> body_;
};

// Uninitialised memory, contiguous.
TAEDA_API Tensor empty(Dims shape, DType dtype, Device device = {});
TAEDA_API Tensor empty_like(const TensorBody& tensor);
// A zero-dimensional tensor of this value. With `wrapped` it takes part in promotion as a number.
TAEDA_API Tensor scalar_tensor(const Scalar& value, DType dtype, Device device = {},
                               bool wrapped = false);
// The tensor that a Python number becomes beside tensors.
TAEDA_API Tensor wrap_number(const Scalar& value);
// The one element as a number; RuntimeError otherwise.
TAEDA_API Scalar item(const TensorBody& tensor);
// Another body on the same memory, without history, without base.
TAEDA_API Tensor alias(const TensorBody& tensor);

// The dtype of new float tensors and of integers promoted to float.
TAEDA_API DType default_dtype();
TAEDA_API void set_default_dtype(DType dtype);

}  // namespace taeda
