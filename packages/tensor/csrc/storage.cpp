#include "taeda/tensor/storage.h"

#include <new>

#include "taeda/kernels/allocator.h"
#include "taeda/kernels/registry.h"
#include "taeda/tensor/grad_mode.h"

namespace taeda {
namespace {

// Small tensors are many: header and data in one block save an allocation each.
constexpr int64_t kBehindHeader = 4096;
constexpr int64_t kHeaderBytes = (sizeof(Storage) + kAlignment - 1) / kAlignment * kAlignment;
void (*write_watcher)(const Storage& storage, const char* writer) = nullptr;
std::atomic<int> inference_threads{0};  // so that others need not ask for the mode of their thread

}  // namespace

Storage::Storage() {
  if (inference_threads.load(std::memory_order_relaxed) > 0) inference_ = inference_enabled();
}
void Storage::count_inference_mode(int change) { inference_threads += change; }

void Storage::install_watcher(void (*watcher)(const Storage& storage, const char* writer)) {
  write_watcher = watcher;
}
void Storage::tell_watcher(const char* writer) {
  if (write_watcher) write_watcher(*this, writer);
}

Storage* Storage::allocate(int64_t bytes, Device device) {
  if (device.type == DeviceType::CPU && bytes <= kBehindHeader) {
    void* block = taeda::allocate(static_cast<size_t>(kHeaderBytes + bytes));
    auto* storage = new (block) Storage;
    storage->data_ = static_cast<char*>(block) + kHeaderBytes;
    storage->bytes_ = bytes;
    storage->behind_header_ = true;
    return storage;
  }
  const MemoryKernels& memory = kernels(device).memory;
  void* data = memory.allocate(static_cast<size_t>(bytes), device.index);
  auto* storage = new (taeda::allocate(kHeaderBytes)) Storage;
  storage->data_ = data;
  storage->bytes_ = bytes;
  storage->device_ = device;
  return storage;
}

Storage* Storage::adopt(void* data, int64_t bytes, Device device, bool writable,
                        std::function<void()> release) {
  auto* storage = new (taeda::allocate(kHeaderBytes)) Storage;
  storage->data_ = data;
  storage->bytes_ = bytes;
  storage->device_ = device;
  storage->writable_ = writable;
  storage->adopted_ = true;
  storage->on_release_ = new std::function<void()>(std::move(release));
  return storage;
}

void Storage::destroy() {
  if (adopted_) {
    (*on_release_)();
    delete on_release_;
  } else if (!behind_header_) {
    kernels(device_).memory.deallocate(data_, static_cast<size_t>(bytes_), device_.index);
  }
  const int64_t block_bytes = kHeaderBytes + (behind_header_ ? bytes_ : 0);
  this->~Storage();
  taeda::deallocate(this, static_cast<size_t>(block_bytes));
}

}  // namespace taeda
