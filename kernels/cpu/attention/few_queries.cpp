// Attention of few queries, such as that of a token which follows others: a panel would leave most
// of its lanes idle.
#include "attention/blocks.h"
#include "matrix/few_rows.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
class FewQueries : AttentionSizes {
 public:
  explicit FewQueries(const AttentionCall& call)
      : AttentionSizes(call.operands, call.out.shape), call_(call) {}

  void run() const {
    const int64_t grain = std::max<int64_t>(1, kSmallAttention / (kReadWork * work(1)));
    parallel_for(items_, grain, [&](int64_t begin, int64_t end) {
      const Scratch<T> memory(scratch_size());
      for (int64_t i = begin; i < end; ++i) attend(i, memory.data());
    });
  }

 private:
  // Side by side where there are as many columns: enough sums to hide the latency of an addition.
  static constexpr int kVectors = kTileRows == 14 ? 4 : 2;
  static constexpr int64_t kWide = kVectors * Vec<T>::size;
  // Scores of a query against a block of keys: whole panels.
  static constexpr int64_t kScores = round_up(kKeyBlock, kPanel<T>);

  int64_t scratch_size() const {
    return queries_ * (depth_ + width_ + kScores) + kKeyBlock * width_ + kScores;
  }

  // All queries of one item.
  void attend(int64_t item, T* memory) const {
    const AttentionOperands& operands = call_.operands;
    const ItemMatrix key = matrix_of_item(operands.key, shape_, item);
    const ItemMatrix value = matrix_of_item(operands.value, shape_, item);
    const ItemMatrix mask = matrix_of_item(operands.mask, shape_, item);
    T* query = memory;
    T* out = query + queries_ * depth_;
    T* scores = out + queries_ * width_;
    T* value_scratch = scores + queries_ * kScores;
    T* mask_scratch = value_scratch + kKeyBlock * width_;
    load_queries(matrix_of_item(operands.query, shape_, item), query);
    std::fill_n(out, queries_ * width_, T(0));
    T maxima[kFewRows], sums[kFewRows] = {};
    std::fill_n(maxima, kFewRows, -kInfinity<T>);
    const QueryPanel all{0, static_cast<int>(queries_)};
    for (int64_t first = 0; first < keys_; first += kKeyBlock) {
      const int64_t count =
          visible_keys(all, first, std::min(kKeyBlock, keys_ - first), operands.causal);
      if (count == 0) break;
      score(key, first, count, query, scores);
      for (int64_t q = 0; q < queries_; ++q) {
        mask_row(mask, q, first, count, scores + q * kScores, mask_scratch);
        absorb(scores + q * kScores, count, maxima[q], sums[q], out + q * width_);
      }
      add_values(scores, count, rows_of(value, first, count, width_, value_scratch), out);
    }
    finish(maxima, sums, out, item);
  }

  // The queries times the scale, side by side.
  void load_queries(const ItemMatrix& query, T* to) const {
    const Convert convert = converter(dtype_of<T>, query.dtype);
    const T scale = static_cast<T>(call_.operands.scale);
    for (int64_t q = 0; q < queries_; ++q, to += depth_) {
      convert(to, 1, query.at(q, 0), query.column_stride, depth_);
      if (scale == T(1)) continue;
      for (int64_t i = 0; i < depth_; ++i) to[i] *= scale;
    }
  }

  // scores[q][k] = query q . key (first + k).
  void score(const ItemMatrix& key, int64_t first, int64_t count, const T* query, T* scores) const {
    Product<T> product;
    product.m = queries_;
    product.n = count;
    product.k = depth_;
    product.a = {const_cast<T*>(query), dtype_of<T>, depth_, 1};
    product.b = {key.at(first, 0), key.dtype, key.column_stride, key.row_stride};
    product.finish.out = {scores, dtype_of<T>, kScores, 1};
    multiply_few_rows(Operands<T>(product));
  }

  // out (queries, width) += scores (queries, count) @ values (count, width).
  void add_values(const T* scores, int64_t count, RowBlock<T> values, T* out) const {
    each_tile(queries_, [&](int64_t q, int height) {
      const T* weights = scores + q * kScores;
      T* to = out + q * width_;
      int64_t column = 0;
      for (; column + kWide <= width_; column += kWide) {
        with_height(height, [&]<int Rows>() {
          if constexpr (Rows <= kFewRows) {
            tile<T, Rows, kVectors, false>(StridedRows<T, Rows>{weights, count, kScores, 1},
                                           values.data + column, values.stride, to + column, width_,
                                           true, Vec<T>::size);
          }
        });
      }
      for (; column < width_; column += kPanel<T>) {
        const int columns = static_cast<int>(std::min<int64_t>(kPanel<T>, width_ - column));
        run_tile<T, StridedRows>(height, columns, values.data + column, values.stride, to + column,
                                 width_, true, weights, count, kScores, int64_t{1});
      }
    });
  }

  // Adds the mask to the scores of a query and puts -infinity where it may not look.
  void mask_row(const ItemMatrix& mask, int64_t query, int64_t first, int64_t count, T* scores,
                T* scratch) const {
    if (mask.data) {
      converter(dtype_of<T>, mask.dtype)(scratch, 1, mask.at(query, first), mask.column_stride,
                                         count);
      for (int64_t k = 0; k < count; ++k) {
        if (mask.dtype != DType::Bool)
          scores[k] += scratch[k];
        else if (scratch[k] == T(0))
          scores[k] = -kInfinity<T>;
      }
    }
    const int64_t seen =
        call_.operands.causal ? std::clamp<int64_t>(query + 1 - first, 0, count) : count;
    std::fill(scores + seen, scores + kScores, -kInfinity<T>);
  }

  // From scores to exp(score - max), the sum of which goes to `sum`; what was summed up moves to
  // the new maximum.
  void absorb(T* scores, int64_t count, T& max, T& sum, T* out) const {
    const T old_max = max;
    for (int64_t k = 0; k < count; ++k) max = scores[k] > max ? scores[k] : max;
    const T shift = max == -kInfinity<T> ? T(0) : max;
    for (int64_t k = 0; k < count; k += Vec<T>::size) {
      exp_of_score(Vec<T>::load(scores + k) - Vec<T>(shift)).store(scores + k);
    }
    T added = 0;
    for (int64_t k = 0; k < count; ++k) added += scores[k];
    const T correction = exp_of_score(Vec<T>(old_max - shift))[0];
    sum = fma(Vec<T>(sum), Vec<T>(correction), Vec<T>(added))[0];
    if (max == old_max) return;
    for (int64_t column = 0; column < width_; ++column) out[column] *= correction;
  }

  void finish(const T* maxima, const T* sums, T* out, int64_t item) const {
    T* log_sum = call_.log_sum.as<T>() + item * queries_;
    for (int64_t q = 0; q < queries_; ++q) {
      const bool empty = sums[q] == T(0);
      const T factor = empty ? T(0) : T(1) / sums[q];
      for (int64_t column = 0; column < width_; ++column) out[q * width_ + column] *= factor;
      log_sum[q] = empty ? kInfinity<T> : maxima[q] + log(Vec<T>(sums[q]))[0];
    }
    store_rows(matrix_of_item(call_.out, shape_, item), 0, queries_, width_, out, width_);
  }

  const AttentionCall& call_;
};

}  // namespace

template <class T>
void attend_few_queries(const AttentionCall& call) {
  FewQueries<T>(call).run();
}
template void attend_few_queries<float>(const AttentionCall&);
template void attend_few_queries<double>(const AttentionCall&);

}  // namespace taeda::cpu::inline TAEDA_ISA
