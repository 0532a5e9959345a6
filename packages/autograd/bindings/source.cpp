// Where operations are run: the interpreter's current frame, as code object and instruction.
#include <string>

#include "autograd.h"
#include "taeda/autograd/engine.h"
#include "taeda/autograd/source.h"

namespace taeda::autograd::python {
namespace {

void* here(int& instruction) {
  PyFrameObject* frame = PyEval_GetFrame();
  if (!frame) return nullptr;
  instruction = PyFrame_GetLasti(frame);
  return PyFrame_GetCode(frame);
}

void release(void* code) {
  if (Py_IsInitialized()) Py_DECREF(static_cast<PyObject*>(code));
}

std::string text_of(PyObject* object) {
  const char* text = object ? PyUnicode_AsUTF8(object) : nullptr;
  return text ? text : "?";
}

// `train.py:12 in step: loss = model(x)`, the source as far as it can be read.
std::string describe(void* code_object, int instruction) {
  auto* code = static_cast<PyCodeObject*>(code_object);
  const int line = PyCode_Addr2Line(code, instruction);
  std::string text =
      text_of(code->co_filename) + ":" + std::to_string(line) + " in " + text_of(code->co_name);
  try {
    const nb::object source =
        nb::module_::import_("linecache").attr("getline")(nb::handle(code->co_filename), line);
    const std::string stripped = nb::cast<nb::str>(source.attr("strip")()).c_str();
    if (!stripped.empty()) text += " (`" + stripped + "`)";
  } catch (nb::python_error&) {
    // The place alone must do.
  }
  return text;
}

std::string stack_trace() {
  try {
    const nb::object lines = nb::module_::import_("traceback").attr("format_stack")();
    return nb::cast<nb::str>(nb::str("").attr("join")(lines)).c_str();
  } catch (nb::python_error&) {
    return {};
  }
}

}  // namespace

void install_source_tracking(nb::module_&) {
  install_source_tracker({.here = here, .release = release, .describe = describe});
  install_stack_trace(stack_trace);
}

}  // namespace taeda::autograd::python
