// The calls of the files of this family.
#pragma once

#include "taeda/kernels/ops/normalization.h"

namespace taeda::cuda {

void layer_norm(const LayerNormCall& call);
void layer_norm_backward(const LayerNormBackwardCall& call);
void group_norm(const GroupNormCall& call);
void group_norm_backward(const GroupNormBackwardCall& call);
void batch_norm(const BatchNormCall& call);
void batch_norm_backward(const BatchNormBackwardCall& call);

}  // namespace taeda::cuda
