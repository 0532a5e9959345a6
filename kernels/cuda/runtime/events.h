// What must be done on a device before memory may be used again.
#pragma once

#include <utility>
#include <vector>

#include "driver.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {

class Events {
 public:
  Events() = default;
  Events(Events&& other) noexcept : events_(std::exchange(other.events_, {})) {}
  Events& operator=(Events&&) = delete;
  ~Events() {
    for (const EventHandle event : events_) driver().destroy_event(event);
  }

  // All that the stream has been given; the device of the stream is the current one.
  void record(StreamHandle stream) {
    const EventHandle event = driver().create_event(false);
    events_.push_back(event);
    driver().record_event(event, stream);
  }
  bool are_done() {
    while (!events_.empty() && driver().event_is_done(events_.back())) {
      driver().destroy_event(events_.back());
      events_.pop_back();
    }
    return events_.empty();
  }
  void wait() noexcept {
    try {
      for (const EventHandle event : events_) driver().synchronize_event(event);
    } catch (const RuntimeError&) {
      // The device is lost, and what it did with it.
    }
  }

 private:
  std::vector<EventHandle> events_;
};

}  // namespace taeda::cuda
