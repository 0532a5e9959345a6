// The first elements of rows in their order, without sorting the others.
#include <algorithm>

#include "../rows.h"
#include "radix.h"
#include "sort.h"
#include "taeda/kernels/simd/lane_bits.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// The keys of a vector of elements as signed numbers, which vectors can compare.
template <class T>
Vec<typename Vec<T>::MaskT> signed_keys(Vec<T> x) {
  using I = typename Vec<T>::MaskT;
  if constexpr (std::is_floating_point_v<T>) {
    const Vec<I> bits = bits_as<I>(x + Vec<T>(0));  // -0 becomes 0
    const Vec<I> keys = bits ^ ((bits >> (sizeof(T) * 8 - 1)) & Vec<I>(~kSignBit<T>));
    return select(Mask<I>{isnan(x).m}, Vec<I>(~kSignBit<T>), keys);
  } else {
    return x;
  }
}

constexpr int64_t kInserted = 32;  // so many are kept in order by insertion
constexpr int64_t kSelected = 16;  // a row of fewer than k times this is sorted as a whole

// Finds the k smallest items of a row. Elements not below the k-th smallest so far are passed over
// by vectors: of equal ones the first stay.
template <class T>
class Smallest {
 public:
  using Key = KeyOf<T>;

  Smallest(int64_t count, int64_t k, bool largest)
      : count_(count),
        k_(k),
        flip_(largest ? static_cast<Key>(~Key{0}) : 0),
        room_(is_whole()       ? count
              : k <= kInserted ? k
                               : 2 * k),
        kept_(room_ + 1),
        spare_(room_) {}

  // Calls emit(sorted, begin, count) for pieces of their items in order.
  template <class Emit>
  void find(const T* row, const Emit& emit) {
    if (is_whole()) return sort_whole(row, emit);
    if (k_ > kInserted) {
      select(row);
      return sort_items(kept_.data(), spare_.data(), k_, static_cast<Key>(~Key{0}), 0, emit);
    }
    limit_ = static_cast<Key>(~Key{0});
    size_ = 0;
    for (int64_t i = 0; i < k_; ++i) insert(row, i);
    scan(row, k_, [this, row](int64_t position) { insert(row, position); });
    emit(kept_.data(), 0, k_);
  }

  T value(const Item<Key>& item, const T* row) const {
    return element_of(static_cast<Key>(item.key() ^ flip_), row, item.position());
  }

 private:
  using I = typename Vec<T>::MaskT;
  static constexpr int64_t kStep = 4 * Vec<T>::size;

  bool is_whole() const { return k_ > kInserted && count_ < k_ * kSelected; }
  Key key(T value) const { return order_key(value) ^ flip_; }

  template <class Emit>
  void sort_whole(const T* row, const Emit& emit) {
    for (int64_t i = 0; i < count_; ++i) kept_[i] = {key(row[i]), i};
    sort_items(kept_.data(), spare_.data(), count_, static_cast<Key>(~Key{0}), 0,
               [&](const Item<Key>* sorted, int64_t begin, int64_t found) {
                 if (begin < k_) emit(sorted, begin, std::min(found, k_ - begin));
               });
  }

  void select(const T* row) {
    const int64_t first = std::min(count_, room_);
    for (size_ = 0; size_ < first; ++size_) kept_[size_] = {key(row[size_]), size_};
    shrink();
    scan(row, first, [this, row](int64_t position) {
      kept_[size_] = {key(row[position]), position};
      size_ += kept_[size_].key() < limit_;
      if (size_ == room_) shrink();
    });
    shrink();
  }

  // Calls visit(position) for the elements from `first` on that were below the limit.
  template <class Visit>
  void scan(const T* row, int64_t first, const Visit& visit) {
    int64_t i = first;
    for (; i + kStep <= count_; i += kStep) {
      if (!any(below(row + i, 0) | below(row + i, 1) | below(row + i, 2) | below(row + i, 3))) {
        continue;
      }
      for (int v = 0; v < 4; ++v) {
        // The limit may sink on the way: `visit` compares again.
        for (uint32_t bits = lane_bits(below(row + i, v)); bits != 0; bits &= bits - 1) {
          visit(i + v * Vec<T>::size + std::countr_zero(bits));
        }
      }
    }
    for (; i < count_; ++i) visit(i);
  }

  Mask<I> below(const T* at, int vector) const {
    const Vec<I> flip(static_cast<I>(flip_)), limit(static_cast<I>(limit_ ^ kTopBit<Key>));
    return (signed_keys(Vec<T>::load(at + vector * Vec<T>::size)) ^ flip) < limit;
  }

  void insert(const T* row, int64_t position) {
    const Item<Key> item(key(row[position]), position);
    if (size_ == k_ && item.key() >= limit_) return;
    int64_t at = size_ < k_ ? size_++ : k_ - 1;
    for (; at > 0 && item.key() < kept_[at - 1].key(); --at) kept_[at] = kept_[at - 1];
    kept_[at] = item;
    if (size_ == k_) limit_ = kept_[k_ - 1].key();
  }

  // Leaves the k smallest, in the order of their positions: sort_items sorts by keys alone.
  void shrink() {
    std::copy_n(kept_.data(), size_, spare_.data());
    std::nth_element(spare_.data(), spare_.data() + k_ - 1, spare_.data() + size_);
    const Item<Key> last = spare_[k_ - 1];
    int64_t left = 0;
    for (int64_t i = 0; i < size_; ++i) {
      const Item<Key> item = kept_[i];
      kept_[left] = item;
      left += !(last < item);
    }
    size_ = k_;
    limit_ = last.key();
  }

  int64_t count_, k_;
  Key flip_, limit_ = 0;
  int64_t room_, size_ = 0;
  Scratch<Item<Key>> kept_, spare_;
};

template <class T>
void top_k_as(const TopKCall& call) {
  Rows<1> rows({RowOperand{call.in, dtype_of<T>, false}}, call.in.ndim() - 1, true);
  const int64_t count = rows.length();
  const Convert store = converter(call.values.dtype, dtype_of<T>);
  const int64_t size = size_of(call.values.dtype);
  rows.each_tile([&](const std::array<char*, 1>& at, const std::array<int64_t, 1>& step,
                     int64_t tile, int64_t position) {
    Smallest<T> smallest(count, call.k, call.largest);
    const Scratch<T> values(call.k);
    for (int64_t r = 0; r < tile; ++r) {
      const T* row = reinterpret_cast<const T*>(at[0] + r * step[0]);
      const int64_t first = (position + r) * call.k;
      int64_t* index = call.index.as<int64_t>() + first;
      smallest.find(row, [&](const Item<KeyOf<T>>* items, int64_t begin, int64_t found) {
        for (int64_t i = 0; i < found; ++i) {
          index[begin + i] = items[i].position();
          values[begin + i] = smallest.value(items[i], row);
        }
      });
      store(call.values.as<char>() + first * size, 1, values.data(), 1, call.k);
    }
  });
}

}  // namespace

void top_k(const TopKCall& call) {
  if (call.k == 0) return;
  dispatch_ordered(call.in.dtype, [&]<class T>() { top_k_as<T>(call); });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
