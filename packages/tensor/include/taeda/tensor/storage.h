// Storage: the memory that a tensor and its views share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "taeda/kernels/device.h"
#include "taeda/kernels/export.h"

namespace taeda {

// Reference-counted by the tensors that see it. The version goes up with each in-place write, so
// that autograd can tell that a saved tensor has changed.
class TAEDA_API Storage {
 public:
  // Uninitialised memory of this size on the device. Up to a few kilobytes lie behind the header
  // itself.
  static Storage* allocate(int64_t bytes, Device device);
  // Memory of somebody else; `release` is called when the last tensor is gone.
  static Storage* adopt(void* data, int64_t bytes, Device device, bool writable,
                        std::function<void()> release);

  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  void* data() const { return data_; }
  int64_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  bool writable() const { return writable_; }
  // Made in inference mode: neither written to outside of it nor kept for backward.
  bool is_inference() const { return inference_; }
  // One more thread, or one less, is in inference mode.
  static void count_inference_mode(int change);

  uint32_t version() const { return version_; }
  // `writer` names the operation that has written.
  void bump_version(const char* writer) {
    ++version_;
    if (watchers_ > 0) [[unlikely]]
      tell_watcher(writer);
  }
  // While autograd keeps a tensor of this memory, it wants to know who writes into it.
  void watch() { ++watchers_; }
  bool unwatch() { return --watchers_ == 0; }  // whether nobody is left
  // Autograd does not own what it watches: where a tensor is given other memory, the old one stays
  // until the last watcher calls `let_go`.
  void keep_while_watched() {
    if (watchers_ == 0 || kept_) return;
    kept_ = true;
    retain();
  }
  void let_go() {
    if (std::exchange(kept_, false)) release();
  }
  static void install_watcher(void (*watcher)(const Storage& storage, const char* writer));

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }
  int references() const { return references_.load(std::memory_order_relaxed); }

 private:
  Storage();
  ~Storage() = default;
  void destroy();
  void tell_watcher(const char* writer);

  void* data_ = nullptr;
  int64_t bytes_ = 0;
  std::atomic<int> references_{1};
  uint32_t version_ = 0;
  int watchers_ = 0;
  Device device_;
  bool writable_ = true;
  bool adopted_ = false;
  bool behind_header_ = false;
  bool inference_ = false;
  bool kept_ = false;
  std::function<void()>* on_release_ = nullptr;
};

// Owns one reference.
class StoragePtr {
 public:
  StoragePtr() = default;
  explicit StoragePtr(Storage* owned) : storage_(owned) {}
  StoragePtr(const StoragePtr& other) : storage_(other.storage_) {
    if (storage_) storage_->retain();
  }
  StoragePtr(StoragePtr&& other) noexcept : storage_(std::exchange(other.storage_, nullptr)) {}
  StoragePtr& operator=(StoragePtr other) noexcept {
    std::swap(storage_, other.storage_);
    return *this;
  }
  ~StoragePtr() {
    if (storage_) storage_->release();
  }
  Storage* operator->() const { return storage_; }
  Storage* get() const { return storage_; }
  explicit operator bool() const { return storage_ != nullptr; }

 private:
  Storage* storage_ = nullptr;
};

}  // namespace taeda
