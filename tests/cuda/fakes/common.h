/* What the fake libraries share: elements of four dtypes, and a log of calls as lines of JSON. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SINGLE, DOUBLE, HALF, BRAIN };

static double load(const void* data, int kind, int64_t at) {
  uint32_t word;
  float value;
  switch (kind) {
    case DOUBLE:
      return ((const double*)data)[at];
    case HALF:
      return (double)((const _Float16*)data)[at];
    case BRAIN:
      word = (uint32_t)((const uint16_t*)data)[at] << 16;
      memcpy(&value, &word, 4);
      return value;
    default:
      return ((const float*)data)[at];
  }
}

static void store(void* data, int kind, int64_t at, double value) {
  const float narrow = (float)value;
  uint32_t word;
  switch (kind) {
    case DOUBLE:
      ((double*)data)[at] = value;
      break;
    case HALF:
      ((_Float16*)data)[at] = (_Float16)value;
      break;
    case BRAIN:
      memcpy(&word, &narrow, 4);
      ((uint16_t*)data)[at] = (uint16_t)((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
      break;
    default:
      ((float*)data)[at] = narrow;
  }
}

static FILE* log_file(void) {
  const char* path = getenv("FAKE_LOG");
  return path ? fopen(path, "a") : NULL;
}

static int told(const char* variable) { return getenv(variable) != NULL; }
