// The gradients of attention: a block does a tile of queries, or of keys, and kColumns of their
// gradients. The weights are computed anew from the saved logarithms of their sums.
#include "backward.h"

#include "../runtime/allocator.h"
#include "operands.h"
#include "tiles.h"

namespace taeda::cuda {
namespace {

// What all kernels read.
template <class Element>
struct Given {
  using T = WideOf<Element>;
  Scores<Element> scores;
  Steps grad_out, out;
  Walk<2> batch;  // of these two
  const T* log_sums;
  const T* deltas;  // sum of grad_out * out of each query

  TAEDA_HD Element grad_out_at(int64_t start, int64_t i, int64_t v) const {
    const bool inside = i < scores.queries && v < scores.value_width;
    return inside ? grad_out.element<Element>(start, i, v) : Element(0);
  }
  // exp(score - log_sum), zero where nothing may be attended to.
  TAEDA_HD T weight(int64_t matrix, int64_t mask_start, int64_t i, int64_t j, T product) const {
    const T score = scores.score(mask_start, i, j, product);
    return score == lowest<T>() ? T(0) : exp(score - log_sums[matrix * scores.queries + i]);
  }
  // Of the score, from the products of query and key and of gradient and value.
  TAEDA_HD T score_gradient(int64_t matrix, int64_t i, T weight, T product) const {
    // Beyond the last query there is no delta; the weight there is zero.
    if (weight == 0) return T(0);
    return weight * (product - deltas[matrix * scores.queries + i]) * scores.scale;
  }
};

template <class Element>
struct DeltaBody {
  using T = WideOf<Element>;
  using Shared = FoldShared<T>;
  Given<Element> given;
  T* deltas;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t i = item % given.scores.queries;
    int64_t outer[2];
    given.batch.offsets(item / given.scores.queries, outer);
    const T sum = fold_all(block, shared.memory, shared.result, given.scores.value_width, T(0),
                           Plus(), [&](int64_t v) {
                             return given.grad_out.template load<T>(outer[0], i, v) *
                                    given.out.template load<T>(outer[1], i, v);
                           });
    block.each([&](int thread) {
      if (thread == 0) deltas[item] = sum;
    });
  }
};

template <class Element>
struct TileShared {
  using T = WideOf<Element>;
  Slices<Element> slices;
  T tile[kTile<Element>][kTile<Element> + 1];
};
// Weights in the tile become gradient(weight, product, row, column).
template <class Element, class Gradient>
TAEDA_HD void derive_tile(const Block& block, TileShared<Element>& shared,
                          SumsOf<Element, kTile<Element>>& products, Gradient gradient) {
  using Mine = Held<Element, kTile<Element>>;
  block.each([&](int thread) {
    TAEDA_UNROLL
    for (int n = 0; n < Mine::kCount; ++n) {
      const int row = Mine::row(thread, n), column = Mine::column(thread, n);
      WideOf<Element>& place = shared.tile[row][column];
      place = gradient(place, products.at(thread)[n], row, column);
    }
  });
}

template <class Element>
TAEDA_HD void store_columns(const Block& block, SumsOf<Element, kColumns>& sums, const Steps& to,
                            int64_t start, int64_t first, int64_t rows, int64_t columns,
                            int64_t width) {
  using Mine = Held<Element, kColumns>;
  block.each([&](int thread) {
    TAEDA_UNROLL
    for (int n = 0; n < Mine::kCount; ++n) {
      const int64_t row = first + Mine::row(thread, n);
      const int64_t column = columns + Mine::column(thread, n);
      if (row < rows && column < width) to.store(start, row, column, sums.at(thread)[n]);
    }
  });
}

// Rows of the tile are queries.
template <class Element>
struct QueryGradientBody {
  using T = WideOf<Element>;
  using Shared = TileShared<Element>;
  Given<Element> given;
  Steps grad_query;
  Walk<1> grad_batch;
  int64_t tiles, column_blocks;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const Scores<Element>& scores = given.scores;
    const int64_t columns = item % column_blocks * kColumns, number = item / column_blocks;
    const int64_t first = number % tiles * kTile<Element>, matrix = number / tiles;
    int64_t base[4], outer[2];
    scores.batch.offsets(matrix, base);
    given.batch.offsets(matrix, outer);
    SumsOf<Element, kTile<Element>> scored, valued;
    SumsOf<Element, kColumns> sums;
    clear(block, sums);
    const int64_t keys = scores.keys_of(first + kTile<Element>);
    for (int64_t key = 0; key < keys; key += kTile<Element>) {
      clear(block, scored);
      clear(block, valued);
      add_product<kTile<Element>, false, true>(
          block, shared.slices, scored, scores.width,
          [&](int row, int64_t e) { return scores.query_at(base[0], first + row, e); },
          [&](int64_t e, int column) { return scores.key_at(base[1], key + column, e); });
      add_product<kTile<Element>, false, true>(
          block, shared.slices, valued, scores.value_width,
          [&](int row, int64_t v) { return given.grad_out_at(outer[0], first + row, v); },
          [&](int64_t v, int column) { return scores.value_at(base[2], key + column, v); });
      fill_tile<Element>(block, shared.tile, scored, [&](T product, int row, int column) {
        return given.weight(matrix, base[3], first + row, key + column, product);
      });
      derive_tile<Element>(block, shared, valued, [&](T weight, T product, int row, int) {
        return given.score_gradient(matrix, first + row, weight, product);
      });
      const int64_t count = scores.keys - key < kTile<Element> ? scores.keys - key : kTile<Element>;
      add_product<kColumns, true, false>(
          block, shared.slices, sums, count,
          [&](int row, int64_t k) { return shared.tile[row][k]; },
          [&](int64_t k, int column) { return scores.key_at(base[1], key + k, columns + column); });
    }
    store_columns<Element>(block, sums, grad_query, grad_batch.offset(matrix), first,
                           scores.queries, columns, scores.width);
  }
};

