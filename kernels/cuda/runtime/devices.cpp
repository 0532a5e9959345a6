#include "devices.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>

#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

thread_local int current = 0;
thread_local int used = -1;  // what the driver was told last
thread_local StreamHandle streams[kMaxDevices] = {};

std::atomic<bool> forked{false};

struct Found {
  std::string problem;
  int count = 0;
  Found() {
    count = std::min(driver().device_count(problem), kMaxDevices);
    // A child that is forked from here on cannot use what the driver has set up.
    pthread_atfork(nullptr, nullptr, [] { forked = true; });
  }
};

// Asked once: devices neither come nor go while a process runs.
const Found& found() {
  static const Found once;
  return once;
}

void use(int device) {
  if (used == device) return;
  driver().use_device(device);
  used = device;
}

}  // namespace

std::string problem() { return found().problem; }
int device_count() { return found().count; }
int current_device() { return current; }

int resolve(int8_t index) {
  const int device = index < 0 ? current : index;
  const Found& devices = found();
  if (forked) {
    fail<RuntimeError>(
        "cuda: devices were used before the process was forked, and a forked process cannot use "
        "them; start worker processes by \"spawn\"");
  }
  if (devices.count == 0) {
    fail<RuntimeError>("cuda: ", devices.problem, "; use device=\"cpu\"");
  }
  if (device >= devices.count) {
    fail<RuntimeError>("cuda: no device ", device, ": there ", devices.count == 1 ? "is " : "are ",
                       devices.count, ", counted from 0");
  }
  use(current);
  return device;
}

void set_device(int8_t index) {
  const int device = resolve(index);
  use(device);
  current = device;
}

StreamHandle current_stream(int8_t index) { return streams[index < 0 ? current : index]; }
void set_stream(int8_t index, StreamHandle stream) { streams[resolve(index)] = stream; }

UseDevice::UseDevice(int8_t index) : before_(current), device_(resolve(index)) {
  use(device_);
  current = device_;
}
UseDevice::~UseDevice() {
  if (before_ == device_) return;
  current = before_;
  try {
    use(before_);
  } catch (const RuntimeError&) {
    used = -1;  // the device is lost; the next call says so
  }
}

}  // namespace taeda::cuda
