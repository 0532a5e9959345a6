#include "taeda/kernels/parallel.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cores.h"
#include "parallel_loop.h"
#include "taeda/kernels/error.h"

namespace taeda {
namespace {

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

int default_threads() {
  if (const char* text = std::getenv("TAEDA_NUM_THREADS")) {
    const int count = std::atoi(text);
    if (count >= 1) return count;
  }
  if (const int cores = count_cores()) return cores;
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// What a worker is told when it starts.
struct Start {
  int place;
  KeptFromCore kept;
};

class Pool {
 public:
  // At most `wanted` workers share the loop with the caller.
  void run(Loop& loop, int64_t wanted, LoopLength length) {
    if (length == LoopLength::Short) {
      const int64_t awake = workers_ - asleep_.load(std::memory_order_relaxed);
      if (awake < wanted && ++missed_ < kMostMissed) wanted = awake;
    }
    wanted = std::min(wanted, kMostWorkers);
    if (workers_ < wanted) start_workers(wanted);
    wanted = std::min<int64_t>(wanted, workers_);
    if (wanted == 0) return loop.work(0);
    publish(loop, wanted);
    loop.work(0);
    withdraw();
  }

  // Only the thread that called fork lives on in the child: its workers are gone.
  void forget_workers() { new (this) Pool; }

  std::mutex& callers() { return callers_; }

 private:
  // To wake a worker costs what so many short loops gain by it: they go without.
  static constexpr int kMostMissed = 32;

  // What the workers watch: a number for each loop, how many may still take it up, and how many
  // have done so and not left it. The caller's bit asks the last of these to wake it.
  static constexpr uint64_t kInside = 1, kCallerSleeps = uint64_t{1} << 15;
  static constexpr uint64_t kSeat = uint64_t{1} << 16, kNumber = uint64_t{1} << 32;
  static constexpr int64_t kMostWorkers = kCallerSleeps - 1;
  static uint64_t inside(uint64_t state) { return state % kCallerSleeps; }
  static uint64_t seats(uint64_t state) { return state % kNumber / kSeat; }
  static uint64_t number(uint64_t state) { return state / kNumber; }

  void publish(Loop& loop, int64_t wanted) {
    loop_ = &loop;  // no worker reads it now: none is inside, and there is no seat
    const uint64_t last = number(state_.load(std::memory_order_relaxed));
    state_.store((last + 1) * kNumber + static_cast<uint64_t>(wanted) * kSeat);
    // A worker that is not counted yet looks at the state once more before it sleeps.
    if (workers_ - asleep_.load() >= wanted) return;
    missed_ = 0;
    const int core = sched_getcpu();
    {
      std::lock_guard lock(mutex_);
      // Which of more than that will wake is not known.
      if (static_cast<int64_t>(sleepers_.size()) <= wanted) {
        for (const Sleeper& sleeper : sleepers_) sleeper.kept->keep(sleeper.thread, core);
      }
    }
    if (wanted == 1)
      wake_.notify_one();
    else
      wake_.notify_all();
  }

  // Ends what publish began: nobody else takes the loop up, and those inside are in their last
  // block.
  void withdraw() {
    const auto empty = [&] { return inside(state_.load(std::memory_order_acquire)) == 0; };
    state_.fetch_and(~(kNumber - kSeat), std::memory_order_relaxed);
    if (spin_until(empty)) return;
    std::unique_lock lock(mutex_);
    state_.fetch_or(kCallerSleeps, std::memory_order_relaxed);
    done_.wait(lock, empty);
  }

  void start_workers(int64_t count) {
    const int core = sched_getcpu();
    for (; workers_ < count; ++workers_) {
      pthread_attr_t attributes;
      if (pthread_attr_init(&attributes) != 0) return;
      pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
      auto start = std::make_unique<Start>(Start{workers_ + 1, {}});
      start->kept.keep(attributes, core);
      pthread_t thread;
      const bool started = pthread_create(&thread, &attributes, &Pool::begin, start.get()) == 0;
      pthread_attr_destroy(&attributes);
      if (!started) return;  // without it: the loop has fewer threads
      start.release();
    }
  }

  static void* begin(void* start);

  void work(int place) {
    KeptFromCore kept;
    uint64_t seen = 0;
    const auto is_new = [&] { return number(state_.load(std::memory_order_acquire)) != seen; };
    for (;;) {
      if (!spin_until(is_new)) sleep_until_new(seen, kept);
      uint64_t state = state_.load(std::memory_order_acquire);
      seen = number(state);
      while (number(state) == seen && seats(state) > 0) {
        if (!state_.compare_exchange_weak(state, state - kSeat + kInside)) continue;
        loop_->work(place);
        leave();
        break;
      }
    }
  }

  void sleep_until_new(uint64_t seen, KeptFromCore& kept) {
    std::unique_lock lock(mutex_);
    const Sleeper self{pthread_self(), &kept};
    sleepers_.push_back(self);
    asleep_.fetch_add(1);
    wake_.wait(lock, [&] { return number(state_.load()) != seen; });
    asleep_.fetch_sub(1);
    std::erase_if(sleepers_, [&](const Sleeper& sleeper) { return sleeper.kept == &kept; });
    kept.release();
  }

  void leave() {
    const uint64_t before = state_.fetch_sub(kInside, std::memory_order_acq_rel);
    if (inside(before) != 1 || (before & kCallerSleeps) == 0) return;
    std::lock_guard lock(mutex_);
    done_.notify_all();
  }

  struct Sleeper {
    pthread_t thread;
    KeptFromCore* kept;
  };

  // A line of the caches for what goes to and fro with each loop.
  alignas(64) std::atomic<uint64_t> state_{0};
  Loop* loop_ = nullptr;

  alignas(64) std::mutex callers_;  // one loop at a time; others run their own serially
  int workers_ = 0;
  int missed_ = 0;  // short loops since workers were woken last
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::vector<Sleeper> sleepers_;
  std::atomic<int> asleep_{0};
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

void* Pool::begin(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  start->kept.release();
  pool().work(start->place);
  return nullptr;
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
      for (int64_t first = 0; first < blocks; first += Loop::kMostBlocks) {
        const int64_t count = std::min(blocks - first, Loop::kMostBlocks);
        const int64_t taking = std::min<int64_t>(threads, count);
        Loop loop(run, context, first, count, taking);
        pool().run(loop, taking - 1, length);
        loop.rethrow_failure();
      }
      return;
    }
  }
  for (int64_t block = 0; block < blocks; ++block) run(context, block);
}

}  // namespace detail
}  // namespace taeda
