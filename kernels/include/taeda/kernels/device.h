// Where memory lives.
#pragma once

#include <cstdint>
#include <ostream>

namespace taeda {

enum class DeviceType : uint8_t { CPU, CUDA };
inline constexpr int kDeviceTypeCount = 2;

struct Device {
  DeviceType type = DeviceType::CPU;
  int8_t index = 0;

  friend bool operator==(Device, Device) = default;
};

inline std::ostream& operator<<(std::ostream& out, Device device) {
  if (device.type == DeviceType::CPU) return out << "cpu";
  return out << "cuda:" << static_cast<int>(device.index);
}

}  // namespace taeda
