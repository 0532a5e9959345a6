// Whether memory that is written meets memory that is read.
#pragma once

#include "taeda/tensor/tensor.h"

namespace taeda {

// True where two indices of the tensor may refer to one element (an expanded tensor, say).
bool overlaps_itself(const TensorBody& tensor);

// True where writing `out` while reading `input` needs a copy of the input first. Elementwise
// kernels
// (`same_place_is_safe`) may write the very view that they read.
bool overlap_matters(const TensorBody& out, const TensorBody& input, bool same_place_is_safe);

}  // namespace taeda
