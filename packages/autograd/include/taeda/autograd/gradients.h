// Gradients: a short list of tensors, undefined ones standing for zero.
#pragma once

#include <array>
#include <memory>

#include "taeda/tensor/tensor.h"

namespace taeda::autograd {

class Gradients {
 public:
  static constexpr int kInline = 4;

  Gradients() = default;
  explicit Gradients(int count) : size_(count) {
    if (count > kInline) many_ = std::make_unique<Tensor[]>(static_cast<size_t>(count));
  }

  int size() const { return size_; }
  Tensor* data() { return many_ ? many_.get() : few_.data(); }
  const Tensor* data() const { return many_ ? many_.get() : few_.data(); }
  Tensor& operator[](int i) { return data()[i]; }
  const Tensor& operator[](int i) const { return data()[i]; }
  Tensor* begin() { return data(); }
  Tensor* end() { return data() + size_; }

 private:
  std::array<Tensor, kInline> few_;
  std::unique_ptr<Tensor[]> many_;
  int size_ = 0;
};

// The gradients of an operation's inputs, in their order: `return grads(g * y, g * x)`.
template <class... Tensors>
Gradients grads(Tensors&&... tensors) {
  Gradients result(sizeof...(Tensors));
  int i = 0;
  ((result[i++] = std::forward<Tensors>(tensors)), ...);
  return result;
}

}  // namespace taeda::autograd
