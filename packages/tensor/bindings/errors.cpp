#include "bindings.h"

namespace taeda::python {
namespace {

// The Python class of each C++ error that nanobind does not map by itself.
bool set_known(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const TypeError& error) {
    PyErr_SetString(PyExc_TypeError, error.what());
  } catch (const NotImplementedError& error) {
    PyErr_SetString(PyExc_NotImplementedError, error.what());
  } catch (const OutOfMemoryError& error) {
    PyErr_SetString(PyExc_MemoryError, error.what());
  } catch (...) {
    return false;
  }
  return true;
}

}  // namespace

void register_errors() {
  nb::register_exception_translator([](const std::exception_ptr& failure, void*) {
    if (!set_known(failure)) std::rethrow_exception(failure);
  });
}

void set_python_error() noexcept {
  try {
    const std::exception_ptr failure = std::current_exception();
    if (set_known(failure)) return;
    std::rethrow_exception(failure);
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const std::out_of_range& error) {
    PyErr_SetString(PyExc_IndexError, error.what());
  } catch (const std::invalid_argument& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::bad_alloc& error) {
    PyErr_SetString(PyExc_MemoryError, error.what());
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  } catch (...) {
    PyErr_SetString(PyExc_SystemError, "unknown C++ exception");
  }
}

}  // namespace taeda::python
