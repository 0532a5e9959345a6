// Reference counts that Python takes over: an object of both languages has one count, and one
// Python object for life.
#pragma once

#include <atomic>
#include <cstdint>

#include "taeda/kernels/export.h"

namespace taeda {

// Counted here until a Python object stands for it; from then on that object's own count is the
// only one, and the object deletes what it stands for.
class TAEDA_API Counted {
 public:
  // What the Python module offers; null while there is none.
  struct Owners {
    void (*increase)(void* object) noexcept;
    void (*decrease)(void* object) noexcept;
    int64_t (*count)(void* object) noexcept;
  };
  static void install_owners(const Owners& owners);

  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  void retain() const noexcept {
    uintptr_t state = state_.load(std::memory_order_relaxed);
    while (state & 1) {
      if (state_.compare_exchange_weak(state, state + 2, std::memory_order_relaxed)) return;
    }
    owners_.increase(reinterpret_cast<void*>(state));
  }
  // Whether that was the last reference of an object that C++ owns: the caller deletes it.
  [[nodiscard]] bool release() const noexcept {
    uintptr_t state = state_.load(std::memory_order_relaxed);
    while (state & 1) {
      if (state_.compare_exchange_weak(state, state - 2, std::memory_order_acq_rel)) {
        return state == 3;
      }
    }
    owners_.decrease(reinterpret_cast<void*>(state));
    return false;
  }
  int64_t references() const noexcept {
    const uintptr_t state = state_.load(std::memory_order_relaxed);
    return state & 1 ? static_cast<int64_t>(state >> 1)
                     : owners_.count(reinterpret_cast<void*>(state));
  }

  // The Python object, null where there is none yet.
  void* owner() const noexcept {
    const uintptr_t state = state_.load(std::memory_order_relaxed);
    return state & 1 ? nullptr : reinterpret_cast<void*>(state);
  }
  // Hands the references over to the object, which holds one more of its own.
  void set_owner(void* object) const noexcept;
  // The same where there are none yet.
  void born_in(void* object) const noexcept {
    state_.store(reinterpret_cast<uintptr_t>(object), std::memory_order_relaxed);
  }

 protected:
  ~Counted() = default;

 private:
  static Owners owners_;
  // 2 * count + 1, or the address of the owner.
  mutable std::atomic<uintptr_t> state_{1};
};

}  // namespace taeda
