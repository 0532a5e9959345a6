// Operands that run across the memory of the result: to read them in place would touch a line of
// memory for each element. The call is cut into boxes for which they are turned over on the way,
// into memory that the second-level cache holds.
#pragma once

#include "../plan.h"
#include "../rounding.h"
#include "../stream.h"
#include "ahead.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/elementwise.h"
#include "taeda/kernels/parallel.h"
#include "transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <int Inputs>
class Boxes {
 public:
  // `bytes`: what the call reads and writes.
  Boxes(const ElementwiseCall& call, const Plan<Inputs + 1>& plan, int64_t bytes)
      : call_(call), plan_(plan), asks_(bytes >= kAheadBytes) {
    constexpr int64_t fewest = 4096;
    for (int i = 0; i < Inputs; ++i) {
      rows_at_[i] = plan.count < fewest ? -1 : plan.turned_dimension(i + 1);
      turns_ |= rows_at_[i] >= 0;
    }
    if (turns_) choose_shape();
  }

  // Whether an operand has to be turned over.
  bool turns() const { return turns_; }

  // Calls run(part), where each part is a call whose operands run along the memory of its result.
  template <class Run>
  void each(Run run) const {
    int64_t count = 1;
    for (int d = 0; d < plan_.ndim; ++d) count *= boxes_along(d);
    parallel_blocks(count, [&](int64_t box) { run_box(box, count, run); });
  }

 private:
  static constexpr int64_t kBytes = int64_t{128} << 10;      // of an operand in a box, about
  static constexpr int64_t kAheadBytes = int64_t{16} << 20;  // more than what is near
  // Along the result, more where rows are few: shorter ones stay whole, longer ones are cut.
  static constexpr int64_t kWholeBytes = 2048, kAlongBytes = 1024;
  static constexpr int64_t kFewestRows = 16;  // of an operand that is turned
  static constexpr int64_t kTileRows = 64;

  struct Box {
    std::array<int64_t, kMaxDims> shape;
    std::array<int64_t, Inputs + 1> offsets{};
    int64_t elements = 1;
  };

  int64_t boxes_along(int d) const { return (plan_.shape[d] + shape_[d] - 1) / shape_[d]; }

  void choose_shape() {
    const int last = plan_.ndim - 1;
    int64_t size = 1, elements = 1;
    for (int i = 0; i < Inputs; ++i) {
      if (rows_at_[i] >= 0) size = std::max<int64_t>(size, size_of(call_.inputs[i].dtype));
    }
    std::fill_n(shape_.begin(), plan_.ndim, 1);
    const auto lengthen = [&](int d, int64_t wanted) {
      const int64_t length = std::clamp(wanted, shape_[d], plan_.shape[d]);
      elements = elements / shape_[d] * length;
      shape_[d] = length;
    };
    // Whole lines of the result, unless it ends before.
    const auto fill = [&](int d) {
      lengthen(d, kBytes / size / (elements / shape_[d]) / kFewestRows * kFewestRows);
    };
    lengthen(last, (plan_.shape[last] * size <= kWholeBytes ? kWholeBytes : kAlongBytes) / size);
    for (const int d : rows_at_) {
      if (d >= 0) lengthen(d, kFewestRows);
    }
    for (const int d : rows_at_) {
      if (d >= 0) fill(d);
    }
    for (int d = last; d >= 0; --d) fill(d);
  }

  Box find(int64_t index) const {
    Box box;
    for (int d = plan_.ndim - 1; d >= 0; --d) {
      const int64_t first = index % boxes_along(d) * shape_[d];
      index /= boxes_along(d);
      box.shape[d] = std::min(shape_[d], plan_.shape[d] - first);
      box.elements *= box.shape[d];
      for (int o = 0; o <= Inputs; ++o) box.offsets[o] += first * plan_.strides[o][d];
    }
    return box;
  }

  Array part_of(const Array& array, int operand, const Box& box) const {
    const size_t ndim = static_cast<size_t>(plan_.ndim);
    return {array.as<char>() + box.offsets[operand] * size_of(array.dtype),
            array.dtype,
            {box.shape.data(), ndim},
            {plan_.strides[operand].data(), ndim}};
  }

