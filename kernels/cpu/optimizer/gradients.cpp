// The norm of many tensors together, and scaling and clamping of all of them.
#include <limits>

#include "rounding.h"
#include "step.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int kSums = 64;  // added up side by side, whatever the width of the vectors

// How a norm of some order joins elements: start, join(sum, element), and sums among themselves.
struct Squares {
  static constexpr double start = 0;
  template <class V>
  V join(V sum, V x) const {
    return fma(x, x, sum);
  }
  template <class V>
  static V both(V a, V b) {
    return a + b;
  }
};
struct Magnitudes {
  static constexpr double start = 0;
  template <class V>
  V join(V sum, V x) const {
    return sum + abs(x);
  }
  template <class V>
  static V both(V a, V b) {
    return a + b;
  }
};
struct Count {
  static constexpr double start = 0;
  template <class V>
  V join(V sum, V x) const {
    return sum + select(x != V(0), V(1), V(0));
  }
  template <class V>
  static V both(V a, V b) {
    return a + b;
  }
};
struct Powers {
  static constexpr double start = 0;
  double order;
  template <class V>
  V join(V sum, V x) const {
    return sum + pow(abs(x), V(order));
  }
  template <class V>
  static V both(V a, V b) {
    return a + b;
  }
};
struct Largest {
  static constexpr double start = 0;
  template <class V>
  V join(V sum, V x) const {
    return maximum(sum, abs(x));
  }
  template <class V>
  static V both(V a, V b) {
    return a > b || a != a ? a : b;
  }
};
struct Smallest {
  static constexpr double start = std::numeric_limits<double>::infinity();
  template <class V>
  V join(V sum, V x) const {
    return minimum(sum, abs(x));
  }
  template <class V>
  static V both(V a, V b) {
    return a < b || a != a ? a : b;
  }
};

// Element i of a block goes into sum i % kSums; a fixed tree joins the sums.
template <class T, class Join>
double join_block(const T* x, int64_t count, const Join& join) {
  constexpr int kVectors = kSums / Vec<T>::size;
  Vec<T> sums[kVectors];
  for (Vec<T>& sum : sums) sum = Vec<T>(Join::start);
  int64_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (int v = 0; v < kVectors; ++v) {
      sums[v] = join.join(sums[v], Vec<T>::load(x + i + v * Vec<T>::size));
    }
  }
  T parts[kSums];
  for (int v = 0; v < kVectors; ++v) sums[v].store(parts + v * Vec<T>::size);
  for (int part = 0; i < count; ++i, ++part) {
    parts[part] = join.join(Vec<T>(parts[part]), Vec<T>(x[i]))[0];
  }
  for (int half = kSums / 2; half > 0; half /= 2) {
    for (int j = 0; j < half; ++j) parts[j] = Join::both(parts[j], parts[j + half]);
  }
  return static_cast<double>(parts[0]);
}

template <class T, class Join>
double join_all(const NormCall& call, const Join& join) {
  int64_t blocks = 0;
  for (const OptimizerTensor& tensor : call.tensors) {
    blocks += ceil_div(tensor.count, kStepBlock);
  }
  const Scratch<double> parts(blocks);
  const Convert load = converter(dtype_of<T>, call.dtype);
  each_step_block(
      call.tensors, [&](const OptimizerTensor& tensor, int64_t begin, int64_t end, int64_t block) {
        const char* from = static_cast<const char*>(tensor.gradient) + begin * size_of(call.dtype);
        if (call.dtype == dtype_of<T>) {
          parts[block] = join_block(reinterpret_cast<const T*>(from), end - begin, join);
          return;
        }
        const Scratch<T> wide(end - begin);
        load(wide.data(), 1, from, 1, end - begin);
        parts[block] = join_block(wide.data(), end - begin, join);
      });
  double all = Join::start;
  for (int64_t block = 0; block < blocks; ++block) all = Join::both(all, parts[block]);
  return all;
}

template <class T>
double norm_as(const NormCall& call) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (call.order == 2) return std::sqrt(join_all<T>(call, Squares()));
  if (call.order == 1) return join_all<T>(call, Magnitudes());
  if (call.order == 0) return join_all<T>(call, Count());
  if (call.order == infinity) return join_all<T>(call, Largest());
  if (call.order == -infinity) return join_all<T>(call, Smallest());
  return std::pow(join_all<T>(call, Powers{call.order}), 1 / call.order);
}

}  // namespace

double norm_of_all(const NormCall& call) {
  return dispatch_step(call.dtype, [&]<class T>() { return norm_as<T>(call); });
}
void scale_all(DType dtype, std::span<const OptimizerTensor> tensors, double factor) {
  dispatch_step(dtype, [&]<class T>() {
    step_all<T, 0>(dtype, tensors, [f = Vec<T>(factor)](Lanes<T, 0>& x) { x.p *= f; });
  });
}
void clamp_all(DType dtype, std::span<const OptimizerTensor> tensors, double low, double high) {
  dispatch_step(dtype, [&]<class T>() {
    step_all<T, 0>(dtype, tensors, [least = Vec<T>(low), most = Vec<T>(high)](Lanes<T, 0>& x) {
      x.p = bounded(x.p, least, most);
    });
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
