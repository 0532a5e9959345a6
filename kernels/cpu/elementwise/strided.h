// Drives an innermost loop over strided operands of any dtype.
#pragma once

#include "../convert.h"
#include "../machine.h"
#include "../plan.h"
#include "../stream.h"
#include "gather_rows.h"
#include "loops.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int64_t kRun = 1024;  // elements that are converted or gathered at a time: fits L1
inline constexpr int64_t kRunBytes = 8 * kRun;       // of the largest dtype
inline constexpr int64_t kStridedGrain = 16 * kRun;  // elements of a parallel block
inline constexpr int64_t kSerialRun = 24 * kRun;     // elements that are not worth a second thread
inline constexpr int64_t kLong = 128 * kRun;         // elements for which a thread is woken
inline constexpr int64_t kLongRow = 64;              // rows of this length are worth a loop each
inline constexpr int64_t kShortRow = 16;             // those of this length, one among others
// Elements at a time of results past the caches where several operands are read: a longer run of
// stores keeps the reads waiting.
inline constexpr int64_t kStreamRun = 128;
// Where one operand is read, Intel's processors take longer runs and ask, while they store one, for
// what is read two runs later: a quarter faster than kRun at a time.
inline constexpr int64_t kAheadRun = 512;

// Of what stands for a whole run in a loop of this type.
inline DType constant_dtype(DType loop) {
  return is_floating(loop) && size_of(loop) == 2 ? DType::Float32 : loop;
}

template <int Inputs>
class StridedRun {
 public:
  // `is_large`: the call, or that of which this one is a part, reads and writes more than caches
  // hold.
  StridedRun(const ElementwiseCall& call, const Plan<Inputs + 1>& plan, bool is_large, Loop loop,
             DType in_dtype, DType result_dtype)
      : call_(call),
        loop_(loop),
        in_dtype_(in_dtype),
        result_dtype_(result_dtype),
        plan_(plan),
        row_(plan_.shape[plan_.ndim - 1]),
        store_(converter(call.out.dtype, result_dtype)) {
    const int inner = plan_.ndim - 1;
    const bool stores_result = call.out.dtype == result_dtype;
    out_direct_ = stores_result && plan_.is_linear(0);
    out_contiguous_ = stores_result && plan_.strides[0][inner] == 1;
    streams_ = is_large && out_contiguous_;
    for (int i = 0; i < Inputs; ++i) {
      const bool right_type = call.inputs[i].dtype == in_dtype;
      constant_[i] = plan_.is_constant(i + 1);
      direct_[i] = right_type && plan_.is_linear(i + 1);
      contiguous_[i] = right_type && plan_.strides[i + 1][inner] == 1;
      periodic_[i] = true;
      for (int d = 0; d < inner; ++d) periodic_[i] &= plan_.strides[i + 1][d] == 0;
      streams_ &= call.inputs[i].data != call.out.data;  // what was read is in the cache anyway
    }
    by_whole_rows_ = rows_lie_ready();
    for (int i = 0; i < Inputs; ++i) {
      const bool along_rows = by_whole_rows_ || row_ >= kLongRow;
      const bool repeats =
          is_floating(in_dtype) && (along_rows ? plan_.strides[i + 1][inner] == 0 : constant_[i]);
      if (repeats) constants_ |= 1u << i;
      load_[i] = converter(repeats ? constant_dtype(in_dtype) : in_dtype, call.inputs[i].dtype);
    }
    for (int i = 0; i < Inputs; ++i) {
      bool alone = streams_ && is_intel() && contiguous_[i];
      for (int other = 0; other < Inputs; ++other) alone &= other == i || constant_[other];
      if (alone) ahead_ = i;
    }
  }

