#include "taeda/autograd/saved_tensor.h"

#include <unordered_map>

#include "taeda/autograd/history.h"
#include "taeda/tensor/grad_mode.h"

namespace taeda::autograd {
namespace {

// Who has written last into memory of which a saved tensor is still held.
struct Write {
  const char* operation;
  SourceLocation location;
};
std::unordered_map<const Storage*, Write>& writes() {
  static auto* map = new std::unordered_map<const Storage*, Write>;
  return *map;
}

void note_write(const Storage& storage, const char* operation) {
  writes()[&storage] = {operation, SourceLocation::here()};
}

TAEDA_NEAR thread_local PackTensor pack_tensor = nullptr;

std::string at(const SourceLocation& location) {
  const std::string text = location.text();
  return text.empty() ? text : " at " + text;
}

Tensor with_history(const Tensor& tensor, const NodePtr& node, int output) {
  if (!node) return tensor;
  Tensor joined = alias(*tensor);
  set_history(*joined, node, output);
  return joined;
}

}  // namespace

void set_pack_tensor(PackTensor pack) { pack_tensor = pack; }

SavedTensor::SavedTensor(const Tensor& tensor, bool is_output) : is_output_(is_output) {
  if (!tensor.defined()) return;
  if (pack_tensor) [[unlikely]] {
    const PackTensor pack = pack_tensor;
    packed_ = pack(is_output ? alias(*tensor) : tensor);
    if (!is_output) packed_->edge = gradient_edge(*tensor);
    return;
  }
  static const bool watching = (Storage::install_watcher(note_write), true);
  (void)watching;
  tensor_ = is_output ? alias(*tensor) : tensor;
  storage_ = &tensor->storage();
  storage_->watch();
  version_ = storage_->version();
}

SavedTensor::SavedTensor(SavedTensor&& other) noexcept { *this = std::move(other); }

SavedTensor& SavedTensor::operator=(SavedTensor&& other) noexcept {
  std::swap(tensor_, other.tensor_);
  std::swap(packed_, other.packed_);
  std::swap(storage_, other.storage_);
  std::swap(version_, other.version_);
  std::swap(is_output_, other.is_output_);
  std::swap(released_, other.released_);
  return *this;
}

void SavedTensor::release() {
  released_ = true;
  packed_.reset();
  if (Storage* storage = std::exchange(storage_, nullptr)) {
    if (storage->unwatch()) {
      if (!writes().empty()) writes().erase(storage);
      storage->let_go();
    }
  }
  tensor_.reset();
}

Tensor SavedTensor::unpack(const Node& node, int output) const {
  if (released_) {
    fail<RuntimeError>(node.operation_name(),
                       ": Trying to backward through the graph a second time", at(node.location()),
                       ": the tensors saved for it were freed by the first backward; pass "
                       "retain_graph=True to the first one to keep them");
  }
  if (packed_) {
    const Tensor tensor = packed_->unpack();
    if (!grad_enabled()) return tensor;
    return is_output_ ? with_history(tensor, NodePtr(const_cast<Node*>(&node)), output)
                      : with_history(tensor, packed_->edge.node, packed_->edge.output);
  }
  if (!tensor_.defined()) return {};
  if (storage_ != &tensor_->storage() || version_ != storage_->version()) fail_changed(node);
  if (!is_output_ || !grad_enabled()) return tensor_;
  return with_history(tensor_, NodePtr(const_cast<Node*>(&node)), output);
}

void SavedTensor::fail_changed(const Node& node) const {
  if (storage_ != &tensor_->storage()) {
    fail<RuntimeError>(
        node.operation_name(),
        ": one of the variables needed for gradient computation has been given other memory: the "
        "input of ",
        node.operation_name(), at(node.location()), " (", tensor_.dtype(), " of shape ",
        tensor_.shape(), ") was saved before an assignment to its .data; assign after backward");
  }
  const auto found = writes().find(storage_);
  const std::string writer = found == writes().end()
                                 ? std::string("an unknown operation")
                                 : found->second.operation + at(found->second.location);
  fail<RuntimeError>(
      node.operation_name(),
      ": one of the variables needed for gradient computation has been modified by an "
      "inplace operation: the ",
      is_output_ ? "result" : "input", " of ", node.operation_name(), at(node.location()), " (",
      tensor_.dtype(), " of shape ", tensor_.shape(), ") was saved at version ", version_,
      " and is at version ", storage_->version(), ", written by ", writer,
      "; clone() the tensor before the write");
}

}  // namespace taeda::autograd
