// Walks the elements of an array row-major in runs, and brings values to and from its dtype.
#pragma once

#include "convert.h"
#include "plan.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int64_t kRunElements = 1024;
inline constexpr int64_t kRunGrain = 16 * kRunElements;

// One operand that is read or written run by run, in logical order whatever its strides.
class RunOperand {
 public:
  RunOperand(const Array& array, DType element)
      : array_(array),
        plan_(pointers(&array), true),
        linear_(plan_.is_linear(0)),
        direct_(linear_ && array.dtype == element),
        load_(converter(element, array.dtype)),
        store_(converter(array.dtype, element)),
        element_size_(size_of(element)) {}

  void load(int64_t begin, int64_t count, void* to) const {
    walk(begin, count, [&](char* at, int64_t stride, int64_t done, int64_t step) {
      load_(static_cast<char*>(to) + done * element_size_, 1, at, stride, step);
    });
  }
  void store(int64_t begin, int64_t count, const void* from) const {
    walk(begin, count, [&](char* at, int64_t stride, int64_t done, int64_t step) {
      store_(at, stride, static_cast<const char*>(from) + done * element_size_, 1, step);
    });
  }
  // The elements themselves where they lie in order and in their type already; else null.
  void* in_place(int64_t begin) const {
    return direct_ ? array_.as<char>() + begin * element_size_ : nullptr;
  }
  // Whether it is one element over and over.
  bool is_constant() const { return plan_.is_constant(0); }
  int64_t count() const { return plan_.count; }

 private:
  static std::array<const Array*, 1> pointers(const Array* array) { return {array}; }

  template <class Function>
  void walk(int64_t begin, int64_t count, Function function) const {
    const int64_t size = size_of(array_.dtype);
    if (linear_) return function(array_.as<char>() + begin * size, int64_t{1}, int64_t{0}, count);
    Cursor<1> cursor(plan_, begin);
    const int64_t stride = plan_.strides[0][plan_.ndim - 1];
    for (int64_t done = 0; done < count;) {
      const int64_t step = std::min(count - done, cursor.left_in_row());
      function(array_.as<char>() + cursor.offset(0) * size, stride, done, step);
      done += step;
      if (done < count) cursor.advance(step);
    }
  }

  const Array& array_;
  Plan<1> plan_;
  bool linear_, direct_;
  Convert load_, store_;
  int64_t element_size_;
};

// Calls body(begin, count) for runs of at most kRunElements elements.
template <class Body>
void each_run(int64_t count, Body body) {
  parallel_for(count, kRunGrain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at += kRunElements)
      body(at, std::min(kRunElements, end - at));
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
