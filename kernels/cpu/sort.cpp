#include <algorithm>
#include <bit>

#include "families.h"
#include "rows.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// A number whose order as an unsigned integer is the order of the elements, and its position.
struct Keyed {
  uint64_t key;
  int64_t position;

  friend bool operator<(const Keyed& a, const Keyed& b) {
    return a.key < b.key || (a.key == b.key && a.position < b.position);
  }
};

template <class T>
uint64_t order_key(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    constexpr Bits kSign = Bits{1} << (sizeof(T) * 8 - 1);
    if (value != value) return static_cast<Bits>(~Bits{0});
    const Bits bits = std::bit_cast<Bits>(value + T(0));  // -0 becomes 0
    return static_cast<Bits>(bits & kSign ? ~bits : bits | kSign);
  } else {
    return static_cast<uint64_t>(value) ^ uint64_t { 1 } << 63;
  }
}

template <class T>
void make_keys(const T* row, int64_t count, bool descending, Keyed* items) {
  for (int64_t i = 0; i < count; ++i) {
    const uint64_t key = order_key(row[i]);
    items[i] = {descending ? ~key : key, i};
  }
}

constexpr int64_t kRadixFrom = 1024;  // elements from which counting digits beats comparing

// Stable counting sort by eleven bits at a time; digits that all keys share are passed over.
// `spare` has as much room; the result is where the function says.
Keyed* radix_sort(Keyed* items, Keyed* spare, int64_t count) {
  constexpr int kDigitBits = 11;
  constexpr int64_t kDigits = 1 << kDigitBits;
  uint64_t all_or = 0, all_and = ~uint64_t{0};
  for (int64_t i = 0; i < count; ++i) {
    all_or |= items[i].key;
    all_and &= items[i].key;
  }
  const uint64_t differing = all_or ^ all_and;
  int64_t starts[kDigits];
  for (int shift = 0; shift < 64; shift += kDigitBits) {
    if ((differing >> shift & (kDigits - 1)) == 0) continue;
    std::fill_n(starts, kDigits, 0);
    const auto digit = [shift](const Keyed& item) { return item.key >> shift & (kDigits - 1); };
    for (int64_t i = 0; i < count; ++i) ++starts[digit(items[i])];
    int64_t at = 0;
    for (int64_t& start : starts) at += std::exchange(start, at);
    for (int64_t i = 0; i < count; ++i) spare[starts[digit(items[i])]++] = items[i];
    std::swap(items, spare);
  }
  return items;
}

template <class T>
void sort_as(const SortCall& call) {
  Rows<3> rows(
      {RowOperand{call.values, dtype_of<T>, true}, RowOperand{call.index, DType::Int64, true},
       RowOperand{call.in, dtype_of<T>, false}},
      call.axis);
  const int64_t count = rows.length();
  rows.each([&](const std::array<void*, 3>& at, int64_t) {
    T* values = static_cast<T*>(at[0]);
    int64_t* index = static_cast<int64_t*>(at[1]);
    const T* row = static_cast<const T*>(at[2]);
    const Scratch<Keyed> items(count), spare(count < kRadixFrom ? 0 : count);
    make_keys(row, count, call.descending, items.data());
    const Keyed* sorted = items.data();
    if (count < kRadixFrom)
      std::sort(items.data(), items.data() + count);
    else
      sorted = radix_sort(items.data(), spare.data(), count);
    for (int64_t i = 0; i < count; ++i) {
      index[i] = sorted[i].position;
      values[i] = row[sorted[i].position];
    }
  });
}

template <class T>
void top_k_as(const TopKCall& call) {
  Rows<1> rows({RowOperand{call.in, dtype_of<T>, false}}, call.in.ndim() - 1, true);
  const int64_t count = rows.length();
  const Convert store = converter(call.values.dtype, dtype_of<T>);
  const int64_t size = size_of(call.values.dtype);
  rows.each([&](const std::array<void*, 1>& at, int64_t position) {
    const T* row = static_cast<const T*>(at[0]);
    const Scratch<Keyed> items(count);
    make_keys(row, count, call.largest, items.data());
    if (call.k < count) {
      std::nth_element(items.data(), items.data() + call.k, items.data() + count);
    }
    std::sort(items.data(), items.data() + call.k);
    const Scratch<T> values(call.k);
    int64_t* index = call.index.as<int64_t>() + position * call.k;
    for (int64_t i = 0; i < call.k; ++i) {
      index[i] = items[i].position;
      values[i] = row[items[i].position];
    }
    store(call.values.as<char>() + position * call.k * size, 1, values.data(), 1, call.k);
  });
}

template <class T>
void search_as(const SearchCall& call) {
  const int64_t rows = call.values.shape[0], count = call.values.shape[1];
  const int64_t length = call.sequence.shape[1];
  const int64_t row_step = call.sequence.shape[0] == 1 ? 0 : length;
  const auto below = [](T a, T b) { return a < b || (b != b && a == a); };
  parallel_for(rows * count, 4096, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const T* first = call.sequence.as<T>() + i / count * row_step;
      const T value = call.values.as<T>()[i];
      const T* found = call.right ? std::upper_bound(first, first + length, value, below)
                                  : std::lower_bound(first, first + length, value, below);
      call.out.as<int64_t>()[i] = found - first;
    }
  });
}

// Calls function with the type that elements of the dtype are compared in.
template <class Function>
void dispatch_wide(DType dtype, Function function) {
  if (dtype == DType::Float64)
    function.template operator()<double>();
  else if (is_floating(dtype))
    function.template operator()<float>();
  else
    function.template operator()<int64_t>();
}

void sort(const SortCall& call) {
  dispatch_wide(call.in.dtype, [&]<class T>() { sort_as<T>(call); });
}
void top_k(const TopKCall& call) {
  if (call.k == 0) return;
  dispatch_wide(call.in.dtype, [&]<class T>() { top_k_as<T>(call); });
}
void search(const SearchCall& call) {
  dispatch_wide(call.values.dtype, [&]<class T>() { search_as<T>(call); });
}

}  // namespace

SortKernels sort_kernels() { return {.sort = sort, .top_k = top_k, .search = search}; }

}  // namespace taeda::cpu::inline TAEDA_ISA
