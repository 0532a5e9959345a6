#include <chrono>
#include <thread>

#include "autograd.h"
#include "taeda/autograd/engine.h"

using namespace taeda::autograd::python;

NB_MODULE(_autograd, m) {
  m.doc() = "Native part of taeda_autograd.";
  nb::module_::import_("taeda_tensor");  // fills the table that the casters read
  install_source_tracking(m);
  bind_nodes(m);
  bind_engine(m);
  bind_hooks(m);
  bind_functions(m);
  bind_tensor_attributes(m);
  install_collection();
  taeda::autograd::install_wait([] {
    {
      nb::gil_scoped_release others;
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  });
  taeda::autograd::install();
}
