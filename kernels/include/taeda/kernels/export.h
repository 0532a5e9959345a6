// Symbols that other shared libraries link against.
#pragma once

#define TAEDA_API __attribute__((visibility("default")))

// Marks the maths that CPU and device code share.
#ifdef __CUDACC__
#define TAEDA_HD __host__ __device__
#else
#define TAEDA_HD
#endif

// For the few small thread-local variables of the hottest paths: found without a call. The room
// that the loader keeps for them is small.
#if defined(__linux__)
#define TAEDA_NEAR [[gnu::tls_model("initial-exec")]]
#else
#define TAEDA_NEAR
#endif
