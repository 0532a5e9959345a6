include(CMakeFindDependencyMacro)
find_dependency(taeda_kernels CONFIG)
include("${CMAKE_CURRENT_LIST_DIR}/taeda_tensor-targets.cmake")
