// CopySlices: the history of a tensor into a view of which another operation has written.
#pragma once

#include "taeda/autograd/node.h"

namespace taeda::autograd {

// `write` is the node of the in-place operation on `view`; its first input is the view.
NodePtr make_copy_slices(TensorBody& base, TensorBody& view, const NodePtr& write);

}  // namespace taeda::autograd
