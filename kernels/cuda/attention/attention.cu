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

template <class Element>
struct ForwardBody {
  using T = WideOf<Element>;
  using Mine = Held<Element, kColumns>;
  struct Shared {
    Slices<Element> slices;
    T weights[kTile<Element>][kTile<Element> + 1];
    T partial[kTile<Element>][kHelpers], sums[kTile<Element>][kHelpers];
    T largest[kTile<Element>], total[kTile<Element>], factor[kTile<Element>];
  };
  Scores<Element> scores;
  Steps out;
  Walk<1> out_batch;
  T* log_sums;
  int64_t query_tiles, column_blocks;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t columns = item % column_blocks * kColumns, tile = item / column_blocks;
    const int64_t first = tile % query_tiles * kTile<Element>, matrix = tile / query_tiles;
    int64_t base[4];
    scores.batch.offsets(matrix, base);
    SumsOf<Element, kTile<Element>> products;
    SumsOf<Element, kColumns> sums;
    clear(block, sums);
    block.each([&](int thread) {
      if (thread >= kTile<Element>) return;
      shared.largest[thread] = lowest<T>();
      shared.total[thread] = 0;
    });
    const int64_t keys = scores.keys_of(first + kTile<Element>);
    for (int64_t key = 0; key < keys; key += kTile<Element>) {
      clear(block, products);
      add_product<kTile<Element>, false, true>(
          block, shared.slices, products, scores.width,
          [&](int row, int64_t e) { return scores.query_at(base[0], first + row, e); },
          [&](int64_t e, int column) { return scores.key_at(base[1], key + column, e); });
      fill_tile<Element>(block, shared.weights, products, [&](T product, int row, int column) {
        return scores.score(base[3], first + row, key + column, product);
      });
      weigh(block, shared);
      block.each([&](int thread) {
        TAEDA_UNROLL
        for (int n = 0; n < Mine::kCount; ++n) {
          sums.at(thread)[n] *= shared.factor[Mine::row(thread, n)];
        }
      });
      const int64_t count = scores.keys - key < kTile<Element> ? scores.keys - key : kTile<Element>;
      add_product<kColumns, true, false>(
          block, shared.slices, sums, count,
          [&](int row, int64_t k) { return shared.weights[row][k]; },
          [&](int64_t k, int column) {
            return scores.value_at(base[2], key + k, columns + column);
          });
    }
    const int64_t to = out_batch.offset(matrix);
    block.each([&](int thread) {
      TAEDA_UNROLL
      for (int n = 0; n < Mine::kCount; ++n) {
        const int row = Mine::row(thread, n);
        const int64_t column = columns + Mine::column(thread, n);
        if (first + row >= scores.queries || column >= scores.value_width) continue;
        const T total = shared.total[row];
        out.store(to, first + row, column, total == 0 ? T(0) : sums.at(thread)[n] / total);
      }
      if (columns > 0 || thread >= kTile<Element> || first + thread >= scores.queries) return;
      const T total = shared.total[thread];
      log_sums[matrix * scores.queries + first + thread] =
          total == 0 ? -lowest<T>() : shared.largest[thread] + log(total);
    });
  }

  // Scores become weights relative to the largest score so far; `factor` is what scales those
  // before.
  TAEDA_HD static void weigh(const Block& block, Shared& shared) {
    block.each([&](int thread) {
      const int row = thread / kHelpers, helper = thread % kHelpers;
      if (row >= kTile<Element>) return;
      T largest = lowest<T>();
      for (int column = helper; column < kTile<Element>; column += kHelpers) {
        largest = maximum(largest, shared.weights[row][column]);
      }
      shared.partial[row][helper] = largest;
    });
    block.each([&](int thread) {
      const int row = thread / kHelpers, helper = thread % kHelpers;
      if (row >= kTile<Element>) return;
      T largest = shared.largest[row], sum = 0;
      for (int h = 0; h < kHelpers; ++h) largest = maximum(largest, shared.partial[row][h]);
      for (int column = helper; column < kTile<Element>; column += kHelpers) {
        T& weight = shared.weights[row][column];
        weight = weight == lowest<T>() ? T(0) : exp(weight - largest);
        sum += weight;
      }
      shared.sums[row][helper] = sum;
    });
    block.each([&](int row) {
      if (row >= kTile<Element>) return;
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
  const AttentionOperands& o = call.operands;
  const DType dtype = o.query.dtype;
  const bool alike = o.key.dtype == dtype && o.value.dtype == dtype && call.out.dtype == dtype;
  const auto run = [&]<class Element>() {
    const Scores<Element> scores(o);
    const int64_t query_tiles = (scores.queries + kTile<Element> - 1) / kTile<Element>;
    // One at least, for the sums of the weights.
    const int64_t column_blocks =
        scores.value_width > kColumns ? (scores.value_width + kColumns - 1) / kColumns : 1;
    for_each_block(
        scores.batch.count * query_tiles * column_blocks,
        ForwardBody<Element>{scores, Steps(call.out), batch_walk(call.out),
                             call.log_sum.as<WideOf<Element>>(), query_tiles, column_blocks});
  };
  if (alike && dtype == DType::Float16) return run.template operator()<Half>();
  if (alike && dtype == DType::BFloat16) return run.template operator()<BFloat16>();
  dispatch_float(call.out.dtype, run);
}

}  // namespace

AttentionKernels attention_kernels() {
  return {.forward = forward, .backward = attention_backward};
}

}  // namespace taeda::cuda
