#include "bindings.h"

NB_MODULE(_kernels, m) {
  m.doc() = "Native part of taeda_kernels.";
  taeda::python::init_errors();
  taeda::python::init_runtime(m);
  taeda::python::init_plugins(m);
  taeda::python::init_elementwise(m);
  taeda::python::init_matmul(m);
  taeda::python::init_convolution(m);
  taeda::python::init_reduction(m);
  taeda::python::init_scan(m);
  taeda::python::init_softmax(m);
  taeda::python::init_attention(m);
  taeda::python::init_recurrence(m);
  taeda::python::init_pool(m);
  taeda::python::init_sort(m);
  taeda::python::init_optimizer(m);
  taeda::python::init_layer_norm(m);
  taeda::python::init_batch_norm(m);
  taeda::python::init_loss(m);
  taeda::python::init_indexing(m);
  taeda::python::init_masks(m);
  taeda::python::init_random(m);
}
