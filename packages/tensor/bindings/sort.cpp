// Sorting, selecting and counting.
#include "bindings.h"

namespace taeda::python {

void bind_sort(nb::module_&, TensorClass&) {}

}  // namespace taeda::python
