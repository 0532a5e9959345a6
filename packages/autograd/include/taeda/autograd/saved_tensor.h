// SavedTensor: a tensor kept for backward, which notices when it has been changed in the meantime.
#pragma once

#include <memory>

#include "taeda/autograd/node.h"

namespace taeda::autograd {

// What saved_tensors_hooks made of a tensor.
class PackedTensor {
 public:
  virtual ~PackedTensor() = default;
  virtual Tensor unpack() const = 0;

  Edge edge;  // to the history of the tensor, which a packed one has lost
};
// Called for every tensor that is saved, thread by thread; null where tensors are kept as they are.
using PackTensor = std::unique_ptr<PackedTensor> (*)(const Tensor& tensor);
TAEDA_API void set_pack_tensor(PackTensor pack);

class TAEDA_API SavedTensor {
 public:
  SavedTensor() = default;
  // An output of the node that saves it is kept without its history, which would hold the node.
  SavedTensor(const Tensor& tensor, bool is_output);
  SavedTensor(SavedTensor&& other) noexcept;
  SavedTensor& operator=(SavedTensor&& other) noexcept;
  ~SavedTensor() { release(); }

  // The tensor; of an output, one with the history of being output `output` of `node`. RuntimeError
  // where it has changed or has been released.
  Tensor unpack(const Node& node, int output = 0) const;
  void release();
  // The operation that saves the tensor has written into its memory already.
  void expect_version_before_write() { --version_; }

 private:
  [[noreturn]] void fail_changed(const Node& node) const;

  Tensor tensor_;
  std::unique_ptr<PackedTensor> packed_;
  Storage* storage_ = nullptr;  // watched for writes
  uint32_t version_ = 0;
  bool is_output_ = false;
  bool released_ = false;
};

}  // namespace taeda::autograd
