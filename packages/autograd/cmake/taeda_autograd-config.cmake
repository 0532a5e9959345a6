include(CMakeFindDependencyMacro)
find_dependency(taeda_tensor CONFIG)
include("${CMAKE_CURRENT_LIST_DIR}/taeda_autograd-targets.cmake")
