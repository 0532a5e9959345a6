// What masks pick, in order.
#include "../device/starts.h"
#include "../families.h"
#include "indexing.h"
#include "taeda/kernels/words.h"

namespace taeda::cuda {
namespace {

template <class T>
struct SelectBody {
  Flags flags;
  const int64_t* starts;
  const T* in;
  Walk<1> walk;  // of in
  T* out;
  TAEDA_HD void operator()(int64_t piece) const {
    int64_t to = starts[piece];
    for (int64_t i = piece * kPiece; i < piece_end(piece, flags.walk.count); ++i) {
      if (flags[i]) out[to++] = in[walk.offset(i)];
    }
  }
};

template <class T>
struct PutBody {
  Flags flags;
  const int64_t* starts;
  T* out;
  Walk<1> walk;  // of out
  const T* values;
  TAEDA_HD void operator()(int64_t piece) const {
    int64_t from = starts[piece];
    for (int64_t i = piece * kPiece; i < piece_end(piece, flags.walk.count); ++i) {
      if (flags[i]) out[walk.offset(i)] = values[from++];
    }
  }
};

struct NonzeroBody {
  Flags flags;
  const int64_t* starts;
  int64_t shape[kMaxDims];
  int ndim;
  int64_t* out;
  TAEDA_HD void operator()(int64_t piece) const {
    int64_t to = starts[piece];
    for (int64_t i = piece * kPiece; i < piece_end(piece, flags.walk.count); ++i) {
      if (!flags[i]) continue;
      int64_t rest = i;
      for (int d = ndim - 1; d >= 0; --d) {
        out[to * ndim + d] = rest % shape[d];
        rest /= shape[d];
      }
      ++to;
    }
  }
};

template <class T>
struct TriangleBody {
  T* out;
  const T* in;
  Walk<2> walk;
  int64_t rows, columns, diagonal;
  bool lower;
  TAEDA_HD void operator()(int64_t i) const {
    int64_t at[2];
    walk.offsets(i, at);
    const Divided place(i, columns);
    const int64_t distance = place.rest - Divided(place.quotient, rows).rest;
    const bool keep = lower ? distance <= diagonal : distance >= diagonal;
    out[at[0]] = keep ? in[at[1]] : T(0);
  }
};

}  // namespace

int64_t count_nonzero(const Array& in) {
  const Flags flags(in);
  if (flags.walk.count == 0) return 0;
  return Starts(flags, flags.walk.count).total();
}

void masked_select(const Array& out, const Array& in, const Array& mask) {
  const Flags flags(mask);
  if (flags.walk.count == 0) return;
  const Starts starts(flags, flags.walk.count);
  dispatch_words(in.dtype, [&]<class T>() {
    for_each(starts.pieces(),
             SelectBody<T>{flags, starts.data(), in.as<const T>(), walk_of(in), out.as<T>()});
  });
}

void masked_put(const Array& out, const Array& mask, const Array& values) {
  const Flags flags(mask);
  if (flags.walk.count == 0) return;
  const Starts starts(flags, flags.walk.count);
  dispatch_words(out.dtype, [&]<class T>() {
    for_each(starts.pieces(),
             PutBody<T>{flags, starts.data(), out.as<T>(), walk_of(out), values.as<const T>()});
  });
}

void nonzero(const Array& out, const Array& in) {
  const Flags flags(in);
  if (flags.walk.count == 0 || in.ndim() == 0) return;
  const Starts starts(flags, flags.walk.count);
  NonzeroBody body{flags, starts.data(), {}, in.ndim(), out.as<int64_t>()};
  std::copy(in.shape.begin(), in.shape.end(), body.shape);
  for_each(starts.pieces(), body);
}

void triangle(const TriangleCall& call) {
  const Walk<2> walk = walk_of(call.out, call.in);
  const size_t ndim = call.out.shape.size();
  dispatch_words(call.out.dtype, [&]<class T>() {
    for_each(walk.count, TriangleBody<T>{call.out.as<T>(), call.in.as<const T>(), walk,
                                         call.out.shape[ndim - 2], call.out.shape[ndim - 1],
                                         call.diagonal, call.lower});
  });
}

IndexingKernels indexing_kernels() {
  return {.take = take_blocks,
          .put = put_blocks,
          .gather = gather,
          .scatter = scatter,
          .count_nonzero = count_nonzero,
          .nonzero = nonzero,
          .masked_select = masked_select,
          .masked_put = masked_put,
          .triangle = triangle};
}

}  // namespace taeda::cuda
