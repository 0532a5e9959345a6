// What a loop asks of the machine where its instructions alone do not tell what is faster.
#pragma once

namespace taeda::cpu::inline TAEDA_ISA {

inline bool is_intel() {
#if defined(__x86_64__)
  static const bool is = __builtin_cpu_is("intel");
  return is;
#else
  return false;
#endif
}

}  // namespace taeda::cpu::inline TAEDA_ISA
