// The two walks of a reduction: over the outputs in any order, over what each takes in row-major
// order.
#pragma once

#include "../convert.h"
#include "../plan.h"
#include "lanes.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int64_t kReduceGrain = 32 * 1024;  // elements of a parallel task

// The accumulator of a dtype.
inline DType wide_dtype(DType dtype) {
  if (dtype == DType::Float64) return dtype;
  return is_floating(dtype) ? DType::Float32 : DType::Int64;
}

struct ReduceLayout {
  Plan<2> kept;     // operands: in, out; follows the memory of in
  Plan<1> reduced;  // operand: in
  const char* data;
  DType dtype, element;  // in memory, and what it is converted to
  Convert convert;

  // `any_order`: the result does not depend on the order of the elements.
  ReduceLayout(const Array& in, const Array& out, int reduced_ndim, DType element_dtype,
               bool any_order)
      : kept(kept_plan(in, out, reduced_ndim)),
        reduced(reduced_plan(in, reduced_ndim, any_order)),
        data(in.as<const char>()),
        dtype(in.dtype),
        element(element_dtype),
        convert(converter(element_dtype, in.dtype)) {}

  int64_t outputs() const { return kept.count; }
  int64_t elements() const { return reduced.count; }  // of each output
  int64_t blocks() const { return block_count(elements()); }
  int64_t element_size() const { return size_of(element); }

  template <class Body>
  void parallel(int64_t count, int64_t grain, Body&& body) const {
    constexpr int64_t least = 256 * 1024;  // elements: for fewer no thread is woken
    parallel_for(count, grain, body, loop_length(outputs() * elements(), least));
  }

  // True where the elements of an output lie side by side in the right dtype.
  bool is_direct() const {
    return dtype == element && reduced.ndim == 1 && (reduced.strides[0][0] == 1 || elements() == 1);
  }

  // Columns: neighbouring outputs lie closer than neighbouring elements of one output, or these are
  // one element that is repeated.
  bool is_columns() const {
    const int64_t across = std::abs(kept.strides[0][kept.ndim - 1]);
    const int64_t along = std::abs(reduced.strides[0][reduced.ndim - 1]);
    return columns() > 1 && elements() > 1 && across != 0 && (across < along || along == 0);
  }
  int64_t columns() const { return kept.shape[kept.ndim - 1]; }
  int64_t column_stride() const { return kept.strides[0][kept.ndim - 1]; }

  // Outputs whose elements lie side by side, one output after another at one distance.
  bool is_matrix() const { return is_direct() && kept.ndim == 1; }

  // A single output whose elements run across the memory: neighbours lie far apart in it.
  bool is_turned() const {
    constexpr int64_t fewest = int64_t{1} << 16;
    const int last = reduced.ndim - 1;
    if (outputs() != 1 || elements() < fewest || std::abs(reduced.strides[0][last]) == 1) {
      return false;
    }
    for (int d = 0; d < last; ++d) {
      if (std::abs(reduced.strides[0][d]) == 1) return true;
    }
    return false;
  }

  const char* at(int64_t offset) const { return data + offset * size_of(dtype); }

  // Elements first .. first + count - 1 of the output at `offset`: in place or brought into
  // `buffer`.
  const void* fetch(int64_t offset, int64_t first, int64_t count, void* buffer) const {
    if (is_direct()) return at(offset + first);
    if (reduced.ndim == 1) {
      const int64_t stride = reduced.strides[0][0];
      convert(buffer, 1, at(offset + first * stride), stride, count);
      return buffer;
    }
    char* to = static_cast<char*>(buffer);
    const int64_t stride = reduced.strides[0][reduced.ndim - 1];
    Cursor cursor(reduced, first);
    while (count > 0) {
      const int64_t step = std::min(count, cursor.left_in_row());
      convert(to, 1, at(offset + cursor.offset(0)), stride, step);
      to += step * element_size();
      count -= step;
      if (count > 0) cursor.advance(step);
    }
    return buffer;
  }

  // True where fetch_pieces leaves long runs in place; shorter ones are faster copied.
  static constexpr int64_t kShortestPiece = 4 * kLanes;
  bool is_in_pieces() const {
    const int last = reduced.ndim - 1;
    return dtype == element && reduced.strides[0][last] == 1 &&
           reduced.shape[last] >= kShortestPiece;
  }
  static constexpr int64_t kMostPieces = kBlock / kShortestPiece + 2;
  static constexpr int kLinesAhead = 8;

  // As fetch, but in place wherever runs are long: at most kMostPieces of them.
  void fetch_pieces(int64_t offset, int64_t first, int64_t count, void* buffer,
                    Piece* piece) const {
    if (is_direct() || !is_in_pieces()) {
      *piece = {fetch(offset, first, count, buffer), count};
      return;
    }
    Cursor cursor(reduced, first);
    for (;; ++piece) {
      *piece = {at(offset + cursor.offset(0)), std::min(count, cursor.left_in_row())};
      // The hardware follows a run only once it has seen where it leads.
      for (int line = 0; line < kLinesAhead; ++line) {
        __builtin_prefetch(static_cast<const char*>(piece->elements) + line * 64);
      }
      count -= piece->count;
      if (count == 0) return;
      cursor.advance(piece->count);
    }
  }

  // Calls visit(position, offset) for outputs begin .. end - 1.
  template <class Visit>
  void each_output(int64_t begin, int64_t end, Visit visit) const {
    Cursor cursor(kept, begin);
    for (int64_t position = begin; position < end; ++position) {
      visit(position, cursor.offset(0));
      if (position + 1 < end) cursor.advance(1);
    }
  }

 private:
  static Plan<2> kept_plan(const Array& in, const Array& out, int reduced_ndim) {
    const size_t kept_ndim = in.shape.size() - static_cast<size_t>(reduced_ndim);
    const Array head{in.data, in.dtype, in.shape.first(kept_ndim), in.strides.first(kept_ndim)};
    const Array* arrays[] = {&head, &out};
    return Plan<2>(std::span<const Array* const, 2>(arrays));
  }
  static Plan<1> reduced_plan(const Array& in, int reduced_ndim, bool any_order) {
    const size_t count = static_cast<size_t>(reduced_ndim);
    const Array tail{in.data, in.dtype, in.shape.last(count), in.strides.last(count)};
    const Array* arrays[] = {&tail};
    return Plan<1>(std::span<const Array* const, 1>(arrays), !any_order);
  }
};

// Writes values, one for each output in the order of the plan, to `out`, which was operand 1 of it.
inline void store_values(const Plan<2>& plan, const Array& out, const void* values, DType dtype) {
  const Convert convert = converter(out.dtype, dtype);
  const int64_t stride = plan.strides[1][plan.ndim - 1];
  const char* from = static_cast<const char*>(values);
  Cursor cursor(plan, 0);
  for (int64_t at = 0; at < plan.count;) {
    const int64_t step = cursor.left_in_row();
    convert(out.as<char>() + cursor.offset(1) * size_of(out.dtype), stride, from, 1, step);
    from += step * size_of(dtype);
    at += step;
    if (at < plan.count) cursor.advance(step);
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA
