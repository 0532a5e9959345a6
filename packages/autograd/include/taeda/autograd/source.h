// Where in the user's program something happened: cheap to note, turned into text only for an
// error.
#pragma once

#include <string>
#include <utility>

#include "taeda/kernels/export.h"

namespace taeda::autograd {

// How the interpreter notes a place; the bindings install it, this library knows no Python.
struct SourceTracker {
  void* (*here)(
      int& instruction);  // a counted reference to the running code, null if there is none
  void (*release)(void* code);
  std::string (*describe)(void* code, int instruction);  // `train.py:12 in step`
};
TAEDA_API void install_source_tracker(SourceTracker tracker);
TAEDA_API const SourceTracker& source_tracker();

class SourceLocation {
 public:
  SourceLocation() = default;
  static SourceLocation here() {
    SourceLocation location;
    if (auto note = source_tracker().here) location.code_ = note(location.instruction_);
    return location;
  }
  SourceLocation(SourceLocation&& other) noexcept
      : code_(std::exchange(other.code_, nullptr)), instruction_(other.instruction_) {}
  SourceLocation& operator=(SourceLocation&& other) noexcept {
    std::swap(code_, other.code_);
    std::swap(instruction_, other.instruction_);
    return *this;
  }
  ~SourceLocation() {
    if (code_) source_tracker().release(code_);
  }

  // Empty where the place is not known.
  std::string text() const {
    return code_ ? source_tracker().describe(code_, instruction_) : std::string();
  }

 private:
  void* code_ = nullptr;
  int instruction_ = 0;
};

}  // namespace taeda::autograd
