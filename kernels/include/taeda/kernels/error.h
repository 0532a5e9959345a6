// The errors of every taeda library; the C++ type decides the Python type.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

#include "taeda/kernels/export.h"

namespace taeda {

// RuntimeError, ValueError, IndexError, TypeError, NotImplementedError, MemoryError of Python.
struct TAEDA_API RuntimeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct TAEDA_API ValueError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};
struct TAEDA_API IndexError : std::out_of_range {
  using std::out_of_range::out_of_range;
};
struct TAEDA_API TypeError : std::logic_error {
  using std::logic_error::logic_error;
};
struct TAEDA_API NotImplementedError : std::logic_error {
  using std::logic_error::logic_error;
};
struct TAEDA_API OutOfMemoryError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Builds the message from its parts and throws; kept out of line so that checks stay cheap.
template <class Error, class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw Error(text.str());
}

}  // namespace taeda
