#include "taeda/kernels/parallel.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "taeda/kernels/error.h"

namespace taeda {
namespace {

thread_local bool inside_block = false;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits a while for what is about to happen, since a wake-up costs 30 us and more where cores are
// virtual. The first microseconds are for the fastest answer; after them any other thread of the
// machine that could use the core gets it.
template <class Happened>
bool spin_until(Happened&& happened) {
  constexpr int kEager = 2000;   // pauses: about 20 us
  constexpr int kPatient = 600;  // yields with pauses between: about 0.8 ms
  for (int spin = 0; spin < kEager; ++spin) {
    if (happened()) return true;
    relax();
  }
  for (int spin = 0; spin < kPatient; ++spin) {
    sched_yield();
    for (int pause = 0; pause < 30; ++pause) {
      if (happened()) return true;
      relax();
    }
  }
  return happened();
}

// One parallel loop. The blocks are dealt in runs, one a thread, so that a thread meets the part of
// an array that it wrote in the loop before and that its caches still hold. Who is done with its
// own run helps with the others': a worker that the system has put aside, or has not yet woken,
// delays the loop by no more than the block it holds.
struct Loop {
  static constexpr int kMostRuns = 64;
  // Blocks [next, end), on a cache line of their own.
  struct alignas(64) Run {
    std::atomic<int64_t> next;
    int64_t end;
  };

  Loop(void (*run)(void*, int64_t), void* context, int64_t blocks, int64_t threads)
      : run(run), context(context), count(static_cast<int>(std::min<int64_t>(threads, kMostRuns))) {
    const int64_t length = blocks / count, longer = blocks % count;
    int64_t begin = 0;
    for (int index = 0; index < count; ++index) {
      runs[index].next.store(begin, std::memory_order_relaxed);
      runs[index].end = begin += length + (index < longer);
    }
  }

  void (*run)(void*, int64_t);
  void* context;
  int count;
  Run runs[kMostRuns];
  std::atomic<int> inside{0};  // workers that have taken the loop up and not left it
  int64_t seats = 0;           // how many more may take it up
  std::mutex failure_mutex;
  std::exception_ptr failure;

  // `place` is the same for a thread in every loop: 0 for the caller.
  void work(int place) {
    inside_block = true;
    for (int step = 0; step < count; ++step) finish(runs[(place + step) % count]);
    inside_block = false;
  }

 private:
  void finish(Run& own) {
    for (;;) {
      const int64_t block = own.next.fetch_add(1, std::memory_order_relaxed);
      if (block >= own.end) return;
      try {
        run(context, block);
      } catch (...) {
        std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        for (int index = 0; index < count; ++index)
          runs[index].next.store(runs[index].end, std::memory_order_relaxed);
      }
    }
  }
};

int default_threads() {
  if (const char* text = std::getenv("TAEDA_NUM_THREADS")) {
    const int count = std::atoi(text);
    if (count >= 1) return count;
  }
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// A worker that sleeps. In a virtual machine a core without work looks to the system as one that
// the host has taken away: it wakes a thread on the core of its waker rather than there, and both
// share that core for some ten milliseconds. So a worker is kept from its waker's core until it
// runs.
class Sleeper {
 public:
  // Called by the waker, before it wakes the worker.
  void keep_from(int core) {
    if (is_kept_ || core < 0) return;
    if (pthread_getaffinity_np(thread_, sizeof allowed_, &allowed_) != 0) return;
    cpu_set_t others = allowed_;
    CPU_CLR(core, &others);
    if (CPU_COUNT(&others) == 0 || CPU_COUNT(&others) == CPU_COUNT(&allowed_)) return;
    is_kept_ = pthread_setaffinity_np(thread_, sizeof others, &others) == 0;
  }
  // Called by the worker: it stays where it is, but may be moved again.
  void release() {
    if (is_kept_) pthread_setaffinity_np(thread_, sizeof allowed_, &allowed_);
    is_kept_ = false;
  }

 private:
  pthread_t thread_ = pthread_self();
  cpu_set_t allowed_;
  bool is_kept_ = false;
};

class Pool {
 public:
  // At most `wanted` workers share the loop with the caller.
  void run(Loop& loop, int64_t wanted, LoopLength length) {
    const bool wakes = publish(loop, wanted, length);
    if (wakes && wanted == 1)
      wake_.notify_one();
    else if (wakes)
      wake_.notify_all();
    loop.work(0);
    {
      std::lock_guard lock(mutex_);
      current_ = nullptr;  // nobody else takes it up from here on
    }
    // Those inside are in their last block.
    if (spin_until([&] { return loop.inside.load(std::memory_order_acquire) == 0; })) return;
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return loop.inside.load(std::memory_order_acquire) == 0; });
  }

