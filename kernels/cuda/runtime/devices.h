// The current device of a thread and its current stream on each device.
#pragma once

#include "driver.h"

namespace taeda::cuda {

inline constexpr int kMaxDevices = 64;

// The index itself, or the current device for -1. RuntimeError where there is no such device.
int resolve(int8_t index);
int current_device();
// Makes the device current, for this library and for the driver.
void set_device(int8_t index);
StreamHandle current_stream(int8_t index = -1);
void set_stream(int8_t index, StreamHandle stream);

// Why there is no device; empty where there is one.
std::string problem();
int device_count();

// Another device for a scope.
class UseDevice {
 public:
  explicit UseDevice(int8_t index);
  UseDevice(const UseDevice&) = delete;
  UseDevice& operator=(const UseDevice&) = delete;
  ~UseDevice();
  int device() const { return device_; }

 private:
  int before_, device_;
};

}  // namespace taeda::cuda
