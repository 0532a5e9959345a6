// Scaled dot-product attention: a block does a query, or for the gradients of keys and values a
// key. Weights are computed anew where they are needed, a chunk at a time, so that no matrix is
// kept.
#include "../families.h"
#include "../runtime/allocator.h"
#include "operands.h"

namespace taeda::cuda {
namespace {

// A place for a sum over chunks of each element of a row, in device memory: a thread owns column
// t, t + kThreads, ...
template <class T>
struct RowSums {
  T* memory;
  int64_t width;
  TAEDA_HD T& at(int64_t row, int64_t column) const { return memory[row * width + column]; }
};

template <class T>
struct ChunkShared {
  T memory[kThreads];
  T result;
  T weights[kChunk], other[kChunk];
};

template <class T>
struct ForwardBody {
  using Shared = ChunkShared<T>;
  Scores<T> scores;
  Steps out;
  Walk<1> out_batch;
  T* log_sums;
  RowSums<T> sums;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const int64_t i = item % scores.queries;
    int64_t base[4];
    scores.batch.offsets(item / scores.queries, base);
    const int64_t keys = scores.causal && i + 1 < scores.keys ? i + 1 : scores.keys;
    const T largest = fold_all(block, shared.memory, shared.result, keys, lowest<T>(), Largest(),
                               [&](int64_t j) { return scores(base, i, j); });
    const bool nothing = largest == lowest<T>();
    const T sum = fold_all(block, shared.memory, shared.result, nothing ? 0 : keys, T(0), Plus(),
                           [&](int64_t j) { return exp(scores(base, i, j) - largest); });
    const T log_sum = nothing ? -lowest<T>() : largest + log(sum);
    block.each([&](int thread) {
      if (thread == 0) log_sums[item] = log_sum;
      for (int64_t v = thread; v < scores.value_width; v += kThreads) sums.at(item, v) = 0;
    });
    for (int64_t first = 0; first < (nothing ? 0 : keys); first += kChunk) {
      const int64_t count = keys - first < kChunk ? keys - first : kChunk;
      block.each([&](int thread) {
        if (thread < count) {
          shared.weights[thread] = exp(scores(base, i, first + thread) - largest) / sum;
        }
      });
      block.each([&](int thread) {
        for (int64_t v = thread; v < scores.value_width; v += kThreads) {
          T total = sums.at(item, v);
          for (int64_t j = 0; j < count; ++j) {
            total =
                fma(shared.weights[j], scores.value.template load<T>(base[2], first + j, v), total);
          }
          sums.at(item, v) = total;
        }
      });
    }
    const int64_t to = out_batch.offset(item / scores.queries);
    block.each([&](int thread) {
      for (int64_t v = thread; v < scores.value_width; v += kThreads) {
        out.store(to, i, v, sums.at(item, v));
      }
    });
  }
};

// What both backward kernels read.
template <class T>
struct Given {
  Scores<T> scores;
  Steps grad_out, out;
  Walk<2> batch;  // of these two
  const T* log_sums;
  const T* deltas;  // sum of grad_out * out of each query

