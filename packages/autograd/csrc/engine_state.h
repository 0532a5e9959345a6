// What the engine, the nodes and the recorder share of a running backward.
#pragma once

#include <unordered_set>

#include "taeda/autograd/node.h"

namespace taeda::autograd {

// The nodes that lead to the inputs of a backward that was asked for some gradients only; null
// where all are wanted.
using NeededNodes = std::unordered_set<const Node*>;
const NeededNodes*& needed_nodes();

inline bool is_needed(const Edge& edge) {
  if (!edge.node) return false;
  const NeededNodes* needed = needed_nodes();
  return !needed || needed->count(edge.node.get()) > 0;
}

// Whether nobody else sees the tensor or its memory, so that it may be written in place.
inline bool is_ours(const TensorBody& tensor) {
  return tensor.references() == 1 && tensor.storage().references() == 1 && tensor.is_contiguous() &&
         tensor.storage().writable();
}

// In anomaly mode: keeps the stack of the forward with the node.
void note_forward_trace(Node& node);
// In anomaly mode: RuntimeError where a gradient that the node has computed holds a NaN.
void check_anomaly(const Node& node, const Gradients& results);

}  // namespace taeda::autograd
