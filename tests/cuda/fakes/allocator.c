// An allocator as a user's library has it: counts what is taken and given back. The memory is the
// CPU's, which the simulated device reads too.
#include <stdlib.h>
#include <sys/types.h>

long counts[4];  // taken, given back, bytes in use, the last device

void* take(ssize_t size, int device, void* stream) {
  (void)stream;
  if (size > 1 << 26) return NULL;
  ++counts[0];
  counts[2] += size;
  counts[3] = device;
  return aligned_alloc(512, (size_t)size);
}

void give_back(void* block, ssize_t size, int device, void* stream) {
  (void)stream;
  (void)device;
  ++counts[1];
  counts[2] -= size;
  free(block);
}
