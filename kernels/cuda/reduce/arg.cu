// Where the largest or the smallest element is.
#include "../runtime/allocator.h"
#include "pieces.h"

namespace taeda::cuda {
namespace {

// A value and where it was. Of equal ones the first; NaN wins.
template <class T>
struct Placed {
  T value;
  int64_t index;  // -1: none
};
template <class T>
struct Better {
  bool largest;
  TAEDA_HD Placed<T> operator()(Placed<T> a, Placed<T> b) const {
    if (b.index < 0) return a;
    if (a.index < 0) return b;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    if (a_nan != b_nan) return a_nan ? a : b;
    const bool equal = a.value == b.value || a_nan;
    if (equal) return a.index < b.index ? a : b;
    return (a.value > b.value) == largest ? a : b;
  }
};

template <class T>
struct ArgOutput {
  Memory index, value;
  Walk<1> indices, values;
  TAEDA_HD void store(int64_t item, Placed<T> found) const {
    index.store(indices.offset(item), found.index);
    if (value) value.store(values.offset(item), found.value);
  }
};

template <class T>
struct ArgShared {
  Placed<T> memory[kThreads];
};

template <class T>
struct PieceBody {
  using Shared = ArgShared<T>;
  Memory in;
  Reduced geometry;
  Better<T> better;
  Placed<T>* found;  // [output][piece]; null where a piece is all of an output
  ArgOutput<T> output;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    const Reduced::Piece piece = geometry.piece(item);
    const auto get = [&](int64_t i) {
      const int64_t at = piece.first + i;
      return Placed<T>{in.load<T>(piece.base + geometry.reduced.offset(at)), at};
    };
    fold_block(block, shared.memory, piece.count, Placed<T>{T(), -1}, better, get);
    block.each([&](int thread) {
      if (thread != 0) return;
      if (found)
        found[item] = shared.memory[0];
      else
        output.store(item, shared.memory[0]);
    });
  }
};

template <class T>
struct OutputBody {
  using Shared = ArgShared<T>;
  const Placed<T>* found;
  int64_t pieces;
  Better<T> better;
  ArgOutput<T> output;
  TAEDA_HD void operator()(const Block& block, Shared& shared, int64_t item) const {
    fold_block(block, shared.memory, pieces, Placed<T>{T(), -1}, better,
               [&](int64_t i) { return found[item * pieces + i]; });
    block.each([&](int thread) {
      if (thread == 0) output.store(item, shared.memory[0]);
    });
  }
};

}  // namespace

void run_arg(const ArgReduceCall& call) {
  const Reduced geometry(call.in, call.reduced_ndim);
  const int64_t pieces = geometry.pieces;
  dispatch_wide(call.in.dtype, [&]<class T>() {
    const ArgOutput<T> output{call.index, call.value, walk_of(call.index),
                              call.value.data ? walk_of(call.value) : Walk<1>()};
    const Better<T> better{call.largest};
    const int64_t outputs = output.indices.count;
    if (pieces == 1) {
      return for_each_block(outputs, PieceBody<T>{call.in, geometry, better, nullptr, output});
    }
    const DeviceScratch<Placed<T>> found(outputs * pieces);
    for_each_block(outputs * pieces, PieceBody<T>{call.in, geometry, better, found.data(), output});
    for_each_block(outputs, OutputBody<T>{found.data(), pieces, better, output});
  });
}

}  // namespace taeda::cuda
