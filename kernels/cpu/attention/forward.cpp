// Attention with a running softmax (M. Milakov, N. Gimelshein, "Online normalizer calculation for
// softmax", 2018; T. Dao et al., "FlashAttention", 2022): of the scores one block exists at a time.
#include "attention/blocks.h"
#include "matrix/few_rows.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kPanelsPerTask = 4;

// What a task keeps of one panel of queries.
template <class T>
struct Panel {
  QueryPanel queries;
  T *query, *out;  // (E, kPanel), (V, kPanel)
  T *max, *sum;    // of the keys seen so far
};

template <class T>
class Forward : AttentionSizes {
 public:
  explicit Forward(const AttentionCall& call)
      : AttentionSizes(call.operands, call.out.shape), call_(call) {}

  void run() const {
    constexpr int64_t step = kPanelsPerTask * kPanel<T>;
    const int64_t tasks = ceil_div(queries_, step);
    const int64_t of_task = work(std::min(step, queries_));
    parallel_for(items_ * tasks, std::max<int64_t>(1, kSmallAttention / of_task),
                 [&](int64_t begin, int64_t end) {
                   const Scratch<T> memory(scratch_size());
                   for (int64_t i = begin; i < end; ++i) task(i / tasks, i % tasks, memory.data());
                 });
  }

 private:
  int64_t panel_size() const { return (depth_ + width_ + 2) * kPanel<T>; }
  int64_t scratch_size() const {
    return kPanelsPerTask * panel_size() + kKeyBlock * (2 * kPanel<T> + depth_ + width_);
  }

  // Some panels of one item against all of its keys.
  void task(int64_t item, int64_t task, T* memory) const {
    const AttentionOperands& operands = call_.operands;
    const ItemMatrix query = matrix_of_item(operands.query, shape_, item);
    const ItemMatrix key = matrix_of_item(operands.key, shape_, item);
    const ItemMatrix value = matrix_of_item(operands.value, shape_, item);
    const ItemMatrix mask = matrix_of_item(operands.mask, shape_, item);
    Panel<T> panels[kPanelsPerTask];
    int panel_count = 0;
    for (int64_t i = task * kPanelsPerTask;
         panel_count < kPanelsPerTask && i * kPanel<T> < queries_; ++i) {
      panels[panel_count++] = start(query, query_panel<T>(i, queries_), memory);
      memory += panel_size();
    }
    T* scores = memory;
    T* mask_scratch = scores + kKeyBlock * kPanel<T>;
    T* key_scratch = mask_scratch + kKeyBlock * kPanel<T>;
    T* value_scratch = key_scratch + kKeyBlock * depth_;
    const QueryPanel last = panels[panel_count - 1].queries;
    for (int64_t first = 0; first < keys_; first += kKeyBlock) {
      const int64_t count =
          visible_keys(last, first, std::min(kKeyBlock, keys_ - first), operands.causal);
      if (count == 0) break;
      const RowBlock<T> key_rows = rows_of(key, first, count, depth_, key_scratch);
      const RowBlock<T> value_rows = rows_of(value, first, count, width_, value_scratch);
      for (int i = 0; i < panel_count; ++i) {
        const Panel<T>& panel = panels[i];
        const int64_t visible = visible_keys(panel.queries, first, count, operands.causal);
        if (visible == 0) continue;
        const int columns = columns_for<T>(panel.queries.lanes);
        times_panel(key_rows, visible, depth_, panel.query, columns, scores);
        mask_scores(mask, operands.causal, panel.queries, first, visible, scores, mask_scratch);
        for (int j = 0; j < columns; j += Vec<T>::size) absorb(panel, scores, visible, j);
        transposed_times_panel(value_rows, width_, visible, scores, columns, panel.out, true);
      }
    }
    const ItemMatrix out = matrix_of_item(call_.out, shape_, item);
    T* log_sum = call_.log_sum.as<T>() + item * queries_;
    for (int i = 0; i < panel_count; ++i) finish(panels[i], out, log_sum, key_scratch);
  }

  Panel<T> start(const ItemMatrix& query, QueryPanel queries, T* memory) const {
    Panel<T> panel{queries, memory, memory + depth_ * kPanel<T>, nullptr, nullptr};
    panel.max = panel.out + width_ * kPanel<T>;
    panel.sum = panel.max + kPanel<T>;
    load_panel(query, queries.first, queries.lanes, depth_, static_cast<T>(call_.operands.scale),
               panel.query);
    std::fill(panel.out, panel.max, T(0));
    std::fill(panel.max, panel.sum, -kInfinity<T>);
    std::fill(panel.sum, panel.sum + kPanel<T>, T(0));
    return panel;
  }

  // From scores to exp(score - max) for the lanes at j; what was summed up moves to the new
  // maximum.
  void absorb(const Panel<T>& panel, T* scores, int64_t keys, int j) const {
    const Vec<T> old_max = Vec<T>::load(panel.max + j);
    Vec<T> max = old_max;
    for (int64_t key = 0; key < keys; ++key) {
      const Vec<T> score = Vec<T>::load(scores + key * kPanel<T> + j);
      max = select(score > max, score, max);
    }
    // Without a key so far nothing is shifted: -infinity would take itself away.
    const Vec<T> shift = select(max == Vec<T>(-kInfinity<T>), Vec<T>(0), max);
    Vec<T> sum(0);
    for (int64_t key = 0; key < keys; ++key) {
      T* at = scores + key * kPanel<T> + j;
      const Vec<T> value = exp_of_score(Vec<T>::load(at) - shift);
      value.store(at);
      sum += value;
    }
    const Vec<T> correction = exp_of_score(old_max - shift);
    fma(Vec<T>::load(panel.sum + j), correction, sum).store(panel.sum + j);
    if (!any(max != old_max)) return;
    max.store(panel.max + j);
    for (int64_t column = 0; column < width_; ++column) {
      T* at = panel.out + column * kPanel<T> + j;
      (Vec<T>::load(at) * correction).store(at);
    }
  }

  void finish(const Panel<T>& panel, const ItemMatrix& out, T* log_sum, T* scratch) const {
    const int columns = columns_for<T>(panel.queries.lanes);
    alignas(64) T logs[kPanel<T>];
    for (int j = 0; j < columns; j += Vec<T>::size) {
      const Vec<T> sum = Vec<T>::load(panel.sum + j);
      const Mask<T> empty = sum == Vec<T>(0);
      const Vec<T> factor = select(empty, Vec<T>(0), Vec<T>(1) / sum);
      for (int64_t column = 0; column < width_; ++column) {
        T* at = panel.out + column * kPanel<T> + j;
        (Vec<T>::load(at) * factor).store(at);
      }
      select(empty, Vec<T>(kInfinity<T>), Vec<T>::load(panel.max + j) + log(sum)).store(logs + j);
    }
    std::copy(logs, logs + panel.queries.lanes, log_sum + panel.queries.first);
    store_panel(out, panel.queries.first, panel.queries.lanes, width_, panel.out, scratch);
  }

  const AttentionCall& call_;
};

}  // namespace

template <class T>
void attention_forward(const AttentionCall& call) {
  if (call.out.numel() == 0) return;
  if (call.out.shape[call.out.shape.size() - 2] <= kFewRows)
    attend_few_queries<T>(call);
  else
    Forward<T>(call).run();
}
template void attention_forward<float>(const AttentionCall&);
template void attention_forward<double>(const AttentionCall&);

}  // namespace taeda::cpu::inline TAEDA_ISA
