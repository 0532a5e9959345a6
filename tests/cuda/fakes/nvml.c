// Stands in for the driver's monitor: two devices, from the documentation of NVML.
#include <string.h>

typedef struct {
  unsigned long long total, free, used;
} memory_t;
typedef struct {
  unsigned gpu, memory;
} utilization_t;
typedef struct {
  unsigned pid;
  unsigned long long used_memory;
  unsigned gpu_instance, compute_instance;
} process_t;

static int devices[2] = {0, 1};
static int is_open = 0;

static int number(void* device) { return *(int*)device; }

const char* nvmlErrorString(int status) { return status == 6 ? "Not Found" : "Unknown Error"; }
int nvmlInit_v2(void) {
  is_open = 1;
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (!is_open || index > 1) return 6;
  *device = &devices[index];
  return 0;
}
int nvmlDeviceGetHandleByUUID(const char* name, void** device) {
  if (strcmp(name, "GPU-second") != 0) return 6;
  *device = &devices[1];
  return 0;
}
int nvmlDeviceGetMemoryInfo(void* device, memory_t* memory) {
  const memory_t known = {1000, 900, 100 + number(device)};
  *memory = known;
  return 0;
}
int nvmlDeviceGetUtilizationRates(void* device, utilization_t* rates) {
  rates->gpu = 40 + number(device);
  rates->memory = 20;
  return 0;
}
int nvmlDeviceGetTemperature(void* device, unsigned sensor, unsigned* degrees) {
  *degrees = sensor == 0 ? 55 + number(device) : 0;
  return 0;
}
int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  *milliwatts = 70000 + number(device);
  return 0;
}
int nvmlDeviceGetClockInfo(void* device, unsigned domain, unsigned* megahertz) {
  *megahertz = domain == 1 ? 1500 + number(device) : 0;
  return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count, process_t* processes) {
  const unsigned room = *count;
  *count = number(device) == 0 ? 2 : 0;
  if (room < *count) return 7;
  const process_t known[2] = {{11, 3ull << 20, 0, 0}, {12, ~0ull, 0, 0}};
  memcpy(processes, known, *count * sizeof(process_t));
  return 0;
}
