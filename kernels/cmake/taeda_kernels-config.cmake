include(CMakeFindDependencyMacro)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/taeda_build.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/taeda_kernels-targets.cmake")
