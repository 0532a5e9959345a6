// Sorting and searching along one dimension.
#include "../device/rows.h"
#include "../families.h"
#include "count.h"
#include "merge.h"

namespace taeda::cuda {
namespace {

template <class T>
struct LoadBody {
  Memory in;
  Walk<1> rows;
  int64_t step, length;
  T* keys;
  int64_t* numbers;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided at(item, length);
    keys[item] = in.load<T>(rows.offset(at.quotient) + at.rest * step);
    numbers[item] = at.rest;
  }
};

template <class T>
struct StoreBody {
  Memory values, index;
  Walk<2> rows;
  int64_t value_step, index_step, length, kept;
  const T* keys;
  const int64_t* numbers;
  TAEDA_HD void operator()(int64_t item) const {
    const Divided place(item, kept);
    const int64_t row = place.quotient, i = place.rest;
    int64_t at[2];
    rows.offsets(row, at);
    values.store(at[0] + i * value_step, keys[row * length + i]);
    index.store(at[1] + i * index_step, numbers[row * length + i]);
  }
};

template <class T>
void sort_rows(Sorted<T>& sorted, const Rows<1>& rows, const Array& in, bool descending) {
  for_each(rows.count() * rows.length, LoadBody<T>{in, rows.others, rows.steps[0], rows.length,
                                                   sorted.keys(), sorted.numbers()});
  sorted.sort(descending);
}

void sort(const SortCall& call) {
  if (call.in.numel() == 0) return;
  const Rows rows(call.axis, call.values, call.index);
  dispatch_wide(call.in.dtype, [&]<class T>() {
    Sorted<T> sorted(rows.count(), rows.length);
    sort_rows(sorted, Rows(call.axis, call.in), call.in, call.descending);
    for_each(rows.count() * rows.length,
             StoreBody<T>{call.values, call.index, rows.others, rows.steps[0], rows.steps[1],
                          rows.length, rows.length, sorted.keys(), sorted.numbers()});
  });
}

void top_k(const TopKCall& call) {
  if (call.values.numel() == 0) return;
  const int axis = std::max(call.in.ndim() - 1, 0);
  const int64_t length = call.in.ndim() == 0 ? 1 : call.in.shape.back();
  const Rows rows(call.values.ndim() - 1, call.values, call.index);
  dispatch_wide(call.in.dtype, [&]<class T>() {
    Sorted<T> sorted(rows.count(), length);
    sort_rows(sorted, Rows(axis, call.in), call.in, call.largest);
    for_each(rows.count() * call.k,
             StoreBody<T>{call.values, call.index, rows.others, rows.steps[0], rows.steps[1],
                          length, call.k, sorted.keys(), sorted.numbers()});
  });
}

template <class T>
struct SearchBody {
  int64_t* out;
  const T *sequence, *values;
  int64_t length, per_row;
  bool shared, right;
  TAEDA_HD void operator()(int64_t item) const {
    const T* row = sequence + (shared ? 0 : item / per_row * length);
    const T value = values[item];
    int64_t low = 0, high = length;
    while (low < high) {
      const int64_t probe = low + (high - low) / 2;
      const bool below =
          right ? !precedes(value, row[probe], false) : precedes(row[probe], value, false);
      if (below)
        low = probe + 1;
      else
        high = probe;
    }
    out[item] = low;
  }
};

void search(const SearchCall& call) {
  if (call.values.numel() == 0) return;
  dispatch_wide(call.sequence.dtype, [&]<class T>() {
    for_each(call.values.numel(),
             SearchBody<T>{call.out.as<int64_t>(), call.sequence.as<const T>(),
                           call.values.as<const T>(), call.sequence.shape[1], call.values.shape[1],
                           call.sequence.shape[0] == 1, call.right});
  });
}

}  // namespace

SortKernels sort_kernels() {
  return {.sort = sort,
          .top_k = top_k,
          .search = search,
          .count_runs = count_runs,
          .runs = runs,
          .bin_count = bin_count};
}

}  // namespace taeda::cuda
