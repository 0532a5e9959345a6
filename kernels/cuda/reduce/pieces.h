// A reduced range is cut into pieces of fixed size: blocks fold the pieces, then what is left of
// each output. The order follows from the length alone.
#pragma once

#include "../device/element.h"
#include "../device/fold.h"
#include "../device/walk.h"
#include "taeda/kernels/ops/reduce.h"

namespace taeda::cuda {

inline constexpr int64_t kReducedPiece = 16 * 1024;  // elements

struct Reduced {
  Walk<1> kept, reduced;  // of the input
  int64_t pieces;         // of an output

  Reduced(const Array& in, int reduced_ndim) {
    const Array head = head_of(in, reduced_ndim), tail = tail_of(in, reduced_ndim);
    kept = walk_of(head);
    reduced = walk_of(tail);
    pieces = std::max<int64_t>(1, (reduced.count + kReducedPiece - 1) / kReducedPiece);
  }

  // Whether the outputs' elements are neighbours, and those of an output are not.
  bool has_columns() const {
    const auto inner = [](const Walk<1>& walk) {
      return walk.ndim == 0 ? 0 : walk.strides[0][walk.ndim - 1];
    };
    return kept.count >= kWarp && inner(kept) == 1 && inner(reduced) > 1;
  }

  // The elements of one piece: what an item of all outputs' pieces does.
  struct Piece {
    int64_t base, first, count;
  };
  TAEDA_HD Piece piece(int64_t item) const {
    const Divided at(item, pieces);
    const int64_t first = at.rest * kReducedPiece, left = reduced.count - first;
    return {kept.offset(at.quotient), first, left < kReducedPiece ? left : kReducedPiece};
  }
};

void run_arg(const ArgReduceCall& call);
void run_moments(const MomentsCall& call);

}  // namespace taeda::cuda
