#include "bindings.h"
#include "taeda/kernels/registry.h"
#include "taeda/tensor/door.h"

using namespace taeda::python;

NB_MODULE(_tensor, m) {
  m.doc() = "Native part of taeda_tensor.";
  nb::set_leak_warnings(false);  // dtypes and types are kept until the process ends, on purpose
  taeda::install_interpreter_lock(
      {.release = []() -> void* { return PyGILState_Check() ? PyEval_SaveThread() : nullptr; },
       .take =
           [](void* state) {
             if (state) PyEval_RestoreThread(static_cast<PyThreadState*>(state));
           }});
  register_errors();
  taeda::check_kernel_table("taeda_tensor", taeda::kKernelTableVersion);
  bind_types(m);
  TensorClass tensor = bind_tensor(m);
  bind_elementwise(m, tensor);
  bind_choice(m, tensor);
  bind_views(m, tensor);
  bind_creation(m, tensor);
  bind_data(m, tensor);
  bind_copies(m, tensor);
  bind_interop(m, tensor);
  bind_indexing(m, tensor);
  bind_random(m, tensor);
  bind_optimizer(m);
  bind_sort(m, tensor);
  bind_reduce(m, tensor);
  bind_neural(m, tensor);
  bind_matmul(m, tensor);
  bind_convolution(m);
  bind_attention(m);
  bind_recurrence(m);
  bind_promotion(m);
  bind_storage(m, tensor);
  bind_modes(m);
  bind_autocast(m);
}