  // Tiles in which an input is turned over.
  int64_t tiles_of(const Box& box, int input) const {
    const int64_t rows = box.shape[rows_at_[input]], columns = box.shape[plan_.ndim - 1];
    const int64_t tile_columns = kStreamLine / size_of(call_.inputs[input].dtype);
    return box.elements / (rows * columns) * ceil_div(rows, kTileRows) *
           ceil_div(columns, tile_columns);
  }

  // to = from by tiles; each_tile() is called before each.
  template <class EachTile>
  static void turn(const Array& to, const Array& from, int rows_at, EachTile each_tile) {
    const int last = to.ndim() - 1;
    const int64_t size = size_of(to.dtype), rows = to.shape[rows_at], columns = to.shape[last];
    const int64_t tile_columns = kStreamLine / size;
    const CopyTile copy = tile_copier(to.dtype, false);
    const int64_t matrices = to.numel() / (rows * columns);
    for (int64_t matrix = 0; matrix < matrices; ++matrix) {
      int64_t rest = matrix, to_offset = 0, from_offset = 0;
      for (int d = last - 1; d >= 0; --d) {
        if (d == rows_at) continue;
        to_offset += rest % to.shape[d] * to.strides[d];
        from_offset += rest % to.shape[d] * from.strides[d];
        rest /= to.shape[d];
      }
      for (int64_t row = 0; row < rows; row += kTileRows) {
        for (int64_t column = 0; column < columns; column += tile_columns) {
          each_tile();
          copy(to.as<char>() + (to_offset + row * to.strides[rows_at] + column) * size,
               to.strides[rows_at],
               from.as<char>() + (from_offset + row + column * from.strides[last]) * size,
               from.strides[last], std::min(kTileRows, rows - row),
               std::min(tile_columns, columns - column));
        }
      }
    }
  }

  template <class Run>
  void run_box(int64_t index, int64_t count, Run run) const {
    const Box box = find(index), next = find(asks_ && index + 1 < count ? index + 1 : index);
    std::array<int64_t, kMaxDims> strides;
    int64_t step = 1;
    for (int d = plan_.ndim - 1; d >= 0; --d) {
      strides[d] = step;
      step *= box.shape[d];
    }
    // While operands are turned over, memory brings what is read beside them and the next ones.
    std::array<std::optional<Ahead>, Inputs> ahead;
    int64_t lines = 0, tiles = 0;
    if (asks_) {
      for (int i = 0; i < Inputs; ++i) {
        const bool turned = rows_at_[i] >= 0;
        lines += ahead[i].emplace(part_of(call_.inputs[i], i + 1, turned ? next : box)).lines();
        if (turned) tiles += tiles_of(box, i);
      }
    }
    const int64_t share = tiles > 0 ? ceil_div(lines, tiles) : 0;
    std::array<std::optional<Scratch<char>>, Inputs> memory;
    std::array<Array, Inputs> inputs;
    for (int i = 0; i < Inputs; ++i) {
      inputs[i] = part_of(call_.inputs[i], i + 1, box);
      if (rows_at_[i] < 0) continue;
      Array turned = inputs[i];
      turned.data = memory[i].emplace(box.elements * size_of(turned.dtype)).data();
      turned.strides = {strides.data(), inputs[i].strides.size()};
      turn(turned, inputs[i], rows_at_[i], [&] {
        int64_t left = share;
        for (int other = 0; other < Inputs && left > 0; ++other) {
          if (ahead[other]) left = ahead[other]->ask(left);
        }
      });
      inputs[i] = turned;
    }
    ElementwiseCall part = call_;
    part.out = part_of(call_.out, 0, box);
    part.inputs = inputs;
    part.contiguous = false;
    run(part);
  }

  const ElementwiseCall& call_;
  const Plan<Inputs + 1>& plan_;
  bool asks_;  // for what it reads soon
  bool turns_ = false;
  std::array<int, Inputs> rows_at_;      // of each input: the dimension of its rows, or -1
  std::array<int64_t, kMaxDims> shape_;  // of a box
};

}  // namespace taeda::cpu::inline TAEDA_ISA
