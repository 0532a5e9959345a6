// Node: one step of the tape, the derivative of one operation that was run.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "taeda/autograd/gradients.h"
#include "taeda/autograd/source.h"

namespace taeda::autograd {

class Node;
class Run;

// Owns one reference to a node.
class NodePtr {
 public:
  NodePtr() = default;
  inline NodePtr(Node* node);  // NOLINT: a handle of a node
  inline NodePtr(const NodePtr& other);
  NodePtr(NodePtr&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  NodePtr& operator=(NodePtr other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  inline ~NodePtr();
  Node* get() const { return node_; }
  Node* operator->() const { return node_; }
  Node& operator*() const { return *node_; }
  explicit operator bool() const { return node_ != nullptr; }

 private:
  Node* node_ = nullptr;
};

// Where a gradient goes: to `node`, as the gradient of its output number `output`. Without a node
// the gradient is not wanted.
struct Edge {
  NodePtr node;
  int output = 0;
};

// What the engine must know of an output of the forward operation.
struct OutputFacts {
  Dims shape;
  DType dtype = DType::Float32;
  Device device;
};

// Called with the gradient of one output of a node; may replace it. Python hooks live in the
// bindings.
class TensorHook {
 public:
  virtual ~TensorHook() = default;
  virtual void operator()(Tensor& gradient) = 0;
};
// Called with all gradients before or after a node has run; may replace them.
class NodeHook {
 public:
  virtual ~NodeHook() = default;
  virtual void operator()(Gradients& results, const Gradients& gradients) = 0;
};

class TensorHistory;

// What few nodes have.
struct NodeExtras {
  struct OutputHook {
    int output;
    std::shared_ptr<TensorHook> hook;
  };
  std::vector<OutputHook> output_hooks;
  std::vector<std::shared_ptr<NodeHook>> before, after;
  std::vector<TensorHistory*> retained;  // whose tensors want their gradient kept
  std::string forward_trace;             // anomaly mode: where the operation was run
};

// Nodes are numbered as they are made. Each is made after those that its edges lead to, so walking
// down the numbers visits every node after all that send it gradients.
class TAEDA_API Node {
 public:
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // From the gradients of the outputs to those of the inputs, one for each edge. In the gradient
  // mode of the caller: it is recorded itself where that is on.
  virtual Gradients backward(const Gradients& gradients) = 0;
  // Of a node that picks elements of its only input, each once at most: the place of its gradient
  // in that of the input. Undefined for any other.
  virtual Tensor part_of(const Tensor& /*whole*/) const { return {}; }
  virtual bool picks() const { return false; }
  // Forgets the tensors saved for backward; running it again is an error from then on.
  virtual void release_saved() {}
  // The name of the operation ("add") and of the node as PyTorch shows it ("AddBackward0").
  virtual std::string operation_name() const = 0;
  virtual std::string name() const;
  // The leaf that the node accumulates into, if it is such a node.
  virtual TensorBody* leaf() const { return nullptr; }

  uint64_t sequence() const { return sequence_; }
  int edge_count() const { return edge_count_; }
  Edge& edge(int i) const { return edges_[i]; }
  int output_count() const { return output_count_; }
  // The facts of an output; of a leaf they are those of the tensor now.
  virtual const OutputFacts& output(int i) const { return outputs_[i]; }

  NodeExtras& extras() {
    if (!extras_) extras_ = std::make_unique<NodeExtras>();
    return *extras_;
  }
  const NodeExtras* known_extras() const { return extras_.get(); }
  NodeExtras* known_extras() { return extras_.get(); }

  const SourceLocation& location() const { return location_; }

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
  }

  bool is_unique() const { return references_.load(std::memory_order_relaxed) == 1; }

  // The engine's mark: the run that holds gradients for this node, and where.
  Run* run = nullptr;
  int run_entry = 0;
  // The Python object of the node, not owned; the bindings keep it right.
  void* python = nullptr;

 protected:
  explicit Node(size_t block_bytes) : block_bytes_(static_cast<uint32_t>(block_bytes)) {}
  virtual ~Node();

  // Called last, when the edges are known: gives the node its number.
  void number();
  // The place in the user's program, and in anomaly mode the whole stack.
  void note_location();

  Edge* edges_ = nullptr;
  OutputFacts* outputs_ = nullptr;
  int edge_count_ = 0;
  int output_count_ = 0;

 private:
  static void destroy(Node* node);

  std::atomic<uint32_t> references_{0};
  uint32_t block_bytes_;
  uint64_t sequence_ = 0;
  std::unique_ptr<NodeExtras> extras_;
  SourceLocation location_;
};

// Memory for nodes from lists that each thread keeps.
TAEDA_API void* allocate_node(size_t bytes);
// How many more nodes this thread has made than destroyed: none may be left once no graph is.
TAEDA_API int64_t live_nodes();

// A node of a class whose constructor takes the size of its block first; `extra` bytes follow it.
template <class T, class... Args>
T* make_node(size_t extra, Args&&... args) {
  const size_t bytes = sizeof(T) + extra;
  return new (allocate_node(bytes)) T(bytes, std::forward<Args>(args)...);
}

inline NodePtr::NodePtr(Node* node) : node_(node) {
  if (node_) node_->retain();
}
inline NodePtr::NodePtr(const NodePtr& other) : NodePtr(other.node_) {}
inline NodePtr::~NodePtr() {
  if (node_) node_->release();
}

}  // namespace taeda::autograd
