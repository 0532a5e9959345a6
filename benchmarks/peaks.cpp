// The limits of this machine: fused multiply-adds a second in registers, bytes copied a second in
// memory, seconds in which a line of the caches goes to another core and back.
//
// `peaks THREADS` reads names of limits, a line each, and answers each with a number; 0 for one
// that this machine does not have. Compiled with -march=native by benchmarks/peaks.py.

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#ifdef __AVX512F__
#include <immintrin.h>
#endif
#ifdef __linux__
#include <pthread.h>
#include <sched.h>
#endif
#ifdef __AMX_BF16__
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#endif

namespace {

using Clock = std::chrono::steady_clock;

#if defined(__AVX512F__)
constexpr std::size_t vector_bytes = 64;
#elif defined(__AVX__)
constexpr std::size_t vector_bytes = 32;
#else
constexpr std::size_t vector_bytes = 16;
#endif

// Enough independent sums to hide the latency of two units, few enough for 16 registers.
constexpr int sums = 12;
constexpr int repeats = 8;

// The times of a piece of work that all threads do at once, the shortest first.
template <class Work>
std::vector<double> seconds(int threads, Work work) {
  std::vector<double> times;
  Clock::time_point start;
  std::barrier begin(threads, [&]() noexcept { start = Clock::now(); });
  std::barrier end(threads, [&]() noexcept {
    const std::chrono::duration<double> elapsed = Clock::now() - start;
    times.push_back(elapsed.count());
  });
  std::vector<std::jthread> team;
  for (int thread = 0; thread < threads; ++thread) {
    team.emplace_back([&, thread] {
      for (int repeat = 0; repeat < repeats; ++repeat) {
        begin.arrive_and_wait();
        work(thread);
        end.arrive_and_wait();
      }
    });
  }
  team.clear();
  std::sort(times.begin(), times.end());
  return times;
}

// Keeps a value in a register and hides from the compiler what it is.
template <class V>
inline void opaque(V& value) {
#if defined(__x86_64__)
  asm volatile("" : "+x"(value));
#else
  asm volatile("" : "+w"(value));
#endif
}

// Calls `step` with the place of every sum: written out, so that the sums stay in registers.
template <class Step>
inline void each_sum(Step step) {
  [&]<std::size_t... place>(std::index_sequence<place...>) {
    (step(place), ...);
  }(std::make_index_sequence<sums>());
}

constexpr int rounds = 1'000'000;

template <class T>
void multiply_add() {
  using V [[gnu::vector_size(vector_bytes)]] = T;
  V sum[sums] = {};
  each_sum([&](std::size_t place) { opaque(sum[place]); });
  V factor = V{} + T(0.5);
  V term = V{} + T(0.25);
  opaque(factor);
  opaque(term);
  for (int round = 0; round < rounds; ++round) {
    each_sum([&](std::size_t place) { sum[place] = sum[place] * factor + term; });
  }
  each_sum([&](std::size_t place) { opaque(sum[place]); });
}

template <class T>
double multiply_add_peak(int threads) {
  const double operations = 2.0 * rounds * sums * (vector_bytes / sizeof(T)) * threads;
  return operations / seconds(threads, [](int) { multiply_add<T>(); }).front();
}

#ifdef __AVX512BF16__
// Pairs of bfloat16 products added to float32 sums.
void bf16_dot() {
  __m512 sum[sums] = {};
  each_sum([&](std::size_t place) { opaque(sum[place]); });
  __m512 pairs = _mm512_set1_ps(0.25f);
  opaque(pairs);
  for (int round = 0; round < rounds; ++round) {
    const __m512bh factor = reinterpret_cast<__m512bh>(pairs);
    each_sum([&](std::size_t place) { sum[place] = _mm512_dpbf16_ps(sum[place], factor, factor); });
  }
  each_sum([&](std::size_t place) { opaque(sum[place]); });
}

double bf16_dot_peak(int threads) {
  const double operations = 4.0 * rounds * sums * 16 * threads;
  return operations / seconds(threads, [](int) { bf16_dot(); }).front();
}
#endif

#ifdef __AMX_BF16__
// The same in tile registers: products of 16 x 32 by 32 x 16, four independent sums of them.
constexpr int tile_rounds = rounds / 50;

void bf16_tiles() {
  struct alignas(64) {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t row_bytes[16] = {};
    std::uint8_t rows[16] = {};
  } shapes;
  std::fill_n(shapes.row_bytes, 6, std::uint16_t{64});
  std::fill_n(shapes.rows, 6, std::uint8_t{16});
  _tile_loadconfig(&shapes);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  for (int round = 0; round < tile_rounds; ++round) {
    _tile_dpbf16ps(0, 4, 5);
    _tile_dpbf16ps(1, 4, 5);
    _tile_dpbf16ps(2, 4, 5);
    _tile_dpbf16ps(3, 4, 5);
  }
  _tile_release();
}

// 0 where the system does not lend the registers.
double bf16_tile_peak(int threads) {
  constexpr long request_permission = 0x1023, tile_data = 18;
  if (syscall(SYS_arch_prctl, request_permission, tile_data) != 0) return 0;
  const double operations = 4.0 * tile_rounds * (2 * 16 * 16 * 32) * threads;
  return operations / seconds(threads, [](int) { bf16_tiles(); }).front();
}
#endif

// Past the caches, not so far that a small machine runs out of memory.
constexpr std::size_t block = std::size_t(1) << 27;

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};
using Block = std::unique_ptr<char[], Free>;

