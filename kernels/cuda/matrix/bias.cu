// The gradient of a convolution's bias: a block sums a channel over images and positions.
#include "../device/fold.h"
#include "convolution.h"
#include "images.h"

namespace taeda::cuda {
namespace {

template <class T>
struct BiasGradientBody {
  using Shared = FoldShared<T>;
  Memory grad_bias;
  int64_t stride;
  Planes grad_out;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t channel) const {
    const auto get = [&](int64_t i) {
      int64_t at[3];
      const int64_t n = place_of(grad_out.shape, i, at);
      return grad_out.memory.load<T>(grad_out.offset(n, channel, at));
    };
    const T sum = fold_all(block, shared.memory, shared.result, grad_out.shape[0] * grad_out.size(),
                           T(0), Plus(), get);
    block.each([&](int thread) {
      if (thread == 0) grad_bias.store(channel * stride, sum);
    });
  }
};

}  // namespace

void bias_gradient(const Array& grad_bias, const Array& grad_out) {
  if (!grad_bias.data) return;
  dispatch_float(grad_bias.dtype, [&]<class T>() {
    for_each_block(grad_bias.shape[0],
                   BiasGradientBody<T>{grad_bias, grad_bias.strides[0], Planes(grad_out)});
  });
}

}  // namespace taeda::cuda
