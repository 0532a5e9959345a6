// Rows along one dimension of strided arrays, brought side by side into contiguous memory of one
// type: an operation along an axis is then one function of a row, with the same result for every
// layout.
#pragma once

#include <algorithm>
#include <functional>

#include "convert.h"
#include "plan.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {

// One operand of an operation along an axis.
struct RowOperand {
  Array array;
  DType element;  // what the row function sees
  bool written;   // else read
};

template <int Operands>
class Rows {
 public:
  // All operands have one shape; `axis` is a dimension of it (0-dimensional: one row of one
  // element). With `keep_order` the rows are numbered row-major over the other dimensions, else as
  // memory has it.
  Rows(const std::array<RowOperand, Operands>& operands, int axis, bool keep_order = false)
      : operands_(operands), others_(plan(operands, axis, keep_order)) {
    for (int o = 0; o < Operands; ++o) {
      const Array& array = operands[o].array;
      length_ = array.ndim() ? array.shape[axis] : 1;
      stride_[o] = array.ndim() ? array.strides[axis] : 1;
      direct_[o] = array.dtype == operands[o].element && (stride_[o] == 1 || length_ == 1);
      size_[o] = size_of(operands[o].element);
      load_[o] = converter(operands[o].element, array.dtype);
      store_[o] = converter(array.dtype, operands[o].element);
    }
  }

  int64_t count() const { return others_.count; }
  int64_t length() const { return length_; }

  // Calls function(rows, position) for each row; rows[o] is the contiguous row of operand o.
  template <class Function>
  void each(Function function) {
    each_tile([&](const std::array<char*, Operands>& base,
                  const std::array<int64_t, Operands>& step, int64_t count, int64_t position) {
      for (int64_t row = 0; row < count; ++row) {
        std::array<void*, Operands> rows;
        for (int o = 0; o < Operands; ++o) rows[o] = base[o] + row * step[o];
        function(rows, position + row);
      }
    });
  }

  // Whether rows lie across memory, with neighbours side by side for most of a vector at least;
  // those of every operand hold T, or each its own.
  template <class... T>
  bool lie_side_by_side() const {
    const DType dtypes[] = {dtype_of<T>...};
    const int last = others_.ndim - 1;
    for (int o = 0; o < Operands; ++o) {
      const bool lies_along = stride_[o] == 1 || length_ == 1;
      if (lies_along || others_.strides[o][last] != 1) return false;
      if (operands_[o].array.dtype != dtypes[sizeof...(T) > 1 ? o : 0]) return false;
    }
    return 2 * others_.shape[last] >= kVectorBytes / size_[0];
  }

  // Calls function(rows, count, position) for neighbours of such rows, `together` of them or more
  // where there are enough for several threads: element k of the i-th of them in operand o is
  // rows[o][k * step(o) + i].
  template <class T, class Function>
  void each_side_by_side(Function function, int64_t together = kLine) {
    each_neighbours(together,
                    [&](const std::array<char*, Operands>& at, int64_t rows, int64_t position) {
                      std::array<T*, Operands> typed;
                      for (int o = 0; o < Operands; ++o) typed[o] = reinterpret_cast<T*>(at[o]);
                      function(typed, rows, position);
                    });
  }
  // The same for rows of several types: `rows` are where these lie.
  template <class Function>
  void each_neighbours(int64_t together, Function function) {
    if (count() == 0 || length_ == 0) return;
    const int64_t fewest = std::clamp(count() / 4 / kLine, int64_t{1}, together / kLine);
    const int64_t grain = std::max(fewest, kTaskElements / length_ / kLine) * kLine;
    const auto range = [&](int64_t begin, int64_t end) {
      Cursor cursor(others_, begin);
      for (int64_t position = begin; position < end;) {
        const int64_t rows = std::min(cursor.left_in_row(), end - position);
        std::array<char*, Operands> where;
        for (int o = 0; o < Operands; ++o) where[o] = at(o, cursor.offset(o));
        function(where, rows, position);
        position += rows;
        if (position < end) cursor.advance(rows);
      }
    };
    parallel_for(count(), grain, range, loop_length(count() * length_, kLongElements));
  }
  int64_t step(int o) const { return stride_[o]; }

  // Calls function(base, step, count, position) for a few rows at a time; row i of operand o lies
  // at base[o] + i * step[o] bytes.
  template <class Function>
  void each_tile(Function function) {
    if (count() == 0 || length_ == 0) return;
    // Less than a tile would read only a part of each line of what lies across.
    const bool all_direct = std::ranges::all_of(direct_, std::identity());
    const int64_t unit = all_direct ? kLine : kTile;
    const int64_t grain = std::max<int64_t>(1, kTaskElements / length_ / unit) * unit;
    parallel_for(
        count(), grain, [&](int64_t begin, int64_t end) { block(begin, end, function); },
        loop_length(count() * length_, kLongElements));
  }

 private:
  static constexpr int64_t kLine = 16;         // floats of a cache line
  static constexpr int64_t kTile = 4 * kLine;  // rows at a time: neighbouring lines come together
  static constexpr int64_t kTileElements = 64 * 1024;  // at a time
  static constexpr int64_t kTaskElements = 8 * 1024;   // of a parallel task, at least
  static constexpr int64_t kLongElements = 64 * 1024;  // for which a thread is woken

