// Windows of a plane in two steps: their rows are folded into a line, column by column, and the
// columns of the line into outputs.
#pragma once

#include "../rounding.h"
#include "planes.h"
#include "taeda/kernels/simd/every_second.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The input rows (columns) of a window that are not of the padding: every dilation-th of
// [begin, end).
struct Inside {
  int64_t begin, end;

  static Inside of(const PoolWindow& w, int axis, int64_t position, int64_t size) {
    const int64_t first = position * w.stride[axis] - w.padding[axis], step = w.dilation[axis];
    return {first >= 0 ? first : first + ceil_div(-first, step) * step,
            std::min(first + (w.kernel[axis] - 1) * step + 1, size)};
  }
};

// line[c] = the fold of every step-th of the rows [begin, end), of which there is one at least.
template <class Op, class T>
void fold_into_line(T* line, const T* x, int64_t width, int64_t begin, int64_t end, int64_t step) {
  each_vector<T>(width, [&](int64_t c, int64_t count) {
    const T* from = x + begin * width + c;
    Vec<T> value = load_some(from, count);
    for (int64_t y = begin + step; y < end; y += step) {
      from += step * width;
      value = Op::combine(value, load_some(from, count));
    }
    store_some(value, line + c, count);
  });
}

// Reads lines, the padding included, for a vector of windows at a time. Windows more than two
// columns apart are folded at every place of a line first, from which they are then picked.
class LineReader {
 public:
  LineReader(const PoolWindow& window, Extent out, Extent in)
      : step_(window.stride[1]),
        steps_(window.kernel[1]),
        dilation_(window.dilation[1]),
        outputs_(out.width),
        inputs_end_(window.padding[1] + in.width) {}

  bool picks() const { return step_ > 2; }

  // The elements of a line, in whole vectors of T.
  template <class T>
  int64_t length() const {
    constexpr int64_t width = Vec<T>::size;
    const int64_t windows = picks() ? round_up(places(), width) : round_up(outputs_, width) * step_;
    return round_up(std::max(inputs_end_, windows + (steps_ - 1) * dilation_), width);
  }

  // Calls visit(x, count, met) for the windows that begin at `count` places from x on; met(line, j)
  // gives what the j-th step of theirs meets, for j < steps().
  template <class T, class Visit>
  void each_place(Visit visit) const {
    each_by<1, T>(places(), visit);
  }
  // The same for the windows from one on; where they are to be picked, what was folded at x in
  // place of their steps.
  template <class T, class Visit>
  void each(Visit visit) const {
    if (step_ == 1)
      each_by<1, T>(outputs_, visit);
    else if (step_ == 2)
      each_by<2, T>(outputs_, visit);
    else
      each_by<0, T>(outputs_, visit);
  }
  int64_t steps() const { return steps_; }

 private:
  int64_t places() const { return (outputs_ - 1) * step_ + 1; }

  template <int kStep, class T, class Visit>
  void each_by(int64_t windows, Visit visit) const {
    each_vector<T>(windows, [&](int64_t o, int64_t count) {
      visit(o, count, [&]<class Element>(const Element* line, int64_t j) {
        const Element* from = line + o * (kStep > 0 ? kStep : step_) + j * dilation_;
        constexpr int64_t width = Vec<Element>::size;
        if constexpr (kStep == 1) {
          return Vec<Element>::load(from);
        } else if constexpr (kStep == 2) {
          return even_lanes(Vec<Element>::load(from), Vec<Element>::load(from + width));
        } else {
          alignas(kVectorBytes) Element lanes[width] = {};
          for (int64_t i = 0; i < count; ++i) lanes[i] = from[i * step_];
          return Vec<Element>::load(lanes);
        }
      });
    });
  }

  int64_t step_, steps_, dilation_, outputs_, inputs_end_;
};

// Lines of several windows over each other: what was stored last is not read at once.
inline constexpr int64_t kLinesTogether = 4;

// Folds of windows; `neutral` stands for the padding.
template <class Op, class T>
class WindowFolds {
 public:
  WindowFolds(const PoolWindow& window, Extent out, Extent in, T neutral)
      : w_(window),
        out_(out),
        in_(in),
        neutral_(neutral),
        reader_(window, out, in),
        pitch_(reader_.length<T>()),
        lines_(kLinesTogether * pitch_),
        folded_(reader_.picks() ? pitch_ : 0) {
    std::fill_n(lines_.data(), kLinesTogether * pitch_, neutral);
  }

  // Outputs are finish(row, column, folds) of the folds from a row and column on.
  template <class Finish>
  void plane(T* out, const T* x, Finish finish) const {
    for (int64_t first = 0; first < out_.height; first += kLinesTogether) {
      const int64_t rows = std::min(kLinesTogether, out_.height - first);
      for (int64_t r = 0; r < rows; ++r) fold_rows(lines_.data() + r * pitch_, x, first + r);
      for (int64_t r = 0; r < rows; ++r, out += out_.width) {
        const T* line = lines_.data() + r * pitch_;
        const auto fold = [&](auto met) {
          Vec<T> value = met(line, 0);
          for (int64_t j = 1; j < reader_.steps(); ++j) value = Op::combine(value, met(line, j));
          return value;
        };
        if (reader_.picks()) {
          reader_.each_place<T>(
              [&](int64_t x, int64_t, auto met) { fold(met).store(folded_.data() + x); });
        }
        reader_.each<T>([&](int64_t o, int64_t count, auto met) {
          const Vec<T> value = reader_.picks() ? met(folded_.data(), 0) : fold(met);
          store_some(finish(first + r, o, value), out + o, count);
        });
      }
    }
  }

 private:
  void fold_rows(T* line, const T* x, int64_t row) const {
    const Inside rows = Inside::of(w_, 0, row, in_.height);
    T* to = line + w_.padding[1];
    if (rows.begin >= rows.end)
      std::fill_n(to, in_.width, neutral_);
    else
      fold_into_line<Op>(to, x, in_.width, rows.begin, rows.end, w_.dilation[0]);
  }

  const PoolWindow& w_;
  Extent out_, in_;
  T neutral_;
  LineReader reader_;
  int64_t pitch_;
  Scratch<T> lines_, folded_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA
