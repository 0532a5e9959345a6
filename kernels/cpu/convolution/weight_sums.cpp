#include <cstring>
#include <optional>

#include "convolution/box_filler.h"
#include "convolution/row_dots.h"
#include "convolution/sums.h"
#include "convolution/window_tile.h"
#include "matrix/pack.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kWantedTasks = 8;
constexpr int64_t kPartialLimit = int64_t{1} << 22;  // elements of all partial sums
// Positions of a chunk: as many as keep its box in the second-level cache, and of a slice of it:
// the gradients of that many stay in the first-level one.
constexpr int64_t kChunkValues = int64_t{1} << 16;
constexpr int64_t kSlicePositions = 192, kMostPositions = 768;
constexpr int64_t kDotPositions = 2048;
constexpr int64_t kBlockPositions = int64_t{1} << 16;  // the sums of more would err by more
constexpr int64_t kTaskWork = int64_t{1} << 18;

// The images are cut into blocks, a number that follows from the shapes; each has partial sums of
// its own, which are added in order.
template <class T>
class Accumulator {
 public:
  explicit Accumulator(const WeightGradient<T>& gradient)
      : p_(gradient),
        taps_(static_cast<int64_t>(p_.taps.size())),
        depth_(p_.in_channels * taps_),
        dot_(has_few_sums(p_)),  // the lanes run along positions
        as_source_(reads_source<T>(p_)),
        chunk_(chunk_of(p_, dot_)),
        box_(as_source_ ? BoxLayout::of_source(p_.taps, p_.source)
                        : BoxLayout(p_.taps, p_.step, chunk_.images, chunk_.size)) {
    width_ = dot_ ? p_.out_channels * Vec<T>::size
                  : ceil_div(p_.out_channels, kPanelColumns<T>) * kPanelColumns<T>;
    if (dot_) {
      reads_source_ = BorderedRows<T>::serves(p_.source, p_.step, 2);
      dots_.emplace(p_, chunk_.size, reads_source_ ? nullptr : &box_, width_);
    }
    rows_ = depth_ + (p_.bias ? 1 : 0);  // the last one sums the gradients themselves
    partial_ = rows_ * width_;
    blocks_ = std::clamp<int64_t>(kPartialLimit / (p_.groups * partial_), 1,
                                  std::min(p_.images, kWantedTasks));
    if (dot_) {  // groups are tasks too, and what is summed needs a vector for each sum
      blocks_ = std::min(blocks_, std::max(ceil_div(kWantedTasks, p_.groups),
                                           ceil_div(positions(), kBlockPositions)));
    }
    pieces_ = std::min(p_.in_channels, ceil_div(kWantedTasks, blocks_ * p_.groups));
  }

  void run() {
    const Scratch<T> partials(blocks_ * p_.groups * partial_);
    const int64_t tasks = blocks_ * p_.groups * pieces_;
    const int64_t work = positions() * p_.groups * p_.out_channels * depth_ / tasks + 1;
    parallel_for(tasks, std::max<int64_t>(1, kTaskWork / work), [&](int64_t first, int64_t end) {
      Workspace space;
      for (int64_t index = first; index < end; ++index) run_task(index, partials.data(), space);
    });
    const int64_t rows = p_.groups * rows_, row_work = blocks_ * width_;
    parallel_for(rows,
                 std::max<int64_t>(1, (1 << 15) / row_work / kPanelColumns<T>) * kPanelColumns<T>,
                 [&](int64_t first, int64_t end) { add_partials(partials.data(), first, end); });
    parallel_for(p_.groups, std::max<int64_t>(1, (1 << 15) / partial_),
                 [&](int64_t first, int64_t end) {
                   for (int64_t g = first; g < end; ++g)
                     store(partials.data() + g * blocks_ * partial_, g);
                 });
  }

 private:
  struct Workspace {
    std::optional<Scratch<T>> box, gradients;
    int64_t box_size = -1, gradients_size = -1;
    std::vector<int64_t> places;
    std::vector<const T*> rows;
    typename RowDots<T>::Space dots;

    T* box_of(int64_t size) {
      if (size > box_size) box.emplace(box_size = size);
      return box->data();
    }
    T* gradients_of(int64_t size) {
      if (size > gradients_size) gradients.emplace(gradients_size = size);
      return gradients->data();
    }
  };

  int64_t positions() const { return p_.images * p_.outputs[0] * p_.outputs[1] * p_.outputs[2]; }

  static Region chunk_of(const WeightGradient<T>& p, bool dot) {
    const int64_t target =
        dot ? kDotPositions
            : std::clamp(kChunkValues / p.in_channels, kSlicePositions, kMostPositions);
    Region chunk{0, 1, {}, p.outputs};
    if (!dot) chunk.size[2] = std::min(p.outputs[2], target);
    chunk.size[1] = std::clamp<int64_t>(target / chunk.size[2], 1, p.outputs[1]);
    chunk.size[0] = std::clamp<int64_t>(target / (chunk.size[1] * chunk.size[2]), 1, p.outputs[0]);
    if (chunk.size == p.outputs) {
      chunk.images = std::clamp<int64_t>(target / chunk.positions(), 1, p.images);
    }
    return chunk;
  }

  struct Piece {
    int64_t group, channel, channels;
    T* sums;  // of its first row
    T* bias;  // the last row; null where it is not wanted or another piece has it
  };

  void run_task(int64_t index, T* partials, Workspace& space) const {
    const int64_t number = index % pieces_, block = index / pieces_ / p_.groups;
    const int64_t channel = p_.in_channels * number / pieces_;
    Piece piece{index / pieces_ % p_.groups, channel,
                p_.in_channels * (number + 1) / pieces_ - channel, nullptr, nullptr};
    T* all = partials + (piece.group * blocks_ + block) * partial_;
    piece.sums = all + channel * taps_ * width_;
    if (number == 0 && p_.bias) piece.bias = all + depth_ * width_;
    std::fill_n(piece.sums, piece.channels * taps_ * width_, T(0));
    if (piece.bias) std::fill_n(piece.bias, width_, T(0));
    const int64_t end = p_.images * (block + 1) / blocks_;
    Region chunk;
    for (chunk.image = p_.images * block / blocks_; chunk.image < end;
         chunk.image += chunk.images) {
      chunk.images = std::min(chunk_.images, end - chunk.image);
      for (int64_t z = 0; z < p_.outputs[0]; z += chunk_.size[0]) {
        for (int64_t y = 0; y < p_.outputs[1]; y += chunk_.size[1]) {
          for (int64_t x = 0; x < p_.outputs[2]; x += chunk_.size[2]) {
            chunk.first = {z, y, x};
            for (int a = 0; a < 3; ++a) {
              chunk.size[a] = std::min(chunk_.size[a], p_.outputs[a] - chunk.first[a]);
            }
            add_chunk(chunk, piece, space);
          }
        }
      }
    }
  }

  void add_chunk(const Region& chunk, const Piece& piece, Workspace& space) const {
    if (reads_source_) {
      return dots_->add(chunk, piece.group, piece.channel, piece.channels, nullptr, piece.sums,
                        piece.bias, space.dots);
    }
    const int64_t channel = piece.group * p_.in_channels + piece.channel;
    const T* box;
    if (as_source_) {
      box = static_cast<const T*>(p_.source.data) + start_in_source(p_.source, chunk, channel);
    } else {
      T* to = space.box_of(box_.size(piece.channels) + kBoxSlack<T>);
      BoxFiller<T>(box_, p_.source, chunk).fill(channel, piece.channels, to);
      box = to;
    }
    if (dots_) {
      return dots_->add(chunk, piece.group, piece.channel, piece.channels, box, piece.sums,
                        piece.bias, space.dots);
    }
    space.rows.resize(static_cast<size_t>(piece.channels * taps_));
    for (int64_t i = 0; i < piece.channels * taps_; ++i) {
      space.rows[i] = box + i / taps_ * box_.channel_stride() + box_.offsets()[i % taps_];
    }
    add_tiles(chunk, piece, space);
  }

  void add_tiles(const Region& chunk, const Piece& piece, Workspace& space) const {
    constexpr int panel = kPanelColumns<T>, width = Vec<T>::size;
    const int64_t count = chunk.positions();
    space.places.clear();
    each_row(chunk, [&](int64_t i, int64_t z, int64_t y) {
      const int64_t place = box_.place(i, z, y);
      for (int64_t x = 0; x < chunk.size[2]; ++x) space.places.push_back(place + x);
    });
    T* packed = space.gradients_of(count * panel);
    for (int64_t m = 0; m < p_.out_channels; m += panel) {
      const int64_t columns = std::min<int64_t>(panel, p_.out_channels - m);
      pack_gradients(chunk, piece.group * p_.out_channels + m, static_cast<int>(columns), packed);
      T* sums = piece.sums + m;
      for (int64_t start = 0; start < count; start += kSlicePositions) {
        add_slice(space, start, std::min(kSlicePositions, count - start), columns <= width,
                  packed + start * panel, sums);
      }
      if (piece.bias) add_rows(packed, count, piece.bias + m);
    }
  }

