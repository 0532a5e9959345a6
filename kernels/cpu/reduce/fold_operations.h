// What a reduction does with elements: `map` to one of them, `combine` with two values.
#pragma once

#include "lanes.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {

struct Identity {
  template <class V>
  static V map(V x, V) {
    return x;
  }
};

// Serves scalars and vectors alike.
using taeda::select;
template <class V>
inline auto is_nan(V x) {
  return x != x;
}

struct SumFold : Identity, Plus {};
struct NanSumFold : Plus {
  template <class V>
  static V map(V x, V) {
    return select(is_nan(x), V(0), x);
  }
};
struct ProdFold : Identity {
  template <class V>
  static V combine(V a, V b) {
    return a * b;
  }
};
// Whether b is NaN is asked rather than whether a is: a is what the last step gave.
struct MaxFold : Identity {
  template <class T>
  static T combine(T a, T b) {
    return select((b > a) | is_nan(b), b, a);
  }
  template <class T>
  static Vec<T> combine(Vec<T> a, Vec<T> b) {
    return maximum(b, a);
  }
};
struct MinFold : Identity {
  template <class T>
  static T combine(T a, T b) {
    return select((b < a) | is_nan(b), b, a);
  }
  template <class T>
  static Vec<T> combine(Vec<T> a, Vec<T> b) {
    return minimum(b, a);
  }
};
struct SumAbsFold : Plus {
  template <class V>
  static V map(V x, V) {
    using std::abs;
    return abs(x);
  }
};
struct SumSquaresFold : Plus {
  template <class V>
  static V map(V x, V) {
    return x * x;
  }
};
struct MaxAbsFold : MaxFold {
  template <class V>
  static V map(V x, V) {
    using std::abs;
    return abs(x);
  }
};
struct SquaredDeviationsFold : Plus {
  static constexpr bool centered = true;
  template <class V>
  static V map(V x, V center) {
    return (x - center) * (x - center);
  }
};
struct ExponentialsFold : Plus {
  static constexpr bool centered = true;
  template <class T>
  static Vec<T> map(Vec<T> x, Vec<T> center) {
    return exp(x - center);
  }
  // A lane of the vector, for the library's bits are others.
  template <class T>
  static T map(T x, T center) {
    return exp(Vec<T>(x - center))[0];
  }
};
template <class Op>
inline constexpr bool is_centered = requires { Op::centered; };

}  // namespace taeda::cpu::inline TAEDA_ISA