  void operator()() {
    const auto run = [&](int64_t count, int64_t grain, auto part, auto... rest) {
      const auto piece = [&](int64_t begin, int64_t end) { (this->*part)(begin, end, rest...); };
      parallel_for(count, grain, piece, loop_length(plan_.count, kLong));
    };
    if (by_whole_rows_) {
      return run(plan_.count / row_, kStridedGrain / row_, &StridedRun::by_whole_rows);
    }
    // As many bytes a block, of types of up to four, as all have.
    const int64_t grain = kStridedGrain * std::max<int64_t>(1, 4 / size_of(result_dtype_));
    if (row_ >= kLongRow) return run(plan_.count, grain, &StridedRun::by_rows);
    const auto [length, within_dimension] = run_length();
    run(plan_.count, kStridedGrain / length * length, &StridedRun::by_runs, length,
        within_dimension);
  }

 private:
  // Rows are gathered by whole vectors, which may reach beyond the last.
  struct Buffers {
    alignas(64) char of[Inputs + 1][kRunBytes + kVectorBytes];
  };

  static char* element(const Array& array, int64_t offset) {
    return static_cast<char*>(array.data) + offset * size_of(array.dtype);
  }

  // Along the innermost dimension: what lies there without gaps and in the right dtype needs no
  // copy.
  void by_rows(int64_t begin, int64_t end) {
    Buffers buffers;
    const int inner = plan_.ndim - 1;
    const bool in_place = out_contiguous_ && !streams_;
    int64_t limit = in_place ? end - begin : kRun;
    if (streams_ && Inputs > 1) limit = kStreamRun;
    if (ahead_ >= 0) limit = kAheadRun;
    const int64_t in_size = size_of(in_dtype_);
    int64_t elements[Inputs];  // that an operand brings for a run
    for (int i = 0; i < Inputs; ++i) {
      const bool repeats = constants_ >> i & 1;
      elements[i] = repeats ? 1 : constant_[i] ? kRunBytes / in_size : kRun;
      if (!contiguous_[i] && !repeats) limit = std::min(limit, elements[i]);
      if (constant_[i]) fill(i, elements[i], buffers.of[i + 1]);
    }
    Cursor<Inputs + 1> cursor(plan_, begin);
    for (int64_t at = begin; at < end;) {
      char* to = element(call_.out, cursor.offset(0));
      // Runs past the caches end where lines do.
      const int64_t past = streams_ ? elements_past_line(to) : 0;
      const int64_t count = std::min({limit - past, end - at, cursor.left_in_row()});
      LoopRows row{.out = in_place ? to : buffers.of[0],
                   .in = {},
                   .count = count,
                   .params = call_.params,
                   .constants = constants_};
      for (int i = 0; i < Inputs; ++i) {
        const char* from = element(call_.inputs[i], cursor.offset(i + 1));
        row.in[i] = contiguous_[i] ? from : buffers.of[i + 1];
        if (contiguous_[i] || constant_[i]) continue;
        load_[i](buffers.of[i + 1], 1, from, plan_.strides[i + 1][inner],
                 std::min(count, elements[i]));
      }
      loop_(row);
      if (streams_)
        stream_bytes(to, buffers.of[0], count * size_of(result_dtype_),
                     ahead_ < 0 ? nullptr : ahead(row.in[ahead_]));
      else if (!in_place)
        store_(to, plan_.strides[0][inner], buffers.of[0], 1, count);
      at += count;
      if (at < end) cursor.advance(count);
    }
    if (streams_) end_stream();
  }

  // Whether the loop meets all operands where they lie, or a value for a row, in rows that are not
  // so short that others gather them faster.
  bool rows_lie_ready() const {
    if (!out_contiguous_ || streams_ || plan_.ndim == 1 || row_ > kStridedGrain) return false;
    bool gathers = !out_direct_;
    for (int i = 0; i < Inputs; ++i) {
      const bool repeats = is_floating(in_dtype_) && plan_.strides[i + 1][plan_.ndim - 1] == 0;
      if (!contiguous_[i] && !repeats) return false;
      gathers |= !direct_[i] && !periodic_[i];
    }
    if (!gathers || !is_floating(in_dtype_)) return row_ >= kLongRow;
    // Halves and doubles take longer to be gathered.
    return row_ >= (in_dtype_ == DType::Float32 ? kShortRow : kShortRow / 2);
  }