// Rows of the tile are keys.
template <class Element>
struct KeyGradientBody {
  using T = WideOf<Element>;
  using Shared = TileShared<Element>;
  Given<Element> given;
  Steps grad_key, grad_value;
  Walk<2> grad_batch;
  int64_t tiles, column_blocks;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const Scores<Element>& scores = given.scores;
    const int64_t columns = item % column_blocks * kColumns, number = item / column_blocks;
    const int64_t first = number % tiles * kTile<Element>, matrix = number / tiles;
    int64_t base[4], outer[2], to[2];
    scores.batch.offsets(matrix, base);
    given.batch.offsets(matrix, outer);
    grad_batch.offsets(matrix, to);
    SumsOf<Element, kTile<Element>> scored, valued;
    SumsOf<Element, kColumns> key_sums, value_sums;
    clear(block, key_sums);
    clear(block, value_sums);
    // Tiles of queries and keys have one size: those before it may not attend to this one.
    for (int64_t query = scores.causal ? first : 0; query < scores.queries;
         query += kTile<Element>) {
      clear(block, scored);
      clear(block, valued);
      add_product<kTile<Element>, false, true>(
          block, shared.slices, scored, scores.width,
          [&](int row, int64_t e) { return scores.key_at(base[1], first + row, e); },
          [&](int64_t e, int column) { return scores.query_at(base[0], query + column, e); });
      add_product<kTile<Element>, false, true>(
          block, shared.slices, valued, scores.value_width,
          [&](int row, int64_t v) { return scores.value_at(base[2], first + row, v); },
          [&](int64_t v, int column) { return given.grad_out_at(outer[0], query + column, v); });
      fill_tile<Element>(block, shared.tile, scored, [&](T product, int row, int column) {
        return given.weight(matrix, base[3], query + column, first + row, product);
      });
      const int64_t count =
          scores.queries - query < kTile<Element> ? scores.queries - query : kTile<Element>;
      const auto tile = [&](int row, int64_t k) { return shared.tile[row][k]; };
      add_product<kColumns, true, false>(
          block, shared.slices, value_sums, count, tile, [&](int64_t k, int column) {
            return given.grad_out_at(outer[0], query + k, columns + column);
          });
      derive_tile<Element>(block, shared, valued, [&](T weight, T product, int, int column) {
        return given.score_gradient(matrix, query + column, weight, product);
      });
      add_product<kColumns, true, false>(
          block, shared.slices, key_sums, count, tile, [&](int64_t k, int column) {
            return scores.query_at(base[0], query + k, columns + column);
          });
    }
    store_columns<Element>(block, key_sums, grad_key, to[0], first, scores.keys, columns,
                           scores.width);
    store_columns<Element>(block, value_sums, grad_value, to[1], first, scores.keys, columns,
                           scores.value_width);
  }
};

int64_t parts_of(int64_t count, int64_t size) { return (count + size - 1) / size; }

template <class Element>
void run_backward(const AttentionBackwardCall& call) {
  using T = WideOf<Element>;
  const Scores<Element> scores(call.operands);
  const int64_t rows = scores.batch.count * scores.queries;
  const DeviceScratch<T> deltas(rows);
  const Given<Element> given{scores,
                             Steps(call.grad_out),
                             Steps(call.out),
                             batch_walk(call.grad_out, call.out),
                             call.log_sum.as<const T>(),
                             deltas.data()};
  for_each_block(rows, DeltaBody<Element>{given, deltas.data()});
  const int64_t query_tiles = parts_of(scores.queries, kTile<Element>);
  const int64_t key_tiles = parts_of(scores.keys, kTile<Element>);
  const int64_t blocks = parts_of(scores.width, kColumns);
  for_each_block(scores.batch.count * query_tiles * blocks,
                 QueryGradientBody<Element>{given, Steps(call.grad_query),
                                            batch_walk(call.grad_query), query_tiles, blocks});
  const int64_t wider = scores.width > scores.value_width ? scores.width : scores.value_width;
  const int64_t most = parts_of(wider, kColumns);
  for_each_block(
      scores.batch.count * key_tiles * most,
      KeyGradientBody<Element>{given, Steps(call.grad_key), Steps(call.grad_value),
                               batch_walk(call.grad_key, call.grad_value), key_tiles, most});
}

}  // namespace

void attention_backward(const AttentionBackwardCall& call) {
  const AttentionOperands& o = call.operands;
  bool all_bfloat16 = call.out.dtype == DType::BFloat16;
  for (const Array* array : {&o.query, &o.key, &o.value, &call.grad_out}) {
    all_bfloat16 &= array->dtype == DType::BFloat16;
  }
  // Gradients of scores may be too small or too large for float16.
  if (all_bfloat16) return run_backward<BFloat16>(call);
  dispatch_float(call.out.dtype, [&]<class T>() { run_backward<T>(call); });
}

}  // namespace taeda::cuda
