// On which cores a thread may run.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <optional>

namespace taeda {

// How many this thread may use; zero where the system does not say.
inline int count_cores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

// In a virtual machine a core without work looks to the system as one that the host has taken away:
// it starts or wakes a thread on the core of the one that asks for it rather than there, and both
// share that core for ten milliseconds and more. So a thread is kept from that core until it runs.
class KeptFromCore {
 public:
  // Called by who will wake the thread.
  void keep(pthread_t thread, int core) {
    if (is_kept_ || pthread_getaffinity_np(thread, sizeof allowed_, &allowed_) != 0) return;
    const std::optional<cpu_set_t> set = others(allowed_, core);
    is_kept_ = set && pthread_setaffinity_np(thread, sizeof *set, &*set) == 0;
  }
  // Called by who starts a thread with these attributes.
  void keep(pthread_attr_t& attributes, int core) {
    if (sched_getaffinity(0, sizeof allowed_, &allowed_) != 0) return;
    const std::optional<cpu_set_t> set = others(allowed_, core);
    is_kept_ = set && pthread_attr_setaffinity_np(&attributes, sizeof *set, &*set) == 0;
  }
  // Called by the thread: it stays where it is, but may be moved again.
  void release() {
    if (is_kept_) pthread_setaffinity_np(pthread_self(), sizeof allowed_, &allowed_);
    is_kept_ = false;
  }

 private:
  // Of `allowed` all but this one; nothing where that would change nothing or leave none.
  static std::optional<cpu_set_t> others(const cpu_set_t& allowed, int core) {
    if (core < 0 || core >= CPU_SETSIZE || !CPU_ISSET(core, &allowed)) return std::nullopt;
    cpu_set_t others = allowed;
    CPU_CLR(core, &others);
    if (CPU_COUNT(&others) == 0) return std::nullopt;
    return others;
  }

  cpu_set_t allowed_;
  bool is_kept_ = false;
};

}  // namespace taeda
