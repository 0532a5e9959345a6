#include "overlap.h"

#include <algorithm>
#include <vector>

namespace taeda {
namespace {

struct Range {
  int64_t low, high;  // byte offsets within the storage, the end exclusive
};

Range range_of(const TensorBody& tensor) {
  int64_t low = tensor.offset(), high = tensor.offset();
  for (int d = 0; d < tensor.ndim(); ++d) {
    const int64_t reach = (tensor.size(d) - 1) * tensor.strides()[d];
    (reach < 0 ? low : high) += reach;
  }
  const int64_t size = size_of(tensor.dtype());
  return {low * size, (high + 1) * size};
}

}  // namespace

bool overlaps_itself(const TensorBody& tensor) {
  if (tensor.is_contiguous() || tensor.numel() < 2) return false;
  // Sorted by stride, each dimension must step over all that the smaller ones reach. Where it does
  // not, the elements might still be distinct; such views are rare, and refused.
  std::vector<std::pair<int64_t, int64_t>> steps;
  for (int d = 0; d < tensor.ndim(); ++d) {
    if (tensor.size(d) > 1) steps.emplace_back(std::abs(tensor.strides()[d]), tensor.size(d));
  }
  std::sort(steps.begin(), steps.end());
  int64_t reach = 0;
  for (const auto& [stride, size] : steps) {
    if (stride <= reach) return true;
    reach += stride * (size - 1);
  }
  return false;
}

bool overlap_matters(const TensorBody& out, const TensorBody& input, bool same_place_is_safe) {
  if (&out.storage() != &input.storage() || out.numel() == 0 || input.numel() == 0) return false;
  const Range a = range_of(out), b = range_of(input);
  if (a.high <= b.low || b.high <= a.low) return false;
  const bool same_place = out.offset() == input.offset() && out.dtype() == input.dtype() &&
                          out.shape() == input.shape() && out.strides() == input.strides();
  return !(same_place && same_place_is_safe);
}

}  // namespace taeda
