// Scaled dot-product attention, forward: a block does a tile of queries and kColumns of the values.
// It meets the keys tile by tile and keeps the largest score so far and the sum of the weights, to
// which all that was summed before is scaled.
#include "../families.h"
#include "backward.h"
#include "operands.h"
#include "tiles.h"

namespace taeda::cuda {
namespace {

constexpr int kHelpers = 4;  // threads for a row of scores

template <class T>
struct ForwardBody {
  struct Shared {
    Slices<T> slices;
    T weights[kTile<T>][kTile<T> + 1];
    T partial[kTile<T>][kHelpers], sums[kTile<T>][kHelpers];
    T largest[kTile<T>], total[kTile<T>], factor[kTile<T>];
  };
  Scores<T> scores;
  Steps out;
  Walk<1> out_batch;
  T* log_sums;
  int64_t query_tiles, column_blocks;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t columns = item % column_blocks * kColumns, tile = item / column_blocks;
    const int64_t first = tile % query_tiles * kTile<T>, matrix = tile / query_tiles;
    int64_t base[4];
    scores.batch.offsets(matrix, base);
    PerThread<T, kPart<T> * kPart<T>> products;
    PerThread<T, kPart<T> * kColumnPart> sums;
    clear(block, sums);
    block.each([&](int thread) {
      if (thread >= kTile<T>) return;
      shared.largest[thread] = lowest<T>();
      shared.total[thread] = 0;
    });
    const int64_t keys = scores.keys_of(first + kTile<T>);
    for (int64_t key = 0; key < keys; key += kTile<T>) {
      clear(block, products);
      add_product<kPart<T>, false, true>(
          block, shared.slices, products, scores.width,
          [&](int row, int64_t e) { return scores.query_at(base[0], first + row, e); },
          [&](int64_t e, int column) { return scores.key_at(base[1], key + column, e); });
      fill_tile(block, shared.weights, products, [&](T product, int row, int column) {
        return scores.score(base[3], first + row, key + column, product);
      });
      weigh(block, shared);
      block.each([&](int thread) {
        TAEDA_UNROLL
        for (int n = 0; n < kPart<T> * kColumnPart; ++n) {
          sums.at(thread)[n] *= shared.factor[row_in_tile(thread, kPart<T>, n / kColumnPart)];
        }
      });
      const int64_t count = scores.keys - key < kTile<T> ? scores.keys - key : kTile<T>;
      add_product<kColumnPart, true, false>(
          block, shared.slices, sums, count,
          [&](int row, int64_t k) { return shared.weights[row][k]; },
          [&](int64_t k, int column) { return value_at(base[2], key + k, columns + column); });
    }
    const int64_t to = out_batch.offset(matrix);
    block.each([&](int thread) {
      TAEDA_UNROLL
      for (int n = 0; n < kPart<T> * kColumnPart; ++n) {
        const int row = row_in_tile(thread, kPart<T>, n / kColumnPart);
        const int64_t column = columns + column_in_tile(thread, kColumnPart, n % kColumnPart);
        if (first + row >= scores.queries || column >= scores.value_width) continue;
        const T total = shared.total[row];
        out.store(to, first + row, column, total == 0 ? T(0) : sums.at(thread)[n] / total);
      }
      if (columns > 0 || thread >= kTile<T> || first + thread >= scores.queries) return;
      const T total = shared.total[thread];
      log_sums[matrix * scores.queries + first + thread] =
          total == 0 ? -lowest<T>() : shared.largest[thread] + log(total);
    });
  }

  TAEDA_HD T value_at(int64_t start, int64_t j, int64_t column) const {
    return column < scores.value_width ? scores.value.template load<T>(start, j, column) : T(0);
  }

  // Scores become weights relative to the largest score so far; `factor` is what scales those
  // before.
  TAEDA_HD static void weigh(const Block& block, Shared& shared) {
    block.each([&](int thread) {
      const int row = thread / kHelpers, helper = thread % kHelpers;
      if (row >= kTile<T>) return;
      T largest = lowest<T>();
      for (int column = helper; column < kTile<T>; column += kHelpers) {
        largest = maximum(largest, shared.weights[row][column]);
      }
      shared.partial[row][helper] = largest;
    });
    block.each([&](int thread) {
      const int row = thread / kHelpers, helper = thread % kHelpers;
      if (row >= kTile<T>) return;
      T largest = shared.largest[row], sum = 0;
      for (int h = 0; h < kHelpers; ++h) largest = maximum(largest, shared.partial[row][h]);
      for (int column = helper; column < kTile<T>; column += kHelpers) {
        T& weight = shared.weights[row][column];
        weight = weight == lowest<T>() ? T(0) : exp(weight - largest);
        sum += weight;
      }
      shared.sums[row][helper] = sum;
    });
    block.each([&](int row) {
      if (row >= kTile<T>) return;
      const T before = shared.largest[row];
      T largest = before, sum = 0;
      for (int h = 0; h < kHelpers; ++h) {
        largest = maximum(largest, shared.partial[row][h]);
        sum += shared.sums[row][h];
      }
      const T factor = before == largest ? T(1) : exp(before - largest);
      shared.factor[row] = factor;
      shared.largest[row] = largest;
      shared.total[row] = shared.total[row] * factor + sum;
    });
  }
};

void forward(const AttentionCall& call) {
  dispatch_float(call.out.dtype, [&]<class T>() {
    const Scores<T> scores(call.operands);
    const int64_t query_tiles = (scores.queries + kTile<T> - 1) / kTile<T>;
    // One at least, for the sums of the weights.
    const int64_t column_blocks =
        scores.value_width > kColumns ? (scores.value_width + kColumns - 1) / kColumns : 1;
    for_each_block(scores.batch.count * query_tiles * column_blocks,
                   ForwardBody<T>{scores, Steps(call.out), batch_walk(call.out),
                                  call.log_sum.as<T>(), query_tiles, column_blocks});
  });
}

}  // namespace

AttentionKernels attention_kernels() {
  return {.forward = forward, .backward = attention_backward};
}

}  // namespace taeda::cuda
