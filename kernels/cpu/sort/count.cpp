// Runs of equal neighbours, and how often integers occur.
#include <algorithm>
#include <vector>

#include "../rounding.h"
#include "../runs.h"
#include "sort.h"
#include "taeda/kernels/allocator.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kBlock = 32 * 1024;
constexpr int64_t kMostParts = 16;  // counts that are taken side by side

template <class T>
bool differ(T a, T b) {
  using Math = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;
  return static_cast<Math>(a) != static_cast<Math>(b);
}

// Calls visit(i) for the positions of a block where a run begins.
template <class T, class Visit>
void each_start(const T* in, int64_t begin, int64_t end, Visit visit) {
  for (int64_t i = begin; i < end; ++i) visit(i, i == 0 || differ(in[i], in[i - 1]));
}

// For each block the number of runs that begin before it, and at the end their number in all.
template <class T>
std::vector<int64_t> runs_before(const Array& in) {
  const int64_t count = in.numel(), blocks = ceil_div(count, kBlock);
  std::vector<int64_t> before(static_cast<size_t>(blocks) + 1, 0);
  parallel_blocks(blocks, [&](int64_t block) {
    const T* elements = in.as<T>();
    const int64_t end = std::min((block + 1) * kBlock, count);
    int64_t found = 0;
    each_start(elements, block * kBlock, end, [&](int64_t, bool starts) { found += starts; });
    before[static_cast<size_t>(block) + 1] = found;
  });
  for (size_t i = 1; i < before.size(); ++i) before[i] += before[i - 1];
  return before;
}

template <class T>
void runs_as(const RunsCall& call) {
  const int64_t count = call.in.numel();
  const std::vector<int64_t> before = runs_before<T>(call.in);
  int64_t* const starts = call.counts.as<int64_t>();
  parallel_blocks(static_cast<int64_t>(before.size()) - 1, [&](int64_t block) {
    const T* in = call.in.as<T>();
    T* values = call.values.as<T>();
    int64_t* inverse = call.inverse.as<int64_t>();
    const int64_t* order = call.order.as<int64_t>();
    const int64_t begin = block * kBlock, end = std::min(begin + kBlock, count);
    int64_t run = before[static_cast<size_t>(block)] - 1;
    each_start(in, begin, end, [&](int64_t i, bool is_start) {
      run += is_start;
      if (is_start) {
        values[run] = in[i];
        if (starts) starts[run] = i;
      }
      if (inverse) inverse[order ? order[i] : i] = run;
    });
  });
  if (!starts) return;
  const int64_t found = before.back();
  for (int64_t run = 0; run < found; ++run) {
    starts[run] = (run + 1 < found ? starts[run + 1] : count) - starts[run];
  }
}

}  // namespace

int64_t count_runs(const Array& in) {
  return dispatch(in.dtype, [&]<class T>() { return runs_before<T>(in).back(); });
}
void runs(const RunsCall& call) {
  dispatch(call.in.dtype, [&]<class T>() { runs_as<T>(call); });
}

void bin_count(const Array& out, const Array& in) {
  const RunOperand numbers(in, DType::Int64);
  const int64_t bins = out.numel(), count = numbers.count();
  // Whole counts add up in any order: each part has bins of its own.
  const int64_t parts = std::clamp<int64_t>(count / std::max(kBlock, 4 * bins), 1, kMostParts);
  const int64_t part_size = ceil_div(count, parts);
  const Scratch<int64_t> all(parts * bins);
  parallel_blocks(parts, [&](int64_t part) {
    int64_t* own = all.data() + part * bins;
    std::fill_n(own, bins, int64_t{0});
    const int64_t end = std::min((part + 1) * part_size, count);
    for (int64_t at = part * part_size; at < end; at += kRunElements) {
      int64_t run[kRunElements];
      const int64_t size = std::min(kRunElements, end - at);
      numbers.load(at, size, run);
      for (int64_t i = 0; i < size; ++i) ++own[run[i]];
    }
  });
  parallel_for(bins, kBlock, [&](int64_t begin, int64_t end) {
    int64_t* to = out.as<int64_t>();
    std::copy(all.data() + begin, all.data() + end, to + begin);
    for (int64_t part = 1; part < parts; ++part) {
      for (int64_t bin = begin; bin < end; ++bin) to[bin] += all[part * bins + bin];
    }
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA
