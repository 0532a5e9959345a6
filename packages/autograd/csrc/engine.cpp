#include "taeda/autograd/engine.h"

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include "engine_state.h"
#include "taeda/autograd/history.h"
#include "taeda/tensor/autocast.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/creation.h"
#include "taeda/tensor/ops/elementwise.h"

namespace taeda::autograd {
namespace {

using Callbacks = std::vector<std::function<void()>>;
// Those of the innermost backward.
thread_local Callbacks* running_callbacks = nullptr;

std::string list_text(const Dims& shape) {
  std::ostringstream text;
  text << '[';
  for (int d = 0; d < shape.size(); ++d) text << (d ? ", " : "") << shape[d];
  return text.str() + "]";
}

}  // namespace

// One backward: the nodes that have gradients and wait for their turn, the youngest first.
class Run {
 public:
  Run(const BackwardOptions& options, const std::vector<Edge>& roots,
      const std::vector<Tensor>& inputs)
      : options_(options),
        before_(needed_nodes()),
        callbacks_before_(std::exchange(running_callbacks, &callbacks_)),
        mode_(options.create_graph) {
    needed_nodes() = nullptr;
    if (inputs.empty()) return;
    restrict_to(inputs);
    find_needed(roots);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    needed_nodes() = before_;
    running_callbacks = callbacks_before_;
    for (const Entry& entry : entries_) unmark(entry);
  }

  void add(const Edge& edge, Tensor gradient) {
    Node& node = *edge.node;
    fit(node, edge.output, gradient);
    Entry& entry = entry_of(node);
    Tensor& sum = entry.gradients[edge.output];
    if (!sum.defined()) {
      sum = std::move(gradient);
    } else if (!grad_enabled() && is_ours(*sum)) {
      run_in_place<Elementwise<Add>>({sum.body(), gradient.body()}, {default_params<Add>()});
    } else {
      sum = apply<Add>(sum, gradient);
    }
  }

  void walk() {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      const int index = heap_.back().entry;
      heap_.pop_back();
      Entry entry = std::move(entries_[static_cast<size_t>(index)]);
      unmark(entry);
      free_entries_.push_back(index);
      step(*entry.node, entry.gradients);
    }
    // A callback may queue another.
    for (size_t i = 0; i < callbacks_.size(); ++i) {
      const std::function<void()> callback = callbacks_[i];
      callback();
    }
  }

  std::vector<Tensor> take_captured() { return std::move(captured_); }

 private:
  struct Entry {
    NodePtr node;
    Gradients gradients;
  };
  struct Waiting {
    uint64_t sequence;
    int entry;
    bool operator<(const Waiting& other) const { return sequence < other.sequence; }
  };
  struct Capture {
    int output;
    size_t input;
  };

  // A node is marked with the run that has gradients for it. Where it is marked by another, which
  // is held up in a hook or in another thread, a map stands in.
  Entry& entry_of(Node& node) {
    if (node.run == this) return entries_[static_cast<size_t>(node.run_entry)];
    if (node.run) {
      const auto found = foreign_.find(&node);
      if (found != foreign_.end()) return entries_[static_cast<size_t>(found->second)];
    }
    int index;
    if (free_entries_.empty()) {
      index = static_cast<int>(entries_.size());
      entries_.emplace_back();
    } else {
      index = free_entries_.back();
      free_entries_.pop_back();
    }
    if (node.run) {
      foreign_[&node] = index;
    } else {
      node.run = this;
      node.run_entry = index;
    }
    Entry& entry = entries_[static_cast<size_t>(index)];
    entry.node = NodePtr(&node);
    entry.gradients = Gradients(node.output_count());
    heap_.push_back({node.sequence(), index});
    std::push_heap(heap_.begin(), heap_.end());
    return entry;
  }

  void unmark(const Entry& entry) {
    if (!entry.node) return;
    if (entry.node->run == this)
      entry.node->run = nullptr;
    else
      foreign_.erase(entry.node.get());
  }

