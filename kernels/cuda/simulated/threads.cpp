// Compiled without the sanitizer: it must not see how its threads are switched.
#ifdef TAEDA_RACECHECK
#define __SANITIZE_THREAD__ 1
#endif
#include "threads.h"

#ifdef __SANITIZE_THREAD__

#include <ucontext.h>

#include <array>
#include <memory>

extern "C" {
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}

namespace taeda::cuda::simulated {
namespace {

// Whether the one that is switched to knows what the other has done.
enum Meeting : unsigned { Meets = 0, PassesBy = 1 };

constexpr size_t kStackBytes = size_t{1} << 17;

// A thread of the sanitizer. It runs what it is told and gives control back.
class Fiber {
 public:
  Fiber() : tsan_(__tsan_create_fiber(0)), stack_(std::make_unique<char[]>(kStackBytes)) {
    getcontext(&here_);
    here_.uc_stack.ss_sp = stack_.get();
    here_.uc_stack.ss_size = kStackBytes;
    makecontext(&here_, &Fiber::live, 0);
  }

  void run(Meeting before, Meeting after, Call call, void* what, int64_t number) {
    call_ = call;
    what_ = what;
    number_ = number;
    after_ = after;
    caller_ = __tsan_get_current_fiber();
    entered_ = this;
    __tsan_switch_to_fiber(tsan_, before);
    swapcontext(&there_, &here_);
  }
  // It learns what the caller has done, or the caller what it has; it runs nothing.
  void take() { pass(Meets, PassesBy); }
  void give() { pass(PassesBy, Meets); }

 private:
  void pass(Meeting before, Meeting after) {
    void* const caller = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tsan_, before);
    __tsan_switch_to_fiber(caller, after);
  }
  static void live() {
    Fiber* const me = entered_;
    while (true) {
      me->call_(me->what_, me->number_);
      __tsan_switch_to_fiber(me->caller_, me->after_);
      swapcontext(&me->here_, &me->there_);
    }
  }

  static thread_local Fiber* entered_;
  void *tsan_, *caller_ = nullptr, *what_ = nullptr;
  std::unique_ptr<char[]> stack_;
  ucontext_t here_, there_;
  Call call_ = nullptr;
  int64_t number_ = 0;
  Meeting after_ = PassesBy;
};
thread_local Fiber* Fiber::entered_ = nullptr;

struct Group {
  Fiber block;
  std::array<Fiber, kThreads> threads;
};
std::array<Group, 2>& groups() {
  static thread_local auto* const made = new std::array<Group, 2>;
  return *made;
}
thread_local Group* working = nullptr;

}  // namespace

void run_step(bool down, Call call, void* step) {
  Group& group = *working;
  for (Fiber& thread : group.threads) thread.take();
  for (int i = 0; i < kThreads; ++i) {
    const int number = down ? kThreads - 1 - i : i;
    group.threads[static_cast<size_t>(number)].run(PassesBy, Meets, call, step, number);
  }
}

void run_items(int64_t items, int64_t stride, Call call, void* body) {
  static thread_local auto* const fibers = new std::array<Fiber, 8>;
  for (Fiber& fiber : *fibers) fiber.take();
  for (int64_t start = stride - 1; start >= 0; --start) {
    for (int64_t i = start; i < items; i += stride) {
      // Neighbours, and those a power of two apart, are by different threads.
      const auto by = static_cast<size_t>(i ^ i >> 3 ^ i >> 6) % fibers->size();
      (*fibers)[by].run(PassesBy, PassesBy, call, body, i);
    }
  }
  for (Fiber& fiber : *fibers) fiber.give();
}

void run_blocks(int64_t items, int64_t stride, Call call, void* body) {
  int64_t count = 0;
  std::array<Group, 2>& both = groups();
  for (Group& group : both) group.block.take();
  for (int64_t start = stride - 1; start >= 0; --start) {
    for (int64_t item = start; item < items; item += stride) {
      const int64_t which = count++ % 2;
      working = &both[static_cast<size_t>(which)];
      working->block.run(PassesBy, PassesBy, call, body, 2 * item + which);
    }
  }
  for (Group& group : both) group.block.give();
}

}  // namespace taeda::cuda::simulated

#endif