  // The rows [begin, end), by one loop where they lie at one distance.
  void by_whole_rows(int64_t begin, int64_t end) {
    Buffers buffers;
    const int outer = plan_.ndim - 2;
    Cursor<Inputs + 1> cursor(plan_, begin * row_);
    for (int64_t row = begin; row < end;) {
      LoopRows rows{.out = element(call_.out, cursor.offset(0)),
                    .in = {},
                    .count = row_,
                    .params = call_.params,
                    .constants = constants_,
                    .rows = std::min({end - row, cursor.left_along(outer), kRun}),
                    .out_step = plan_.strides[0][outer]};
      for (int i = 0; i < Inputs; ++i) {
        const char* from = element(call_.inputs[i], cursor.offset(i + 1));
        const int64_t step = plan_.strides[i + 1][outer];
        rows.in[i] = from;
        rows.in_steps[i] = step;
        const bool repeats = constants_ >> i & 1;
        if (!repeats || call_.inputs[i].dtype == constant_dtype(in_dtype_)) continue;
        load_[i](buffers.of[i + 1], 1, from, step, rows.rows);
        rows.in[i] = buffers.of[i + 1];
        rows.in_steps[i] = 1;
      }
      loop_(rows);
      row += rows.rows;
      cursor.advance_along(outer, rows.rows);
    }
  }