  static Plan<Operands> plan(const std::array<RowOperand, Operands>& operands, int axis,
                             bool keep_order) {
    std::array<std::array<int64_t, kMaxDims>, Operands> shapes, strides;
    std::array<Array, Operands> arrays;
    std::array<const Array*, Operands> pointers;
    for (int o = 0; o < Operands; ++o) {
      const Array& array = operands[o].array;
      size_t ndim = 0;
      for (int d = 0; d < array.ndim(); ++d) {
        if (d == axis) continue;
        shapes[o][ndim] = array.shape[d];
        strides[o][ndim++] = array.strides[d];
      }
      arrays[o] = {array.data, array.dtype, Sizes(shapes[o].data(), ndim),
                   Sizes(strides[o].data(), ndim)};
      pointers[o] = &arrays[o];
    }
    return Plan<Operands>(std::span<const Array* const, Operands>(pointers), keep_order);
  }

  char* at(int o, int64_t offset) const {
    return operands_[o].array.template as<char>() + offset * size_of(operands_[o].array.dtype);
  }

  template <class Function>
  void block(int64_t begin, int64_t end, Function& function) {
    const int64_t tile = std::clamp<int64_t>(kTileElements / length_, 1, kTile);
    int64_t bytes[Operands], all_bytes = 0;
    for (int o = 0; o < Operands; ++o) {
      // A line more, lest rows of a power of two meet in the same lines of the cache.
      bytes[o] = direct_[o] ? 0 : (length_ * size_[o] + 63) / 64 * 64 + 64;
      all_bytes += bytes[o] * tile;
    }
    const Scratch<char> memory(all_bytes);
    Cursor cursor(others_, begin);
    for (int64_t position = begin; position < end;) {
      const int64_t rows = std::min({tile, cursor.left_in_row(), end - position});
      std::array<char*, Operands> base;
      std::array<int64_t, Operands> row_bytes;
      char* free = memory.data();
      for (int o = 0; o < Operands; ++o) {
        const int64_t across = others_.strides[o][others_.ndim - 1];
        if (direct_[o]) {
          base[o] = at(o, cursor.offset(o));
          row_bytes[o] = across * size_[o];
          continue;
        }
        base[o] = free;
        row_bytes[o] = bytes[o];
        free += bytes[o] * tile;
        if (!operands_[o].written) load(o, cursor.offset(o), across, rows, base[o], bytes[o]);
      }
      function(base, row_bytes, rows, position);
      for (int o = 0; o < Operands; ++o) {
        const int64_t across = others_.strides[o][others_.ndim - 1];
        if (!direct_[o] && operands_[o].written) {
          store(o, cursor.offset(o), across, rows, base[o], bytes[o]);
        }
      }
      position += rows;
      if (position < end) cursor.advance(rows);
    }
  }

  bool is_across(int o, int64_t across, int64_t rows) const {
    return rows > 1 && std::abs(across) < std::abs(stride_[o]);
  }

  // Neighbouring rows lie side by side, in the type that the row function sees.
  bool is_plain(int o, int64_t across) const {
    return across == 1 && operands_[o].array.dtype == operands_[o].element;
  }

  void load(int o, int64_t offset, int64_t across, int64_t rows, char* to,
            int64_t row_bytes) const {
    if (!is_across(o, across, rows)) {
      for (int64_t row = 0; row < rows; ++row) {
        load_[o](to + row * row_bytes, 1, at(o, offset + row * across), stride_[o], length_);
      }
      return;
    }
    if (is_plain(o, across)) {
      const auto turn = [&]<class Word>(Word* rows_to) {
        turn_rows(reinterpret_cast<const Word*>(at(o, offset)), stride_[o], length_, rows, rows_to,
                  row_bytes / size_[o]);
      };
      if (size_[o] == 4)
        turn(reinterpret_cast<uint32_t*>(to));
      else
        turn(reinterpret_cast<uint64_t*>(to));
      return;
    }
    alignas(64) char line[kTile * 8];
    for (int64_t k = 0; k < length_; ++k) {
      load_[o](line, 1, at(o, offset + k * stride_[o]), across, rows);
      spread(size_[o], line, to + k * size_[o], size_[o], row_bytes, rows);
    }
  }

  void store(int o, int64_t offset, int64_t across, int64_t rows, char* from,
             int64_t row_bytes) const {
    if (!is_across(o, across, rows)) {
      for (int64_t row = 0; row < rows; ++row) {
        store_[o](at(o, offset + row * across), stride_[o], from + row * row_bytes, 1, length_);
      }
      return;
    }
    if (is_plain(o, across)) {
      const auto turn = [&]<class Word>(const Word* rows_from) {
        turn_rows(rows_from, row_bytes / size_[o], rows, length_,
                  reinterpret_cast<Word*>(at(o, offset)), stride_[o]);
      };
      if (size_[o] == 4)
        turn(reinterpret_cast<const uint32_t*>(from));
      else
        turn(reinterpret_cast<const uint64_t*>(from));
      return;
    }
    alignas(64) char line[kTile * 8];
    for (int64_t k = 0; k < length_; ++k) {
      spread(size_[o], from + k * size_[o], line, row_bytes, size_[o], rows);
      store_[o](at(o, offset + k * stride_[o]), across, line, 1, rows);
    }
  }

  // Copies `count` elements of `size` bytes from every from_step-th to every to_step-th byte.
  static void spread(int64_t size, const char* from, char* to, int64_t from_step, int64_t to_step,
                     int64_t count) {
    const auto copy = [&]<class Word>() {
      for (int64_t i = 0; i < count; ++i) {
        std::memcpy(to + i * to_step, from + i * from_step, sizeof(Word));
      }
    };
    if (size == 4)
      copy.template operator()<uint32_t>();
    else
      copy.template operator()<uint64_t>();
  }

  std::array<RowOperand, Operands> operands_;
  Plan<Operands> others_;
  int64_t length_;
  std::array<int64_t, Operands> stride_, size_;
  std::array<bool, Operands> direct_;
  std::array<Convert, Operands> load_, store_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
