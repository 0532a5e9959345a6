#include "copy_slices.h"

#include "region.h"
#include "taeda/autograd/history.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda::autograd {
namespace {

class CopySlices final : public Node {
 public:
  CopySlices(size_t block_bytes, TensorBody& base, TensorBody& view, NodePtr write)
      : Node(block_bytes),
        write_(std::move(write)),
        base_(Region::of(base)),
        view_(Region::of(view)),
        edge_list_(static_cast<size_t>(write_->edge_count())) {
    facts_ = {base.shape(), base.dtype(), base.device()};
    outputs_ = &facts_;
    output_count_ = 1;
    // The edges are those of the write, but the first leads to the history of the whole base. The
    // write gets the same one, so that both agree on what is needed.
    edge_list_[0] = gradient_edge(base);
    write_->edge(0) = edge_list_[0];
    for (int i = 1; i < write_->edge_count(); ++i) {
      edge_list_[static_cast<size_t>(i)] = write_->edge(i);
    }
    edges_ = edge_list_.data();
    edge_count_ = write_->edge_count();
    note_location();
    number();
  }

  Gradients backward(const Gradients& gradients) override {
    const Tensor& g = gradients[0];
    // Fresh memory laid out as the base's, so that the view's strides fit it.
    const auto [first, length] = extent_of(base_, view_);
    const Tensor memory = zeros({length}, g.dtype(), g.device());
    copy_(region_of(memory, base_, first), g);
    const Tensor written = region_of(memory, view_, first);
    Gradients result = write_->backward(grads(clone(written)));
    if (edge_list_[0].node) {
      if (result[0].defined())
        copy_(written, result[0]);
      else
        fill_(written, 0);
      result[0] = region_of(memory, base_, first);
    }
    return result;
  }

  void release_saved() override { write_->release_saved(); }
  std::string operation_name() const override { return write_->operation_name(); }
  std::string name() const override { return "CopySlices"; }

 private:
  NodePtr write_;
  Region base_, view_;
  OutputFacts facts_;
  std::vector<Edge> edge_list_;
};

}  // namespace

NodePtr make_copy_slices(TensorBody& base, TensorBody& view, const NodePtr& write) {
  return NodePtr(make_node<CopySlices>(0, base, view, write));
}

}  // namespace taeda::autograd
