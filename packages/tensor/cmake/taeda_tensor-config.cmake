include(CMakeFindDependencyMacro)
find_dependency(taeda_kernels CONFIG)
include("${CMAKE_CURRENT_LIST_DIR}/taeda_tensor-targets.cmake")

# tensor.h uses nanobind's intrusive reference count: two headers without Python.
find_dependency(nanobind CONFIG)
target_include_directories(taeda::tensor SYSTEM INTERFACE ${NB_DIR}/include)
