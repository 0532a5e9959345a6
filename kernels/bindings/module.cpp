#include "bindings.h"

NB_MODULE(_kernels, m) {
  m.doc() = "Native part of taeda_kernels.";
  taeda::python::init_errors();
  taeda::python::init_runtime(m);
  taeda::python::init_elementwise(m);
  taeda::python::init_matmul(m);
  taeda::python::init_convolution(m);
  taeda::python::init_reduction(m);
  taeda::python::init_scan(m);
  taeda::python::init_softmax(m);
  taeda::python::init_pool(m);
  taeda::python::init_sort(m);
  taeda::python::init_optimizer(m);
}
