// The gradients of attention: the weights of each block come again from the scores and log_sum.
//
// With P the weights and g the gradient of the result, dV = P^T g, dS = P * (g V^T - rowsum(g *
// out)), dQ = scale * dS K, dK = scale * dS^T Q. Sums over keys and over queries run in ascending
// order.
#include "attention/blocks.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
class Backward : AttentionSizes {
 public:
  explicit Backward(const AttentionBackwardCall& call)
      : AttentionSizes(call.operands, call.out.shape),
        call_(call),
        operands_(call.operands),
        panels_(ceil_div(queries_, kPanel<T>)),
        key_blocks_(ceil_div(keys_, kKeyBlock)),
        scale_(static_cast<T>(operands_.scale)) {}

  void run() const {
    const int64_t of_item = work(queries_);
    if (items_ < 2 * num_threads() && of_item > kSmallAttention) {
      for (int64_t i = 0; i < items_; ++i) by_blocks(i);
      return;
    }
    parallel_for(items_, std::max<int64_t>(1, kSmallAttention / of_item),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) in_sequence(i);
                 });
  }

 private:
  // The matrices of one item, and of its queries what every block of keys needs.
  struct Item {
    ItemMatrix query, key, value, mask, grad, out, grad_query, grad_key, grad_value;
    const T* log_sum;
    Scratch<T> memory;
    T *query_panels, *grad_panels;  // (E, kPanel), (V, kPanel) for each panel
    T *query_rows, *grad_rows;      // (L, E), (L, V)
    T *shifts, *inner;              // log_sum and rowsum(grad * out)

    Item(const Backward& all, int64_t index)
        : log_sum(all.call_.log_sum.as<const T>() + index * all.queries_),
          memory(all.panels_ * kPanel<T> * 2 * (all.depth_ + all.width_ + 1)) {
      const auto matrix = [&](const Array& array) {
        return matrix_of_item(array, all.shape_, index);
      };
      query = matrix(all.operands_.query);
      key = matrix(all.operands_.key);
      value = matrix(all.operands_.value);
      mask = matrix(all.operands_.mask);
      grad = matrix(all.call_.grad_out);
      out = matrix(all.call_.out);
      grad_query = matrix(all.call_.grad_query);
      grad_key = matrix(all.call_.grad_key);
      grad_value = matrix(all.call_.grad_value);
      const int64_t lanes = all.panels_ * kPanel<T>;
      query_panels = memory.data();
      grad_panels = query_panels + lanes * all.depth_;
      query_rows = grad_panels + lanes * all.width_;
      grad_rows = query_rows + lanes * all.depth_;
      shifts = grad_rows + lanes * all.width_;
      inner = shifts + lanes;
    }
  };

  void prepare(const Item& item, int64_t index) const {
    const QueryPanel panel = query_panel<T>(index, queries_);
    T* grads = grad_panel_of(item, index);
    load_panel(item.query, panel.first, panel.lanes, depth_, scale_, query_panel_of(item, index));
    load_panel(item.grad, panel.first, panel.lanes, width_, T(1), grads);
    copy_rows(item.query, panel, depth_, item.query_rows);
    copy_rows(item.grad, panel, width_, item.grad_rows);
    std::fill_n(item.shifts + panel.first, kPanel<T>, kInfinity<T>);
    std::copy_n(item.log_sum + panel.first, panel.lanes, item.shifts + panel.first);
    const Scratch<T> outs(width_ * kPanel<T>);
    load_panel(item.out, panel.first, panel.lanes, width_, T(1), outs.data());
    for (int j = 0; j < kPanel<T>; j += Vec<T>::size) {
      Vec<T> sum(0);
      for (int64_t column = j; column < width_ * kPanel<T>; column += kPanel<T>) {
        sum = fma(Vec<T>::load(grads + column), Vec<T>::load(outs.data() + column), sum);
      }
      sum.store(item.inner + panel.first + j);
    }
  }

  // Rows that lie apart would push one another out of the first-level cache.
  static void copy_rows(const ItemMatrix& from, QueryPanel panel, int64_t columns, T* to) {
    const Convert load = converter(dtype_of<T>, from.dtype);
    for (int64_t row = panel.first; row < panel.first + panel.lanes; ++row) {
      load(to + row * columns, 1, from.at(row, 0), from.column_stride, columns);
    }
  }

  T* query_panel_of(const Item& item, int64_t index) const {
    return item.query_panels + index * kPanel<T> * depth_;
  }
  T* grad_panel_of(const Item& item, int64_t index) const {
    return item.grad_panels + index * kPanel<T> * width_;
  }

  // A block of keys with its values, and scratch memory for the panels that meet it.
  struct Keys {
    int64_t first, count;
    RowBlock<T> key, value;
    T *weights, *grad_scores, *mask;

    static int64_t size(int64_t depth, int64_t width) {
      return kKeyBlock * (3 * kPanel<T> + depth + width);
    }
  };
  Keys keys_of(const Item& item, int64_t block, T* memory) const {
    Keys keys{block * kKeyBlock, 0, {}, {}, memory, nullptr, nullptr};
    keys.count = std::min(kKeyBlock, keys_ - keys.first);
    keys.grad_scores = keys.weights + kKeyBlock * kPanel<T>;
    keys.mask = keys.grad_scores + kKeyBlock * kPanel<T>;
    T* key_scratch = keys.mask + kKeyBlock * kPanel<T>;
    keys.key = rows_of(item.key, keys.first, keys.count, depth_, key_scratch);
    keys.value =
        rows_of(item.value, keys.first, keys.count, width_, key_scratch + kKeyBlock * depth_);
    return keys;
  }

  // The weights and the gradients of the scores of one panel and one block, transposed. Returns how
  // many keys of the block take part.
  int64_t pair(const Item& item, const Keys& keys, int64_t index) const {
    const QueryPanel panel = query_panel<T>(index, queries_);
    const int64_t visible = visible_keys(panel, keys.first, keys.count, operands_.causal);
    if (visible == 0) return 0;
    const int columns = columns_for<T>(panel.lanes);
    times_panel(keys.key, visible, depth_, query_panel_of(item, index), columns, keys.weights);
    mask_scores(item.mask, operands_.causal, panel, keys.first, visible, keys.weights, keys.mask);
    times_panel(keys.value, visible, width_, grad_panel_of(item, index), columns, keys.grad_scores);
    for (int j = 0; j < columns; j += Vec<T>::size) {
      const Vec<T> shift = Vec<T>::load(item.shifts + panel.first + j);
      const Vec<T> inner = Vec<T>::load(item.inner + panel.first + j);
      for (int64_t key = 0; key < visible; ++key) {
        T* weight_at = keys.weights + key * kPanel<T> + j;
        T* grad_at = keys.grad_scores + key * kPanel<T> + j;
        const Vec<T> weight = exp_of_score(Vec<T>::load(weight_at) - shift);
        weight.store(weight_at);
        (weight * (Vec<T>::load(grad_at) - inner)).store(grad_at);
      }
    }
    return visible;
  }

  void add_to_keys(const Item& item, const Keys& keys, int64_t index, int64_t visible, T* grad_key,
                   T* grad_value) const {
    const QueryPanel panel = query_panel<T>(index, queries_);
    panel_times(keys.weights, visible, panel.lanes,
                RowBlock<T>{item.grad_rows + panel.first * width_, width_}, width_, grad_value);
    panel_times(keys.grad_scores, visible, panel.lanes,
                RowBlock<T>{item.query_rows + panel.first * depth_, depth_}, depth_, grad_key);
  }
  void add_to_queries(const Keys& keys, int64_t index, int64_t visible, T* grad_query) const {
    transposed_times_panel(keys.key, depth_, visible, keys.grad_scores,
                           columns_for<T>(query_panel<T>(index, queries_).lanes), grad_query, true);
  }

  void store_keys(const Item& item, const Keys& keys, T* grad_key, const T* grad_value) const {
    scale(grad_key, keys.count * depth_);
    store_rows(item.grad_key, keys.first, keys.count, depth_, grad_key, depth_);
    store_rows(item.grad_value, keys.first, keys.count, width_, grad_value, width_);
  }
  void store_queries(const Item& item, int64_t index, T* grad_query, T* scratch) const {
    const QueryPanel panel = query_panel<T>(index, queries_);
    scale(grad_query, depth_ * kPanel<T>);
    store_panel(item.grad_query, panel.first, panel.lanes, depth_, grad_query, scratch);
  }
  // Up to a whole vector: the memory of a block ends with one.
  void scale(T* values, int64_t count) const {
    for (int64_t i = 0; i < count; i += Vec<T>::size) {
      (Vec<T>::load(values + i) * Vec<T>(scale_)).store(values + i);
    }
  }

  // Each pair of a block and a panel once.
  void in_sequence(int64_t index) const {
    const Item item(*this, index);
    for (int64_t i = 0; i < panels_; ++i) prepare(item, i);
    const int64_t query_size = depth_ * kPanel<T>, key_size = kKeyBlock * (depth_ + width_);
    const Scratch<T> memory(panels_ * query_size + key_size + Keys::size(depth_, width_));
    T* grad_queries = memory.data();
    T* grad_key = grad_queries + panels_ * query_size;
    T* grad_value = grad_key + kKeyBlock * depth_;
    T* keys_memory = grad_key + key_size;
    std::fill(grad_queries, grad_key, T(0));
    for (int64_t block = 0; block < key_blocks_; ++block) {
      const Keys keys = keys_of(item, block, keys_memory);
      std::fill(grad_key, keys_memory, T(0));
      for (int64_t i = 0; i < panels_; ++i) {
        const int64_t visible = pair(item, keys, i);
        if (visible == 0) continue;
        add_to_keys(item, keys, i, visible, grad_key, grad_value);
        add_to_queries(keys, i, visible, grad_queries + i * query_size);
      }
      store_keys(item, keys, grad_key, grad_value);
    }
    for (int64_t i = 0; i < panels_; ++i) {
      store_queries(item, i, grad_queries + i * query_size, keys_memory);
    }
  }

  // Few items: their blocks and then their panels side by side, each pair twice.
  void by_blocks(int64_t index) const {
    const Item item(*this, index);
    parallel_blocks(panels_, [&](int64_t i) { prepare(item, i); });
    const int64_t key_size = kKeyBlock * (depth_ + width_);
    parallel_blocks(key_blocks_, [&](int64_t block) {
      const Scratch<T> memory(key_size + Keys::size(depth_, width_));
      T* grad_key = memory.data();
      T* grad_value = grad_key + kKeyBlock * depth_;
      const Keys keys = keys_of(item, block, grad_key + key_size);
      std::fill(grad_key, grad_key + key_size, T(0));
      for (int64_t i = 0; i < panels_; ++i) {
        const int64_t visible = pair(item, keys, i);
        if (visible > 0) add_to_keys(item, keys, i, visible, grad_key, grad_value);
      }
      store_keys(item, keys, grad_key, grad_value);
    });
    parallel_blocks(panels_, [&](int64_t i) {
      const int64_t query_size = depth_ * kPanel<T>;
      const Scratch<T> memory(query_size + Keys::size(depth_, width_));
      T* grad_query = memory.data();
      std::fill(grad_query, grad_query + query_size, T(0));
      for (int64_t block = 0; block < key_blocks_; ++block) {
        const Keys keys = keys_of(item, block, grad_query + query_size);
        const int64_t visible = pair(item, keys, i);
        if (visible == 0) break;
        add_to_queries(keys, i, visible, grad_query);
      }
      store_queries(item, i, grad_query, grad_query + query_size);
    });
  }

  const AttentionBackwardCall& call_;
  const AttentionOperands& operands_;
  int64_t panels_, key_blocks_;
  T scale_;
};

}  // namespace

template <class T>
void attention_backward(const AttentionBackwardCall& call) {
  Backward<T>(call).run();
}
template void attention_backward<float>(const AttentionBackwardCall&);
template void attention_backward<double>(const AttentionBackwardCall&);

}  // namespace taeda::cpu::inline TAEDA_ISA