  // Only the thread that called fork lives on in the child: its workers are gone.
  void forget_workers() { new (this) Pool; }

  std::mutex& callers() { return callers_; }

 private:
  // To wake a worker costs what so many short loops gain by it: they go without.
  static constexpr int kMostMissed = 32;

  // Offers the loop to the workers. Whether sleepers are to be woken for it.
  bool publish(Loop& loop, int64_t wanted, LoopLength length) {
    std::lock_guard lock(mutex_);
    const int64_t awake = workers_ - static_cast<int64_t>(sleepers_.size());
    if (length == LoopLength::Short && awake < wanted && ++missed_ < kMostMissed) wanted = awake;
    if (wanted == 0) return false;
    const bool wakes = awake < wanted;
    if (wakes) {
      missed_ = 0;
      ensure_workers(wanted);
      // Which of more than that will wake is not known.
      if (static_cast<int64_t>(sleepers_.size()) <= wanted) {
        const int core = sched_getcpu();
        for (Sleeper* sleeper : sleepers_) sleeper->keep_from(core);
      }
    }
    loop.seats = wanted;
    current_ = &loop;
    ++generation_;
    published_.store(generation_, std::memory_order_release);
    return wakes;
  }

  void ensure_workers(int64_t count) {
    while (static_cast<int64_t>(workers_) < count) {
      const int place = static_cast<int>(++workers_);
      std::thread([this, place] { worker(place); }).detach();
    }
  }

  void worker(int place) {
    Sleeper self;
    uint64_t seen = 0;
    for (;;) {
      Loop* loop = nullptr;
      spin_until([&] { return published_.load(std::memory_order_acquire) != seen; });
      {
        std::unique_lock lock(mutex_);
        if (generation_ == seen) {
          sleepers_.push_back(&self);
          wake_.wait(lock, [&] { return generation_ != seen; });
          std::erase(sleepers_, &self);
          self.release();
        }
        seen = generation_;
        loop = current_ && current_->seats > 0 ? current_ : nullptr;
        if (loop) {
          --loop->seats;
          loop->inside.fetch_add(1, std::memory_order_relaxed);
        }
      }
      if (!loop) continue;
      loop->work(place);
      std::lock_guard lock(mutex_);
      if (loop->inside.fetch_sub(1, std::memory_order_release) == 1) done_.notify_all();
    }
  }

  std::mutex callers_;  // one loop at a time; others run their own serially
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::atomic<uint64_t> published_{0};
  uint64_t generation_ = 0;
  Loop* current_ = nullptr;
  std::vector<Sleeper*> sleepers_;
  int workers_ = 0;
  int missed_ = 0;  // short loops since workers were woken last
};

// Never destroyed: detached workers may outlive static destruction.
alignas(Pool) unsigned char pool_memory[sizeof(Pool)];

Pool& pool() {
  static Pool* instance = [] {
    Pool* created = new (pool_memory) Pool;
    pthread_atfork(nullptr, nullptr, [] { pool().forget_workers(); });
    return created;
  }();
  return *instance;
}

std::atomic<int>& thread_count() {
  static std::atomic<int> count{default_threads()};
  return count;
}

}  // namespace

int num_threads() { return thread_count().load(std::memory_order_relaxed); }

void set_num_threads(int count) {
  if (count < 1) fail<ValueError>("set_num_threads: the count must be at least 1, got ", count);
  thread_count().store(count);
}

bool in_parallel() { return inside_block; }

namespace detail {

void parallel_run(int64_t blocks, LoopLength length, void (*run)(void*, int64_t), void* context) {
  const int threads = num_threads();
  if (threads > 1 && blocks > 1 && !inside_block) {
    std::unique_lock only(pool().callers(), std::try_to_lock);
    if (only.owns_lock()) {
      const int64_t taking = std::min<int64_t>(threads, blocks);
      Loop loop(run, context, blocks, taking);
      pool().run(loop, taking - 1, length);
      if (loop.failure) std::rethrow_exception(loop.failure);
      return;
    }
  }
  for (int64_t block = 0; block < blocks; ++block) run(context, block);
}

}  // namespace detail
}  // namespace taeda
