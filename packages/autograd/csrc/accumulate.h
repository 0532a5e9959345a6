// The node of a leaf: adds what reaches it to the leaf's `.grad`.
#pragma once

#include "taeda/autograd/node.h"

namespace taeda::autograd {

class AccumulateGrad final : public Node {
 public:
  AccumulateGrad(size_t block_bytes, TensorBody& leaf);
  ~AccumulateGrad() override;

  Gradients backward(const Gradients& gradients) override;
  std::string operation_name() const override { return "AccumulateGrad"; }
  std::string name() const override { return "AccumulateGrad"; }
  TensorBody* leaf() const override { return leaf_.body(); }
  const OutputFacts& output(int) const override;

 private:
  Tensor leaf_;
  mutable OutputFacts facts_;
};

}  // namespace taeda::autograd
