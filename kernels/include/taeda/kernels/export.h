// Symbols that other shared libraries link against.
#pragma once

#define TAEDA_API __attribute__((visibility("default")))

// Marks the maths that CPU and device code share.
#ifdef __CUDACC__
#define TAEDA_HD __host__ __device__
#else
#define TAEDA_HD
#endif
