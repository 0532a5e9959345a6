#include "region.h"

#include <algorithm>
#include <vector>

#include "taeda/autograd/history.h"
#include "taeda/autograd/rule.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/views.h"

namespace taeda::autograd {
namespace {

void widen(const Region& region, int64_t& low, int64_t& high) {
  if (product(region.shape) == 0) return;
  int64_t first = region.offset, last = region.offset;
  for (int d = 0; d < region.shape.size(); ++d) {
    (region.strides[d] < 0 ? first : last) += (region.shape[d] - 1) * region.strides[d];
  }
  low = std::min(low, first);
  high = std::max(high, last);
}

// A dimension along which the region meets elements that it has seen already; -1 if there is none.
int overlapping_dim(const Region& region) {
  std::vector<int> dims;
  for (int d = 0; d < region.shape.size(); ++d) {
    if (region.shape[d] > 1) dims.push_back(d);
  }
  std::sort(dims.begin(), dims.end(), [&](int a, int b) {
    return std::abs(region.strides[a]) < std::abs(region.strides[b]);
  });
  int64_t reach = 0;
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t stride = std::abs(region.strides[dims[i]]);
    if (stride <= reach || stride == 0) {
      const bool previous_is_shorter = i > 0 && region.shape[dims[i - 1]] < region.shape[dims[i]];
      return previous_is_shorter ? dims[i - 1] : dims[i];
    }
    reach += stride * (region.shape[dims[i]] - 1);
  }
  return -1;
}

class RegionNode final : public Node {
 public:
  RegionNode(size_t block_bytes, TensorBody& whole, const TensorBody& part)
      : Node(block_bytes), whole_(Region::of(whole)), part_(Region::of(part)) {
    facts_ = {part.shape(), part.dtype(), part.device()};
    edge_ = gradient_edge(whole);
    outputs_ = &facts_;
    edges_ = &edge_;
    output_count_ = edge_count_ = 1;
    note_location();
    number();
  }

  Gradients backward(const Gradients& gradients) override {
    const Tensor& g = gradients[0];
    const auto [first, length] = extent_of(whole_, part_);
    const Tensor memory = zeros({length}, g.dtype(), g.device());
    add_into(memory, part_, first, g);
    return grads(region_of(memory, whole_, first));
  }
  std::string operation_name() const override { return "as_strided"; }

 private:
  Region whole_, part_;
  OutputFacts facts_;
  Edge edge_;
};

NodePtr node_of_call(const Call& call) {
  return make_region_node(*call.inputs[0], *call.outputs[0]);
}
const Rules rules([] { custom_rule<AsStrided>(node_of_call); });

}  // namespace

Extent extent_of(const Region& a, const Region& b) {
  int64_t low = std::numeric_limits<int64_t>::max(), high = -1;
  widen(a, low, high);
  widen(b, low, high);
  return high < 0 ? Extent{} : Extent{low, high - low + 1};
}

Tensor region_of(const Tensor& memory, const Region& region, int64_t first) {
  return as_strided(memory, region.shape, region.strides, region.offset - first);
}

void add_into(const Tensor& memory, const Region& region, int64_t first, const Tensor& values) {
  const int dim = overlapping_dim(region);
  if (dim < 0) {
    const Tensor part = region_of(memory, region, first);
    run_in_place<Elementwise<Add>>({part.body(), values.body()}, {default_params<Add>()});
    return;
  }
  Region slice = region;
  slice.shape.erase(dim);
  slice.strides.erase(dim);
  for (int64_t i = 0; i < region.shape[dim]; ++i) {
    slice.offset = region.offset + i * region.strides[dim];
    add_into(memory, slice, first, select(values, dim, i));
  }
}

NodePtr make_region_node(TensorBody& whole, const TensorBody& part) {
  return NodePtr(make_node<RegionNode>(0, whole, part));
}

}  // namespace taeda::autograd
