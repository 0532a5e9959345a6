#include "taeda/autograd/node.h"

#include "engine_state.h"
#include "free_list.h"
#include "taeda/autograd/engine.h"
#include "taeda/autograd/history.h"

namespace taeda::autograd {
namespace {

std::atomic<uint64_t> next_sequence{1};
SourceTracker tracker{};

// Nodes of which the last reference is gone. Destroying one may release the next, as deep as the
// graph is: they are taken from this list one by one, so the stack stays flat.
struct Dying {
  Node* last = nullptr;
  bool draining = false;
};
TAEDA_NEAR thread_local Dying dying;
TAEDA_NEAR thread_local int64_t live = 0;

}  // namespace

void install_source_tracker(SourceTracker installed) { tracker = installed; }
const SourceTracker& source_tracker() { return tracker; }

void* allocate_node(size_t bytes) {
  ++live;
  return allocate_block(bytes);
}
int64_t live_nodes() { return live; }

Node::~Node() {
  if (extras_) {
    for (TensorHistory* retained : extras_->retained) retained->retains_grad = false;
  }
}

void Node::number() { sequence_ = next_sequence.fetch_add(1, std::memory_order_relaxed); }

void Node::note_location() {
  location_ = SourceLocation::here();
  if (anomaly_mode().enabled) [[unlikely]]
    note_forward_trace(*this);
}

void Node::destroy(Node* node) {
  // The engine's mark is free by now: a run holds the nodes it has marked.
  node->run = reinterpret_cast<Run*>(dying.last);
  dying.last = node;
  if (dying.draining) return;
  dying.draining = true;
  while (Node* next = dying.last) {
    dying.last = reinterpret_cast<Node*>(next->run);
    const size_t bytes = next->block_bytes_;
    next->~Node();
    release_block(next, bytes);
    --live;
  }
  dying.draining = false;
}

std::string Node::name() const {
  std::string name;
  bool upper = true;
  for (char c : operation_name()) {
    if (c == '_') {
      upper = true;
    } else {
      name += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      upper = false;
    }
  }
  return name + "Backward0";
}

}  // namespace taeda::autograd