Block touched_block() {
  Block memory(static_cast<char*>(std::aligned_alloc(4096, block)));
  if (!memory) {
    std::fputs("peaks: no memory for the copy\n", stderr);
    std::exit(1);
  }
  std::memset(memory.get(), 1, block);
  return memory;
}

void stream(char* to, const char* from, std::size_t size) {
#ifdef __AVX512F__
  // Stores that do not read the line first.
  for (std::size_t at = 0; at < size; at += 64) {
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to + at), _mm512_load_si512(from + at));
  }
  _mm_sfence();
#else
  std::memcpy(to, from, size);
#endif
}

// Bytes read and written a second, by the faster of the two ways to copy. Their medians: memory is
// shared with whatever else runs, and a limit that was met once is none for a while.
double copy_peak(int threads) {
  static const Block from = touched_block(), to = touched_block();
  const std::size_t share = block / threads / 4096 * 4096;
  const auto copy = [&](auto function) {
    return seconds(threads, [&](int thread) {
      function(to.get() + thread * share, from.get() + thread * share, share);
    })[repeats / 2];
  };
  const double time =
      std::min(copy(stream),
               copy([](char* a, const char* b, std::size_t size) { std::memcpy(a, b, size); }));
  return 2.0 * share * threads / time;
}

#ifdef __linux__
// The shortest of several means; 0 where there are no two cores.
double handoff() {
  constexpr int trips = 500;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) return 0;
  int cores[2], found = 0;
  for (int core = 0; core < CPU_SETSIZE && found < 2; ++core) {
    if (CPU_ISSET(core, &allowed)) cores[found++] = core;
  }
  alignas(128) std::atomic<int> turn{0};
  double shortest = 1;
  std::barrier begin(2);
  const auto player = [&](int own) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cores[own], &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    for (int repeat = 0; repeat < repeats; ++repeat) {
      begin.arrive_and_wait();
      const Clock::time_point start = Clock::now();
      for (int trip = 0; trip < trips; ++trip) {
        while (turn.load(std::memory_order_acquire) != own) {
        }
        turn.store(1 - own, std::memory_order_release);
      }
      const std::chrono::duration<double> elapsed = Clock::now() - start;
      if (own == 0) shortest = std::min(shortest, elapsed.count() / trips);
    }
  };
  std::jthread other(player, 1);
  std::jthread(player, 0).join();
  return shortest;
}
#else
double handoff() { return 0; }
#endif

double limit(const std::string& name, int threads) {
  if (name == "f32") return multiply_add_peak<float>(threads);
  if (name == "f64") return multiply_add_peak<double>(threads);
#ifdef __AMX_BF16__
  if (name == "bf16") {
    if (const double peak = bf16_tile_peak(threads); peak > 0) return peak;
  }
#endif
#ifdef __AVX512BF16__
  if (name == "bf16") return bf16_dot_peak(threads);
#endif
  if (name == "handoff") return handoff();
  return name == "copy" ? copy_peak(threads) : 0;
}

}  // namespace

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::max(1, std::atoi(arguments[1])) : 1;
  for (std::string name; std::getline(std::cin, name);) {
    std::printf("%.6g\n", limit(name, threads));
    std::fflush(stdout);
  }
}
