// Where operations are run: the innermost frame of the user's code, as code object and instruction.
#include <string>

#include "autograd.h"
#include "taeda/autograd/engine.h"
#include "taeda/autograd/source.h"

namespace taeda::autograd::python {
namespace {

#if PY_VERSION_HEX >= 0x030C0000
const auto request_slot = PyUnstable_Eval_RequestCodeExtraIndex;
const auto read_slot = PyUnstable_Code_GetExtra;
const auto write_slot = PyUnstable_Code_SetExtra;
#else
const auto request_slot = _PyEval_RequestCodeExtraIndex;
const auto read_slot = _PyCode_GetExtra;
const auto write_slot = _PyCode_SetExtra;
#endif

// Whether the frame runs code of this project's packages, by the name of its module.
bool names_our_module(PyFrameObject* frame) {
  const nb::object globals = nb::steal(PyFrame_GetGlobals(frame));
  PyObject* name = PyDict_GetItemString(globals.ptr(), "__name__");
  if (!name || !PyUnicode_Check(name)) return false;
  const std::string module = nb::cast<nb::str>(nb::handle(name)).c_str();
  const std::string package = module.substr(0, module.find('.'));
  for (const char* own : {"taeda", "taeda_kernels", "taeda_tensor", "taeda_autograd", "taeda_nn",
                          "taeda_optim", "taeda_data"}) {
    if (package == own) return true;
  }
  return false;
}

// The answer is kept with the code object, since every recorded operation asks.
bool is_ours(PyCodeObject* code, PyFrameObject* frame) {
  static const Py_ssize_t slot = request_slot(nullptr);
  auto* object = reinterpret_cast<PyObject*>(code);
  void* known = nullptr;
  if (slot < 0 || read_slot(object, slot, &known) < 0) {
    PyErr_Clear();
    return false;
  }
  if (!known) {
    known = reinterpret_cast<void*>(uintptr_t{names_our_module(frame) ? 2u : 1u});
    if (write_slot(object, slot, known) < 0) PyErr_Clear();
  }
  return known == reinterpret_cast<void*>(uintptr_t{2});
}

// The caller of our code; null where there is none.
void* users_place(PyFrameObject* inner, int& instruction) {
  nb::object frame = nb::borrow(reinterpret_cast<PyObject*>(inner));
  while (frame.is_valid()) {
    auto* raw = reinterpret_cast<PyFrameObject*>(frame.ptr());
    PyCodeObject* code = PyFrame_GetCode(raw);
    if (!is_ours(code, raw)) {
      instruction = PyFrame_GetLasti(raw);
      return code;
    }
    Py_DECREF(code);
    frame = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetBack(raw)));
  }
  return nullptr;
}

void* here(int& instruction) {
  PyFrameObject* frame = PyEval_GetFrame();
  if (!frame) return nullptr;
  PyCodeObject* code = PyFrame_GetCode(frame);
  if (is_ours(code, frame)) [[unlikely]] {
    if (void* place = users_place(frame, instruction)) {
      Py_DECREF(code);
      return place;
    }
  }
  instruction = PyFrame_GetLasti(frame);
  return code;
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
