// RuleNode: the node of an operation whose derivative stands in the table of rules.
#pragma once

#include "taeda/autograd/rule.h"
#include "taeda/autograd/saved_tensor.h"

namespace taeda::autograd {

// Edges, facts, saved tensors, shapes and attributes lie behind the node in one block.
class RuleNode final : public Node {
 public:
  struct Layout {
    int inputs, outputs, saved;
    bool shapes;
    size_t attribute_bytes;
    size_t bytes() const;
  };

  RuleNode(size_t block_bytes, const Operation& operation, const Layout& layout);
  ~RuleNode() override;

  Gradients backward(const Gradients& gradients) override;
  bool picks() const override { return rule().picks; }
  Tensor part_of(const Tensor& whole) const override;
  void release_saved() override;
  std::string operation_name() const override { return operation_.name; }

 private:
  friend class Context;
  friend NodePtr record_rule(const Call& call, const Tensor& overwritten);

  const Rule& rule() const { return *rule_of(operation_); }
  SavedTensor& saved(int i) const { return saved_[i]; }

  const Operation& operation_;
  SavedTensor* saved_ = nullptr;
  Dims* shapes_ = nullptr;
  void* attributes_ = nullptr;
  uint32_t saved_inputs_ = 0, saved_outputs_ = 0;  // which: bits as in Save
  int shape_count_ = 0;
};

// The node of a call that has been run, with its edges; `overwritten` is what its first input was
// before an in-place write, where a rule needs that. Null if no gradient is wanted.
NodePtr record_rule(const Call& call, const Tensor& overwritten);

}  // namespace taeda::autograd
