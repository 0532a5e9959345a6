// The gradients of attention: a block does a tile of queries, or of keys, and kColumns of their
// gradients. The weights are computed anew from the saved logarithms of their sums.
#include "backward.h"

#include "../runtime/allocator.h"
#include "operands.h"
#include "tiles.h"

namespace taeda::cuda {
namespace {

// What all kernels read.
template <class T>
struct Given {
  Scores<T> scores;
  Steps grad_out, out;
  Walk<2> batch;  // of these two
  const T* log_sums;
  const T* deltas;  // sum of grad_out * out of each query

  TAEDA_HD T grad_out_at(int64_t start, int64_t i, int64_t v) const {
    return i < scores.queries && v < scores.value_width ? grad_out.template load<T>(start, i, v)
                                                        : T(0);
  }
  TAEDA_HD T value_at(int64_t start, int64_t j, int64_t v) const {
    return j < scores.keys ? scores.value.template load<T>(start, j, v) : T(0);
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

template <class T>
struct DeltaBody {
  using Shared = FoldShared<T>;
  Given<T> given;
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

template <class T>
struct TileShared {
  Slices<T> slices;
  T tile[kTile<T>][kTile<T> + 1];
};
template <class T>
using Products = PerThread<T, kPart<T> * kPart<T>>;
template <class T>
using ColumnSums = PerThread<T, kPart<T> * kColumnPart>;

// Weights in the tile become gradient(weight, product, row, column).
template <class T, class Gradient>
TAEDA_HD void derive_tile(const Block& block, TileShared<T>& shared, Products<T>& products,
                          Gradient gradient) {
  block.each([&](int thread) {
    TAEDA_UNROLL
    for (int n = 0; n < kPart<T> * kPart<T>; ++n) {
      const int row = row_in_tile(thread, kPart<T>, n / kPart<T>);
      const int column = column_in_tile(thread, kPart<T>, n % kPart<T>);
      T& place = shared.tile[row][column];
      place = gradient(place, products.at(thread)[n], row, column);
    }
  });
}

template <class T>
TAEDA_HD void store_columns(const Block& block, ColumnSums<T>& sums, const Steps& to, int64_t start,
                            int64_t first, int64_t rows, int64_t columns, int64_t width) {
  block.each([&](int thread) {
    TAEDA_UNROLL
    for (int n = 0; n < kPart<T> * kColumnPart; ++n) {
      const int64_t row = first + row_in_tile(thread, kPart<T>, n / kColumnPart);
      const int64_t column = columns + column_in_tile(thread, kColumnPart, n % kColumnPart);
      if (row < rows && column < width) to.store(start, row, column, sums.at(thread)[n]);
    }
  });
}

// Rows of the tile are queries.
template <class T>
struct QueryGradientBody {
  using Shared = TileShared<T>;
  Given<T> given;
  Steps grad_query;
  Walk<1> grad_batch;
  int64_t tiles, column_blocks;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const Scores<T>& scores = given.scores;
    const int64_t columns = item % column_blocks * kColumns, number = item / column_blocks;
    const int64_t first = number % tiles * kTile<T>, matrix = number / tiles;
    int64_t base[4], outer[2];
    scores.batch.offsets(matrix, base);
    given.batch.offsets(matrix, outer);
    Products<T> scored, valued;
    ColumnSums<T> sums;
    clear(block, sums);
    const int64_t keys = scores.keys_of(first + kTile<T>);
    for (int64_t key = 0; key < keys; key += kTile<T>) {
      clear(block, scored);
      clear(block, valued);
      add_product<kPart<T>, false, true>(
          block, shared.slices, scored, scores.width,
          [&](int row, int64_t e) { return scores.query_at(base[0], first + row, e); },
          [&](int64_t e, int column) { return scores.key_at(base[1], key + column, e); });
      add_product<kPart<T>, false, true>(
          block, shared.slices, valued, scores.value_width,
          [&](int row, int64_t v) { return given.grad_out_at(outer[0], first + row, v); },
          [&](int64_t v, int column) { return given.value_at(base[2], key + column, v); });
      fill_tile(block, shared.tile, scored, [&](T product, int row, int column) {
        return given.weight(matrix, base[3], first + row, key + column, product);
      });
      derive_tile(block, shared, valued, [&](T weight, T product, int row, int) {
        return given.score_gradient(matrix, first + row, weight, product);
      });
      const int64_t count = scores.keys - key < kTile<T> ? scores.keys - key : kTile<T>;
      add_product<kColumnPart, true, false>(
          block, shared.slices, sums, count,
          [&](int row, int64_t k) { return shared.tile[row][k]; },
          [&](int64_t k, int column) {
            const int64_t e = columns + column;
            return e < scores.width ? scores.key_at(base[1], key + k, e) : T(0);
          });
    }
    store_columns<T>(block, sums, grad_query, grad_batch.offset(matrix), first, scores.queries,
                     columns, scores.width);
  }
};

// Rows of the tile are keys.
template <class T>
struct KeyGradientBody {
  using Shared = TileShared<T>;
  Given<T> given;
  Steps grad_key, grad_value;
  Walk<2> grad_batch;
  int64_t tiles, column_blocks;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const Scores<T>& scores = given.scores;
    const int64_t columns = item % column_blocks * kColumns, number = item / column_blocks;
    const int64_t first = number % tiles * kTile<T>, matrix = number / tiles;
    int64_t base[4], outer[2], to[2];
    scores.batch.offsets(matrix, base);
    given.batch.offsets(matrix, outer);
    grad_batch.offsets(matrix, to);
    Products<T> scored, valued;
    ColumnSums<T> key_sums, value_sums;
    clear(block, key_sums);
    clear(block, value_sums);
    // Tiles of queries and keys have one size: those before it may not attend to this one.
    for (int64_t query = scores.causal ? first : 0; query < scores.queries; query += kTile<T>) {
      clear(block, scored);
      clear(block, valued);
      add_product<kPart<T>, false, true>(
          block, shared.slices, scored, scores.width,
          [&](int row, int64_t e) { return scores.key_at(base[1], first + row, e); },
          [&](int64_t e, int column) { return scores.query_at(base[0], query + column, e); });
      add_product<kPart<T>, false, true>(
          block, shared.slices, valued, scores.value_width,
          [&](int row, int64_t v) { return given.value_at(base[2], first + row, v); },
          [&](int64_t v, int column) { return given.grad_out_at(outer[0], query + column, v); });
      fill_tile(block, shared.tile, scored, [&](T product, int row, int column) {
        return given.weight(matrix, base[3], query + column, first + row, product);
      });
      const int64_t count = scores.queries - query < kTile<T> ? scores.queries - query : kTile<T>;
      const auto tile = [&](int row, int64_t k) { return shared.tile[row][k]; };
      add_product<kColumnPart, true, false>(
          block, shared.slices, value_sums, count, tile, [&](int64_t k, int column) {
            return given.grad_out_at(outer[0], query + k, columns + column);
          });
      derive_tile(block, shared, valued, [&](T weight, T product, int, int column) {
        return given.score_gradient(matrix, query + column, weight, product);
      });
      add_product<kColumnPart, true, false>(
          block, shared.slices, key_sums, count, tile, [&](int64_t k, int column) {
            const int64_t e = columns + column;
            return e < scores.width ? scores.query_at(base[0], query + k, e) : T(0);
          });
    }
    store_columns<T>(block, key_sums, grad_key, to[0], first, scores.keys, columns, scores.width);
    store_columns<T>(block, value_sums, grad_value, to[1], first, scores.keys, columns,
                     scores.value_width);
  }
};

template <class T>
int64_t tiles_of(int64_t count) {
  return (count + kTile<T> - 1) / kTile<T>;
}
int64_t blocks_of(int64_t columns) { return (columns + kColumns - 1) / kColumns; }

}  // namespace

void attention_backward(const AttentionBackwardCall& call) {
  dispatch_float(call.out.dtype, [&]<class T>() {
    const Scores<T> scores(call.operands);
    const int64_t rows = scores.batch.count * scores.queries;
    const DeviceScratch<T> deltas(rows);
    const Given<T> given{scores,
                         Steps(call.grad_out),
                         Steps(call.out),
                         batch_walk(call.grad_out, call.out),
                         call.log_sum.as<const T>(),
                         deltas.data()};
    for_each_block(rows, DeltaBody<T>{given, deltas.data()});
    const int64_t query_tiles = tiles_of<T>(scores.queries), key_tiles = tiles_of<T>(scores.keys);
    const int64_t blocks = blocks_of(scores.width);
    for_each_block(scores.batch.count * query_tiles * blocks,
                   QueryGradientBody<T>{given, Steps(call.grad_query), batch_walk(call.grad_query),
                                        query_tiles, blocks});
    const int64_t most =
        blocks_of(scores.width > scores.value_width ? scores.width : scores.value_width);
    for_each_block(scores.batch.count * key_tiles * most,
                   KeyGradientBody<T>{given, Steps(call.grad_key), Steps(call.grad_value),
                                      batch_walk(call.grad_key, call.grad_value), key_tiles, most});
  });
}

}  // namespace taeda::cuda
