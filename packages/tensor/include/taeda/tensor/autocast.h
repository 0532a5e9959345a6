// Autocast: operations take their inputs in another floating-point dtype, thread by thread.
#pragma once

#include <optional>

#include "taeda/kernels/device.h"
#include "taeda/tensor/door.h"
#include "taeda/tensor/grad_mode.h"

namespace taeda {

inline uint8_t autocast_bit(DeviceType device) {
  return static_cast<uint8_t>(1u << static_cast<unsigned>(device));
}

// Whether the operations of a device of that kind are cast.
inline bool autocast_enabled(DeviceType device) {
  return detail::modes.autocast & autocast_bit(device);
}
TAEDA_API void set_autocast_enabled(DeviceType device, bool enabled);
// What operations of lower precision compute in: bfloat16 on a CPU, else float16, until it is set.
TAEDA_API DType autocast_dtype(DeviceType device);
// RuntimeError for a dtype that is not of floating point.
TAEDA_API void set_autocast_dtype(DeviceType device, DType dtype);

// Casts of parameters to the lower precision are kept until the outermost context ends.
TAEDA_API bool autocast_cache_enabled();
TAEDA_API void set_autocast_cache_enabled(bool enabled);
TAEDA_API void clear_autocast_cache();
// Counts the contexts of this thread; gives the new count.
TAEDA_API int count_autocast_contexts(int difference);

namespace detail {
TAEDA_API DType dtype_under_autocast(const Operation& operation, const TensorBody& input);
}  // namespace detail

// The dtype in which the operation takes the input, and gives what is to have its dtype: for
// results whose dtype is settled before the door.
inline DType dtype_taken(const Operation& operation, const Tensor& input) {
  if (!detail::modes.autocast) [[likely]]
    return input.dtype();
  return detail::dtype_under_autocast(operation, *input);
}

// Off for as long as it lives: derivative rules compute in the dtypes that forward has chosen.
class NoAutocast {
 public:
  NoAutocast() : before_(detail::modes.autocast) { detail::modes.autocast = 0; }
  NoAutocast(const NoAutocast&) = delete;
  NoAutocast& operator=(const NoAutocast&) = delete;
  ~NoAutocast() { detail::modes.autocast = before_; }

 private:
  uint8_t before_;
};

}  // namespace taeda