  // Makes the gradient one of the tensor that it is for: summed over broadcast axes, of its dtype
  // and on its device.
  static void fit(const Node& node, int output, Tensor& gradient) {
    const OutputFacts& facts = node.output(output);
    if (gradient.shape() != facts.shape) gradient = sum_to(gradient, facts.shape);
    if (gradient.device() != facts.device) gradient = moved(gradient, facts.dtype, facts.device);
    if (gradient.dtype() != facts.dtype) gradient = to(gradient, facts.dtype);
  }

  static void check_shape(const Node& from, int index, const Edge& edge, const Tensor& gradient) {
    const Dims& expected = edge.node->output(edge.output).shape;
    if (gradient.shape() == expected || sums_to(gradient.shape(), expected)) return;
    fail<RuntimeError>("Function ", from.name(), " returned an invalid gradient at index ", index,
                       " - got ", list_text(gradient.shape()),
                       " but expected shape compatible with ", list_text(expected));
  }

  void step(Node& node, Gradients& gradients) {
    run_tensor_hooks(node, gradients);
    if (restricted_) {
      const auto captures = captures_.find(&node);
      if (captures != captures_.end()) {
        for (const Capture& capture : captures->second) {
          captured_[capture.input] = gradients[capture.output];
        }
      }
      if (!needed_.count(&node)) return;
    }
    Gradients results;
    if (NodeExtras* extras = node.known_extras()) [[unlikely]] {
      const auto before = extras->before, after = extras->after;
      Gradients nothing;
      for (const auto& hook : before) (*hook)(gradients, nothing);
      // Held twice, so that no rule writes over what hooks see.
      const std::vector<Tensor> held(gradients.begin(), gradients.end());
      results = node.backward(gradients);
      for (const auto& hook : after) (*hook)(results, gradients);
    } else if (node.picks() && add_part(node, gradients[0])) {
      return;
    } else {
      results = node.backward(gradients);
    }
    if (anomaly_mode().enabled) [[unlikely]]
      check_anomaly(node, results);
    if (!options_.retain_graph) node.release_saved();
    gradients = Gradients();
    const int count = std::min(results.size(), node.edge_count());
    for (int i = 0; i < count; ++i) {
      const Edge& edge = node.edge(i);
      if (!results[i].defined() || !wants(edge)) continue;
      check_shape(node, i, edge, results[i]);
      add(edge, std::move(results[i]));
    }
  }

  // Adds the gradient of some elements of a tensor into that of the whole tensor, so that parts
  // which are taken one by one share the zeros around them.
  bool add_part(const Node& node, const Tensor& gradient) {
    const Edge& edge = node.edge(0);
    if (grad_enabled() || anomaly_mode().enabled || !gradient.defined() || !wants(edge))
      return false;
    const OutputFacts& facts = edge.node->output(edge.output);
    if (facts.dtype != gradient.dtype() || facts.device != gradient.device()) return false;
    Tensor& sum = entry_of(*edge.node).gradients[edge.output];
    if (!sum.defined()) {
      sum = zeros(facts.shape, facts.dtype, facts.device);
      copy_(node.part_of(sum), gradient);
      return true;
    }
    if (!is_ours(*sum)) return false;
    run_in_place<Elementwise<Add>>({node.part_of(sum).body(), gradient.body()},
                                   {default_params<Add>()});
    return true;
  }

  bool wants(const Edge& edge) const {
    if (!edge.node) return false;
    return !restricted_ || wanted_.count(edge.node.get());
  }