  int64_t elements_past_line(const char* to) const {
    return static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % kStreamLine) /
           size_of(result_dtype_);
  }

  const char* ahead(const void* from) const {
    return static_cast<const char*>(from) + 2 * kAheadRun * size_of(in_dtype_);
  }

  // Across rows that are too short for a loop each: gathered into runs.
  void by_runs(int64_t begin, int64_t end, int64_t run, bool within_dimension) {
    Buffers buffers;
    // How much of a run each buffer holds, and where that began.
    int64_t gathered[Inputs] = {}, from[Inputs] = {};
    for (int i = 0; i < Inputs; ++i) {
      if (constants_ >> i & 1) fill(i, 1, buffers.of[i + 1]);
    }
    Cursor<Inputs + 1> cursor(plan_, begin);
    for (int64_t at = begin; at < end; at += run) {
      const int64_t count = std::min(run, end - at);
      LoopRows elements{.out = out_direct_ ? element(call_.out, at) : buffers.of[0],
                        .in = {},
                        .count = count,
                        .params = call_.params,
                        .constants = constants_};
      uint32_t wanted = 0;
      for (int i = 0; i < Inputs; ++i) {
        elements.in[i] = direct_[i] ? element(call_.inputs[i], at) : buffers.of[i + 1];
        if (direct_[i] || (constants_ >> i & 1)) continue;
        // One that starts where the last one did is the same.
        const bool repeats = (within_dimension || periodic_[i]) && gathered[i] >= count &&
                             from[i] == cursor.offset(i + 1);
        if (repeats) continue;
        gathered[i] = count;
        from[i] = cursor.offset(i + 1);
        if (plan_.is_linear(i + 1))
          load_[i](buffers.of[i + 1], 1, element(call_.inputs[i], at), 1, count);
        else
          wanted |= 1u << i;
      }
      const Cursor<Inputs + 1> start = cursor;
      each_group(cursor, count, [&](int64_t rows, int64_t done) {
        for (int i = 0; i < Inputs; ++i) {
          if (wanted >> i & 1) gather(i, cursor.offset(i + 1), rows, done, buffers.of[i + 1]);
        }
      });
      loop_(elements);
      if (!out_direct_) scatter(start, at, count, buffers.of[0]);
    }
  }

  // How long runs are: whole rows, and where an operand repeats along the dimension that they cut
  // such that none reaches beyond it, if that makes them not much shorter. What an operand brings
  // for one then depends on where it starts only.
  std::pair<int64_t, bool> run_length() const {
    const int64_t whole_rows = kRun / row_ * row_;
    int64_t block = row_;
    for (int d = plan_.ndim - 2; d >= 0; --d) {
      const int64_t size = plan_.shape[d];
      if (block * size > kRun) {
        bool repeats = false;
        for (int i = 0; i < Inputs; ++i) repeats |= !periodic_[i] && plan_.strides[i + 1][d] == 0;
        int64_t steps = kRun / block;
        while (size % steps != 0) --steps;
        if (repeats && 2 * steps * block > whole_rows) return {steps * block, true};
        break;
      }
      block *= size;
    }
    return {whole_rows, false};
  }

  void fill(int input, int64_t count, char* to) {
    load_[input](to, 1, call_.inputs[input].data, 0, count);
  }

  // Calls visit(rows, done) for rows that lie at one distance, from where the cursor stands then:
  // `count` elements from the start of a row on, `done` of them before.
  template <class Visit>
  void each_group(Cursor<Inputs + 1>& cursor, int64_t count, Visit visit) const {
    const int outer = plan_.ndim - 2;
    if (outer < 0) return visit(int64_t{1}, int64_t{0});
    for (int64_t done = 0; done < count;) {
      const int64_t rows = std::min((count - done) / row_, cursor.left_along(outer));
      visit(rows, done);
      done += rows * row_;
      cursor.advance_along(outer, rows);
    }
  }

  // Brings rows of an input side by side, behind `done` elements of a run.
  void gather(int input, int64_t offset, int64_t rows, int64_t done, char* run) {
    const Array& array = call_.inputs[input];
    const int64_t size = size_of(in_dtype_);
    const int inner = plan_.ndim - 1;
    const int64_t stride = plan_.strides[input + 1][inner];
    const int64_t step = inner > 0 ? plan_.strides[input + 1][inner - 1] : 0;
    const char* from = element(array, offset);
    char* to = run + done * size;
    if (array.dtype == in_dtype_ && size == 4)
      return gather_rows<float>(to, from, rows, step, row_, stride);
    if (array.dtype == in_dtype_ && size == 8)
      return gather_rows<double>(to, from, rows, step, row_, stride);
    for (int64_t r = 0; r < rows; ++r) {
      load_[input](to + r * row_ * size, 1, from + r * step * size_of(array.dtype), stride, row_);
    }
  }

  void scatter(Cursor<Inputs + 1> cursor, int64_t at, int64_t count, const char* from) {
    const int inner = plan_.ndim - 1;
    const int64_t stride = plan_.strides[0][inner];
    const int64_t step = inner > 0 ? plan_.strides[0][inner - 1] : 0;
    if (plan_.is_linear(0)) return store_(element(call_.out, at), 1, from, 1, count);
    each_group(cursor, count, [&](int64_t rows, int64_t done) {
      for (int64_t r = 0; r < rows; ++r) {
        store_(element(call_.out, cursor.offset(0) + r * step), stride,
               from + (done + r * row_) * size_of(result_dtype_), 1, row_);
      }
    });
  }

  const ElementwiseCall& call_;
  Loop loop_;
  DType in_dtype_, result_dtype_;
  const Plan<Inputs + 1>& plan_;
  int64_t row_;  // elements of the innermost dimension
  Convert store_;
  std::array<Convert, Inputs> load_;
  bool out_direct_, out_contiguous_, streams_, by_whole_rows_;
  int ahead_ = -1;          // the operand that is asked for ahead
  uint32_t constants_ = 0;  // what a loop along a row is told of its operands
  // Of each input: no copy is needed anywhere; none along a row; one element for all; one row.
  bool direct_[Inputs], contiguous_[Inputs], constant_[Inputs], periodic_[Inputs];
};

}  // namespace taeda::cpu::inline TAEDA_ISA