  // grad_out of query i times the value of key j.
  TAEDA_HD T product(const int64_t (&base)[4], const int64_t (&outer)[2], int64_t i,
                     int64_t j) const {
    T sum = 0;
    for (int64_t v = 0; v < scores.value_width; ++v) {
      sum = fma(grad_out.template load<T>(outer[0], i, v),
                scores.value.template load<T>(base[2], j, v), sum);
    }
    return sum;
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
struct QueryGradientBody {
  using Shared = ChunkShared<T>;
  Given<T> given;
  Steps grad_query;
  Walk<1> grad_batch;
  RowSums<T> sums;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const Scores<T>& scores = given.scores;
    const int64_t i = item % scores.queries, matrix = item / scores.queries;
    int64_t base[4], outer[2];
    scores.batch.offsets(matrix, base);
    given.batch.offsets(matrix, outer);
    const T log_sum = given.log_sums[item], delta = given.deltas[item];
    block.each([&](int thread) {
      for (int64_t e = thread; e < scores.width; e += kThreads) sums.at(item, e) = 0;
    });
    for (int64_t first = 0; first < scores.keys; first += kChunk) {
      const int64_t count = scores.keys - first < kChunk ? scores.keys - first : kChunk;
      block.each([&](int thread) {
        if (thread >= count) return;
        const T weight = scores.weight(base, i, first + thread, log_sum);
        shared.weights[thread] =
            weight * (given.product(base, outer, i, first + thread) - delta) * scores.scale;
      });
      block.each([&](int thread) {
        for (int64_t e = thread; e < scores.width; e += kThreads) {
          T total = sums.at(item, e);
          for (int64_t j = 0; j < count; ++j) {
            total =
                fma(shared.weights[j], scores.key.template load<T>(base[1], first + j, e), total);
          }
          sums.at(item, e) = total;
        }
      });
    }
    const int64_t to = grad_batch.offset(matrix);
    block.each([&](int thread) {
      for (int64_t e = thread; e < scores.width; e += kThreads) {
        grad_query.store(to, i, e, sums.at(item, e));
      }
    });
  }
};

template <class T>
struct KeyGradientBody {
  using Shared = ChunkShared<T>;
  Given<T> given;
  Steps grad_key, grad_value;
  Walk<2> grad_batch;
  RowSums<T> key_sums, value_sums;

  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const Scores<T>& scores = given.scores;
    const int64_t j = item % scores.keys, matrix = item / scores.keys;
    int64_t base[4], outer[2], to[2];
    scores.batch.offsets(matrix, base);
    given.batch.offsets(matrix, outer);
    grad_batch.offsets(matrix, to);
    block.each([&](int thread) {
      for (int64_t e = thread; e < scores.width; e += kThreads) key_sums.at(item, e) = 0;
      for (int64_t v = thread; v < scores.value_width; v += kThreads) value_sums.at(item, v) = 0;
    });
    for (int64_t first = 0; first < scores.queries; first += kChunk) {
      const int64_t count = scores.queries - first < kChunk ? scores.queries - first : kChunk;
      block.each([&](int thread) {
        if (thread >= count) return;
        const int64_t i = first + thread, row = matrix * scores.queries + i;
        const T weight = scores.weight(base, i, j, given.log_sums[row]);
        shared.weights[thread] = weight;
        shared.other[thread] =
            weight * (given.product(base, outer, i, j) - given.deltas[row]) * scores.scale;
      });
      block.each([&](int thread) {
        for (int64_t e = thread; e < scores.width; e += kThreads) {
          T total = key_sums.at(item, e);
          for (int64_t q = 0; q < count; ++q) {
            total =
                fma(shared.other[q], scores.query.template load<T>(base[0], first + q, e), total);
          }
          key_sums.at(item, e) = total;
        }
        for (int64_t v = thread; v < scores.value_width; v += kThreads) {
          T total = value_sums.at(item, v);
          for (int64_t q = 0; q < count; ++q) {
            total = fma(shared.weights[q], given.grad_out.template load<T>(outer[0], first + q, v),
                        total);
          }
          value_sums.at(item, v) = total;
        }
      });
    }
    block.each([&](int thread) {
      for (int64_t e = thread; e < scores.width; e += kThreads) {
        grad_key.store(to[0], j, e, key_sums.at(item, e));
      }
      for (int64_t v = thread; v < scores.value_width; v += kThreads) {
        grad_value.store(to[1], j, v, value_sums.at(item, v));
      }
    });
  }
};

Walk<1> batch_walk(const Array& array) {
  const size_t count = array.shape.size() - 2;
  return Walk<1>(array.shape.first(count), {array.strides.first(count)});
}
Walk<2> batch_walk(const Array& a, const Array& b) {
  const size_t count = a.shape.size() - 2;
  return Walk<2>(a.shape.first(count), {a.strides.first(count), b.strides.first(count)});
}

void forward(const AttentionCall& call) {
  dispatch_float(call.out.dtype, [&]<class T>() {
    const Scores<T> scores(call.operands);
    const int64_t rows = scores.batch.count * scores.queries;
    const DeviceScratch<T> sums(rows * scores.value_width);
    for_each_block(rows, ForwardBody<T>{scores,
                                        Steps(call.out),
                                        batch_walk(call.out),
                                        call.log_sum.as<T>(),
                                        {sums.data(), scores.value_width}});
  });
}

void backward(const AttentionBackwardCall& call) {
  dispatch_float(call.out.dtype, [&]<class T>() {
    const Scores<T> scores(call.operands);
    const int64_t rows = scores.batch.count * scores.queries;
    const int64_t columns = scores.batch.count * scores.keys;
    const DeviceScratch<T> deltas(rows), query_sums(rows * scores.width),
        key_sums(columns * scores.width), value_sums(columns * scores.value_width);
    const Given<T> given{scores,
                         Steps(call.grad_out),
                         Steps(call.out),
                         batch_walk(call.grad_out, call.out),
                         call.log_sum.as<const T>(),
                         deltas.data()};
    for_each_block(rows, DeltaBody<T>{given, deltas.data()});
    for_each_block(rows, QueryGradientBody<T>{given,
                                              Steps(call.grad_query),
                                              batch_walk(call.grad_query),
                                              {query_sums.data(), scores.width}});
    for_each_block(columns, KeyGradientBody<T>{given,
                                               Steps(call.grad_key),
                                               Steps(call.grad_value),
                                               batch_walk(call.grad_key, call.grad_value),
                                               {key_sums.data(), scores.width},
                                               {value_sums.data(), scores.value_width}});
  });
}

}  // namespace

AttentionKernels attention_kernels() { return {.forward = forward, .backward = backward}; }

}  // namespace taeda::cuda