  void run_tensor_hooks(Node& node, Gradients& gradients) {
    const auto call = [&](TensorHook& hook, int output) {
      if (!gradients[output].defined()) return;
      hook(gradients[output]);
      fit(node, output, gradients[output]);
    };
    if (TensorBody* leaf = node.leaf()) {
      TensorHistory* known = known_history(*leaf);
      if (!known || known->hooks.empty()) return;
      const auto hooks = known->hooks;
      for (const auto& hook : hooks) call(*hook, 0);
      return;
    }
    NodeExtras* extras = node.known_extras();
    if (!extras) return;
    const auto hooks = extras->output_hooks;
    for (const auto& hook : hooks) call(*hook.hook, hook.output);
    for (TensorHistory* retained : extras->retained) {
      const Tensor& gradient = gradients[retained->output];
      if (!gradient.defined()) continue;
      Tensor& kept = retained->owner->grad;
      kept = kept.defined() ? apply<Add>(kept, gradient) : clone(gradient);
    }
  }

  void restrict_to(const std::vector<Tensor>& inputs) {
    restricted_ = true;
    captured_.resize(inputs.size());
    lowest_ = ~uint64_t{0};
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Edge edge = gradient_edge(*inputs[i]);
      captures_[edge.node.get()].push_back({edge.output, i});
      if (edge.node->leaf() && options_.accumulate) needed_.insert(edge.node.get());
      lowest_ = std::min(lowest_, edge.node->sequence());
      targets_.push_back(edge.node);
    }
  }

  // Marks the nodes from which a target is reached: a depth-first walk with a stack of its own.
  void find_needed(const std::vector<Edge>& roots) {
    struct Visit {
      Node* node;
      int next_edge;
    };
    std::unordered_set<const Node*> seen;
    std::vector<Visit> stack;
    for (const Edge& root : roots) {
      if (root.node && seen.insert(root.node.get()).second) stack.push_back({root.node.get(), 0});
      while (!stack.empty()) {
        Visit& top = stack.back();
        if (top.next_edge < top.node->edge_count()) {
          Node* next = top.node->edge(top.next_edge++).node.get();
          if (next && next->sequence() >= lowest_ && seen.insert(next).second) {
            stack.push_back({next, 0});
          }
          continue;
        }
        for (int i = 0; i < top.node->edge_count(); ++i) {
          const Node* next = top.node->edge(i).node.get();
          if (next && (needed_.count(next) || captures_.count(next))) needed_.insert(top.node);
        }
        stack.pop_back();
      }
    }
    // What only leads to a target need not be run itself; is_needed() must still see it as wanted.
    wanted_ = needed_;
    for (const auto& [node, captures] : captures_) wanted_.insert(node);
    needed_nodes() = &wanted_;
  }

  const BackwardOptions& options_;
  const NeededNodes* before_;
  Callbacks callbacks_;
  Callbacks* callbacks_before_;
  NoGrad mode_;
  NoAutocast as_recorded_;
  std::vector<Waiting> heap_;
  std::vector<Entry> entries_;
  std::vector<int> free_entries_;
  std::unordered_map<const Node*, int> foreign_;

  bool restricted_ = false;
  uint64_t lowest_ = 0;
  NeededNodes needed_, wanted_;
  std::vector<NodePtr> targets_;
  std::unordered_map<const Node*, std::vector<Capture>> captures_;
  std::vector<Tensor> captured_;
};

namespace {
TAEDA_NEAR thread_local const NeededNodes* needed = nullptr;
}
const NeededNodes*& needed_nodes() { return needed; }

void queue_callback(std::function<void()> callback) {
  if (!running_callbacks) {
    fail<RuntimeError>(
        "queue_callback: Final callbacks can only be installed during backward pass.");
  }
  running_callbacks->push_back(std::move(callback));
}

bool runs_for_inputs() { return needed_nodes() != nullptr; }

std::vector<Tensor> run_backward(const std::vector<Tensor>& roots, std::vector<Tensor> gradients,
                                 const std::vector<Tensor>& inputs,
                                 const BackwardOptions& options) {
  std::vector<Edge> edges;
  edges.reserve(roots.size());
  for (const Tensor& root : roots) edges.push_back(gradient_edge(*root));
  Run run(options, edges, inputs);
  for (size_t i = 0; i < edges.size(); ++i) run.add(edges[i], std::move(gradients[i]));
  run.walk();
  return run.take_captured();
}

}  // namespace taeda::autograd
