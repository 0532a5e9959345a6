// Dims: a shape or strides; the usual few dimensions lie inline.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "taeda/kernels/array.h"

namespace taeda {

class Dims {
 public:
  static constexpr int kInline = 5;

  Dims() = default;
  Dims(std::initializer_list<int64_t> values) : Dims(Sizes(values.begin(), values.size())) {}
  Dims(Sizes values) {  // NOLINT: any list of sizes is a Dims
    resize(static_cast<int>(values.size()));
    if (size_ > 0) std::memcpy(data(), values.data(), values.size_bytes());
  }
  Dims(int count, int64_t value) {
    resize(count);
    for (int i = 0; i < count; ++i) data()[i] = value;
  }
  Dims(const Dims& other) {
    if (other.capacity_ > kInline)
      *this = Dims(Sizes(other));
    else
      copy_inline(other);
  }
  Dims(Dims&& other) noexcept { take(other); }
  Dims& operator=(const Dims& other) {
    if (this != &other) {
      resize(other.size_);
      if (size_ > 0) std::memcpy(data(), other.data(), static_cast<size_t>(size_) * 8);
    }
    return *this;
  }
  Dims& operator=(Dims&& other) noexcept {
    if (this != &other) {
      release();
      take(other);
    }
    return *this;
  }
  ~Dims() { release(); }

  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  int64_t* data() { return capacity_ > kInline ? heap_ : inline_; }
  const int64_t* data() const { return capacity_ > kInline ? heap_ : inline_; }
  int64_t& operator[](int i) { return data()[i]; }
  int64_t operator[](int i) const { return data()[i]; }
  int64_t* begin() { return data(); }
  int64_t* end() { return data() + size_; }
  const int64_t* begin() const { return data(); }
  const int64_t* end() const { return data() + size_; }
  int64_t back() const { return data()[size_ - 1]; }
  operator Sizes() const { return {data(), static_cast<size_t>(size_)}; }  // NOLINT

  void resize(int count) {
    if (count > capacity_) grow(count);
    size_ = count;
  }
  void push_back(int64_t value) {
    resize(size_ + 1);
    data()[size_ - 1] = value;
  }
  void insert(int at, int64_t value) {
    resize(size_ + 1);
    for (int i = size_ - 1; i > at; --i) data()[i] = data()[i - 1];
    data()[at] = value;
  }
  void erase(int at) {
    for (int i = at; i + 1 < size_; ++i) data()[i] = data()[i + 1];
    --size_;
  }

  friend bool operator==(const Dims& a, const Dims& b) {
    if (a.size_ != b.size_) return false;
    const int64_t *x = a.data(), *y = b.data();
    for (int i = 0; i < a.size_; ++i) {
      if (x[i] != y[i]) return false;
    }
    return true;
  }
  friend std::ostream& operator<<(std::ostream& out, const Dims& dims) {
    return out << ShapeText{dims};
  }

 private:
  void grow(int count) {
    const int capacity = count < 2 * kInline ? 2 * kInline : count;
    auto* memory = new int64_t[static_cast<size_t>(capacity)];
    if (size_ > 0) std::memcpy(memory, data(), static_cast<size_t>(size_) * 8);
    release();
    heap_ = memory;
    capacity_ = capacity;
  }
  void release() {
    if (capacity_ > kInline) delete[] heap_;
    capacity_ = kInline;
  }
  // All places, used or not: a copy of constant length is a few moves of registers.
  void copy_inline(const Dims& other) {
    size_ = other.size_;
    std::memcpy(inline_, other.inline_, sizeof inline_);
  }
  void take(Dims& other) {
    if (other.capacity_ > kInline) {
      size_ = other.size_;
      capacity_ = std::exchange(other.capacity_, kInline);
      heap_ = other.heap_;
    } else {
      copy_inline(other);
    }
    other.size_ = 0;
  }

  int32_t size_ = 0;
  int32_t capacity_ = kInline;
  union {
    int64_t inline_[kInline] = {};
    int64_t* heap_;
  };
};

inline int64_t product(Sizes sizes) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  return count;
}

// Row-major strides without gaps.
TAEDA_API Dims contiguous_strides(Sizes shape);

// Strides without gaps in the order in which these lie in memory; row-major where one is zero, for
// such a dimension has no place in an order.
TAEDA_API Dims dense_strides(Sizes shape, Sizes strides);

// The shape that both broadcast to. Throws RuntimeError in the name of `operation`.
TAEDA_API Dims broadcast_shapes(const char* operation, Sizes a, Sizes b);

// `dim` counted from the end if negative; IndexError in the name of `operation` if out of range. A
// zero-dimensional tensor has dims -1 and 0, as in PyTorch.
TAEDA_API int wrap_dim(const char* operation, int64_t dim, int ndim);

}  // namespace taeda
