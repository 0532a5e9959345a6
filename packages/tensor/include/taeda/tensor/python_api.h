// A place for the function table that the Python module fills (see caster.h): this library itself
// knows no Python.
#pragma once

#include "taeda/kernels/export.h"

namespace taeda {

TAEDA_API void* python_api();
TAEDA_API void install_python_api(void* api);

}  // namespace taeda
