#include "matrix/weight_gradient.h"

#include "families.h"
#include "matrix/engine.h"
#include "matrix/tile.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// One thread takes whole shares of the rows, those that it works on in the operations around this
// one: cut by the rows of the weight, as products are, each thread would read what all of them
// wrote, line by line out of each other's caches.
template <class T>
class LinearWeightGradient {
 public:
  explicit LinearWeightGradient(const LinearWeightGradientCall& call)
      : call_(call),
        rows_(call.grad_out.shape[0]),
        m_(call.grad_weight.shape[0]),
        n_(call.grad_weight.shape[1]),
        size_(m_ * n_ + (call.grad_bias.data ? m_ : 0)) {
    // All of it follows from the shapes, so that bits do not depend on threads.
    while (m_ * n_ > 0 && 2 * shares_ <= kMostShares && rows_ >= 2 * shares_ * kLeastRows &&
           2 * kLeastReuse * shares_ * m_ * n_ <= rows_ * (m_ + n_)) {
      shares_ *= 2;
    }
    share_rows_ = round_up(ceil_div(rows_, shares_), kRowUnit);
    if (shares_ > 1) shares_ = ceil_div(rows_, share_rows_);
    blocks_ = std::clamp<int64_t>(m_ * n_ * share_rows_ / kBlockWork, 1,
                                  std::max<int64_t>(1, m_ / kLeastBlockColumns));
  }

  void run() const {
    if (shares_ == 1) {
      multiply_rows(0, rows_, 0, m_, matrix_of(call_.grad_weight));
      if (call_.grad_bias.data) sum_rows(0, rows_, 0, m_, call_.grad_bias);
      return;
    }
    const Scratch<T> sums(shares_ * size_);
    parallel_blocks(shares_ * blocks_, [&](int64_t task) {
      const int64_t share = task / blocks_, block = task % blocks_;
      const int64_t row = share * share_rows_, end = std::min(row + share_rows_, rows_);
      const int64_t column = column_of(block), columns = column_of(block + 1) - column;
      T* of_share = sums.data() + share * size_;
      multiply_rows(row, end, column, columns, {of_share + column * n_, dtype_of<T>, n_, 1});
      if (call_.grad_bias.data) {
        const int64_t from = bias_column_of(block), count = bias_column_of(block + 1) - from;
        const int64_t stride = 1;
        sum_rows(row, end, from, count,
                 {of_share + m_ * n_ + from, dtype_of<T>, {&count, 1}, {&stride, 1}});
      }
    });
    const Matrix weight = matrix_of(call_.grad_weight);
    parallel_for(m_, std::max<int64_t>(1, kGrain / n_), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        store(weight.at(i, 0), weight.dtype, weight.column_stride, sums.data() + i * n_, n_);
      }
    });
    if (call_.grad_bias.data) {
      const Array& bias = call_.grad_bias;
      store(bias.data, bias.dtype, bias.strides[0], sums.data() + m_ * n_, m_);
    }
  }

 private:
  static constexpr int64_t kMostShares = 16;
  static constexpr int64_t kLeastRows = 384;      // of a share
  static constexpr int64_t kLeastReuse = 2;       // bytes read for those of the shares' sums
  static constexpr int64_t kRowUnit = 64;         // whole blocks of each way to multiply
  static constexpr int64_t kBlockWork = 1 << 22;  // multiply-adds of a task
  static constexpr int64_t kLeastBlockColumns = 4 * kTileRows;
  static constexpr int64_t kGrain = int64_t{1} << 14;  // sums that a task adds up

  // Whole tiles of the product: but for the last block.
  int64_t column_of(int64_t block) const {
    return std::min(ceil_div(m_, kTileRows) * block / blocks_ * kTileRows, m_);
  }

  // Whole lines of the rows.
  int64_t bias_column_of(int64_t block) const {
    constexpr int64_t line = 64 / sizeof(T);
    return std::min(ceil_div(m_, line) * block / blocks_ * line, m_);
  }

  // Of the rows [row, end) and of some columns of the gradient.
  void multiply_rows(int64_t row, int64_t end, int64_t column, int64_t columns, Matrix out) const {
    Matrix grad = matrix_of(call_.grad_out), input = matrix_of(call_.input);
    grad.data = grad.at(row, column);
    input.data = input.at(row, 0);
    const Product<T> product{columns, n_, end - row, grad.transposed(), input, {out, {}}};
    if (multiply_small(product.m, product.n, product.k, product.a, product.b, product.finish)) {
      return;
    }
    multiply(product);
  }
  void sum_rows(int64_t row, int64_t end, int64_t column, int64_t columns, const Array& out) const {
    const Matrix grad = matrix_of(call_.grad_out);
    const int64_t shape[] = {columns, end - row}, strides[] = {grad.column_stride, grad.row_stride};
    reduce_kernels().run(
        {ReduceOp::Sum, out, {grad.at(row, column), grad.dtype, shape, strides}, 1});
  }

  // What `count` sums of the shares from `first` on come to, share after share.
  void store(void* to, DType dtype, int64_t stride, T* first, int64_t count) const {
    for (int64_t share = 1; share < shares_; ++share) {
      const T* next = first + share * size_;
      int64_t i = 0;
      for (; i + Vec<T>::size <= count; i += Vec<T>::size) {
        (Vec<T>::load(first + i) + Vec<T>::load(next + i)).store(first + i);
      }
      for (; i < count; ++i) first[i] += next[i];
    }
    converter(dtype, dtype_of<T>)(to, stride, first, 1, count);
  }

  const LinearWeightGradientCall& call_;
  int64_t rows_, m_, n_;
  int64_t size_;  // sums of a share
  int64_t shares_ = 1, share_rows_, blocks_;
};

}  // namespace

void linear_weight_gradient(const LinearWeightGradientCall& call) {
  if (call.grad_weight.dtype == DType::Float64)
    LinearWeightGradient<double>(call).run();
  else
    LinearWeightGradient<float>(call).run();
}

}  // namespace taeda::cpu::inline TAEDA_ISA
