// The parts of the module, one function for each topic.
#pragma once

#include <nanobind/nanobind.h>

namespace nb = nanobind;

namespace taeda::python {

void init_errors();
void init_runtime(nb::module_& m);      // threads, memory, the backend's name
void init_plugins(nb::module_& m);      // other devices
void init_elementwise(nb::module_& m);  // the lists of elementwise operations, copy and fill
void init_matmul(nb::module_& m);
void init_convolution(nb::module_& m);
void init_reduction(nb::module_& m);
void init_scan(nb::module_& m);
void init_softmax(nb::module_& m);
void init_attention(nb::module_& m);
void init_recurrence(nb::module_& m);
void init_pool(nb::module_& m);
void init_sort(nb::module_& m);
void init_optimizer(nb::module_& m);
void init_optimizer_kin(nb::module_& m);
void init_layer_norm(nb::module_& m);
void init_batch_norm(nb::module_& m);  // and group_norm
void init_loss(nb::module_& m);
void init_indexing(nb::module_& m);
void init_masks(nb::module_& m);  // and whole arrays: cast, fill, triangles
void init_random(nb::module_& m);

}  // namespace taeda::python