  // Positions [start, start + count) of a chunk for all rows.
  void add_slice(const Workspace& space, int64_t start, int64_t count, bool narrow, const T* packed,
                 T* sums) const {
    const int64_t depth = static_cast<int64_t>(space.rows.size());
    const int64_t* places = space.places.data() + start;
    for (int64_t k = 0; k < depth;) {
      const int height = next_height(depth - k);
      const T* const* rows = space.rows.data() + k;
      with_height(height, [&]<int Rows>() {
        if (narrow)
          gradient_tile<T, Rows, 1>(rows, places, count, packed, sums, width_);
        else
          gradient_tile<T, Rows, 2>(rows, places, count, packed, sums, width_);
      });
      sums += height * width_;
      k += height;
    }
  }

  // Panels of output channels: to[position * kPanelColumns + channel].
  void pack_gradients(const Region& chunk, int64_t channel, int count, T* to) const {
    constexpr int panel = kPanelColumns<T>;
    const Array& g = p_.grad_out;
    const bool rows_continue = chunk.size[2] == p_.outputs[2] &&
                               (chunk.size[1] == 1 || g.strides[3] == chunk.size[2] * g.strides[4]);
    each_row(chunk, [&](int64_t i, int64_t z, int64_t y) {
      if (rows_continue && y > 0) return;
      const int64_t length = chunk.size[2] * (rows_continue ? chunk.size[1] : 1);
      const Lines lines{gradient_at(g, chunk, i, channel, z, y), g.dtype, g.strides[1],
                        g.strides[4]};
      pack_padded(lines, 0, count, 0, length, to, panel);
      to += length * panel;
    });
  }

  static void add_rows(const T* packed, int64_t count, T* to) {
    for (int j = 0; j < kPanelColumns<T>; j += Vec<T>::size) {
      Vec<T> sum[2] = {Vec<T>::load(to + j), Vec<T>(0)};
      for (int64_t k = 0; k < count; ++k) {
        sum[k % 2] += Vec<T>::load(packed + k * kPanelColumns<T> + j);
      }
      (sum[0] + sum[1]).store(to + j);
    }
  }

  // Adds the blocks' partial sums in rows [first, end) of all groups.
  void add_partials(T* partials, int64_t first, int64_t end) const {
    for (int64_t row = first; row < end; ++row) {
      T* sums = partials + row / rows_ * blocks_ * partial_ + row % rows_ * width_;
      for (int64_t block = 1; block < blocks_; ++block) {
        const T* more = sums + block * partial_;
        for (int64_t i = 0; i < width_; i += Vec<T>::size) {
          (Vec<T>::load(sums + i) + Vec<T>::load(more + i)).store(sums + i);
        }
      }
    }
  }

  // From (in_channels, taps, width) to (out_channels, in_channels, taps).
  void store(const T* sums, int64_t group) const {
    T* to = p_.out + group * p_.out_channels * depth_;
    T* bias = p_.bias ? p_.bias + group * p_.out_channels : nullptr;
    if (dot_) {
      for (int64_t m = 0; m < p_.out_channels; ++m) {
        const T* from = sums + m * Vec<T>::size;
        for (int64_t k = 0; k < depth_; ++k) to[m * depth_ + k] = lane_total(from + k * width_);
        if (bias) bias[m] = lane_total(from + depth_ * width_);
      }
      return;
    }
    const Lines lines{sums, dtype_of<T>, width_, 1};
    constexpr int panel = kPanelColumns<T>;
    parallel_for(ceil_div(depth_, panel), std::max<int64_t>(1, (1 << 14) / (panel * width_)),
                 [&](int64_t first, int64_t end) {
                   for (int64_t k = first * panel; k < std::min(end * panel, depth_); k += panel) {
                     const int count = static_cast<int>(std::min<int64_t>(panel, depth_ - k));
                     pack_lines(lines, k, count, 0, p_.out_channels, to + k, depth_);
                   }
                 });
    if (bias)
      std::memcpy(bias, sums + depth_ * width_, static_cast<size_t>(p_.out_channels) * sizeof(T));
  }

  const WeightGradient<T>& p_;
  int64_t taps_, depth_;
  bool dot_, as_source_, reads_source_ = false;  // the last one: the dot products do, without a box
  Region chunk_;
  BoxLayout box_;
  std::optional<RowDots<T>> dots_;
  int64_t width_, rows_, partial_, blocks_, pieces_;
};

}  // namespace

template <class T>
void weight_gradient_by_sums(const WeightGradient<T>& gradient) {
  Accumulator<T>(gradient).run();
}

template void weight_gradient_by_sums<float>(const WeightGradient<float>&);
template void weight_gradient_by_sums<double>(const WeightGradient<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA
