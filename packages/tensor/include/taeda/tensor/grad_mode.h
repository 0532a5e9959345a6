// Whether operations are offered to the recorder, and whether they are cast, thread by thread.
#pragma once

#include <cstdint>

#include "taeda/kernels/export.h"

namespace taeda {

class TensorBody;

namespace detail {
struct Modes {
  bool grad = true;
  bool inference = false;
  bool recording = true;  // grad and not inference
  uint8_t autocast = 0;   // a bit for each kind of device whose operations are cast
};
// Every operation asks: the storage is that of the thread itself, found without a call.
TAEDA_NEAR extern TAEDA_API constinit thread_local Modes modes;
}  // namespace detail

// Never in inference mode.
inline bool grad_enabled() { return detail::modes.recording; }
TAEDA_API void set_grad_enabled(bool enabled);
inline bool inference_enabled() { return detail::modes.inference; }
TAEDA_API void set_inference_enabled(bool enabled);
// RuntimeError where the tensor is not of floating point, or was made in inference mode, which is
// over.
TAEDA_API void check_may_require_grad(const TensorBody& tensor);

class NoGrad {
 public:
  NoGrad() : before_(grad_enabled()) { set_grad_enabled(false); }
  explicit NoGrad(bool enabled) : before_(grad_enabled()) { set_grad_enabled(enabled); }
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;
  ~NoGrad() { set_grad_enabled(before_); }

 private:
  bool before_;
};

}  // namespace taeda
