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

// Collects the k smallest items of a row. Elements not below the k-th smallest so far are passed
// over by vectors: of equal ones the first stay.
template <class T>
class Smallest {
 public:
  using Key = KeyOf<T>;

  Smallest(int64_t k, bool largest)
      : k_(k),
        flip_(largest ? static_cast<Key>(~Key{0}) : 0),
        room_(k + std::max<int64_t>(k, 32)),
        kept_(room_ + 1),
        spare_(room_) {}

  // Calls emit(sorted, begin, count) for pieces of their items in order.
  template <class Emit>
  void find(const T* row, int64_t count, const Emit& emit) {
    int64_t i = std::min(count, room_);
    for (size_ = 0; size_ < i; ++size_) kept_[size_] = {key(row[size_]), size_};
    shrink();
    for (; i + kStep <= count; i += kStep) {
      if (!any(below(row + i, 0) | below(row + i, 1) | below(row + i, 2) | below(row + i, 3))) {
        continue;
      }
      for (int v = 0; v < 4; ++v) {
        const int64_t first = i + v * Vec<T>::size;
        // The limit may sink on the way, so the element is compared again.
        for (uint32_t bits = lane_bits(below(row + i, v)); bits != 0; bits &= bits - 1) {
          add(row, first + std::countr_zero(bits));
        }
      }
    }
    for (; i < count; ++i) add(row, i);
    shrink();
    sort_items(kept_.data(), spare_.data(), k_, static_cast<Key>(~Key{0}), 0, emit);
  }

  T value(const Item<Key>& item, const T* row) const {
    return element_of(static_cast<Key>(item.key() ^ flip_), row, item.position());
  }

 private:
  using I = typename Vec<T>::MaskT;
  static constexpr int64_t kStep = 4 * Vec<T>::size;

  Key key(T value) const { return order_key(value) ^ flip_; }

  Mask<I> below(const T* at, int vector) const {
    const Vec<I> flip(static_cast<I>(flip_)), limit(static_cast<I>(limit_ ^ kTopBit<Key>));
    return (signed_keys(Vec<T>::load(at + vector * Vec<T>::size)) ^ flip) < limit;
  }

  void add(const T* row, int64_t position) {
    kept_[size_] = {key(row[position]), position};
    size_ += kept_[size_].key() < limit_;
    if (size_ == room_) shrink();
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

  int64_t k_;
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
    Smallest<T> smallest(call.k, call.largest);
    const Scratch<T> values(call.k);
    for (int64_t r = 0; r < tile; ++r) {
      const T* row = reinterpret_cast<const T*>(at[0] + r * step[0]);
      const int64_t first = (position + r) * call.k;
      int64_t* index = call.index.as<int64_t>() + first;
      smallest.find(row, count, [&](const Item<KeyOf<T>>* items, int64_t begin, int64_t found) {
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
