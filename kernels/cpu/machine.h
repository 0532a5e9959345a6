// What a loop asks of the machine where its instructions alone do not tell what is faster.
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace taeda::cpu::inline TAEDA_ISA {

inline bool is_intel() {
#if defined(__x86_64__)
  static const bool is = __builtin_cpu_is("intel");
  return is;
#else
  return false;
#endif
}

// Whether two multiply-adds of 512 bits can start each cycle in a core that no threads share: Zen 5
// and what AMD builds after it.
inline bool has_two_wide_multipliers() {
#if defined(__x86_64__)
  static const bool has = [] {
    unsigned eax, ebx, ecx, edx;
    if (!__builtin_cpu_is("amd") || !__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return false;
    constexpr unsigned zen5 = 0x1a;
    return ((eax >> 8) & 0xf) + ((eax >> 20) & 0xff) >= zen5;
  }();
  return has;
#else
  return false;
#endif
}

}  // namespace taeda::cpu::inline TAEDA_ISA
