# Compile settings shared by every native member; installed with the headers of taeda-kernels.
include_guard(GLOBAL)
set(CMAKE_INSTALL_MESSAGE NEVER)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(TAEDA_WERROR "Treat compiler warnings as errors" OFF)
set(TAEDA_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# Code generation and warnings, the same for libraries and extension modules.
function(taeda_compile_options target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD 20
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  # Results must not depend on the path taken, so a product and a sum are never contracted.
  target_compile_options(${target} PRIVATE
    -fno-math-errno -fno-trapping-math -ffp-contract=off -fwrapv
    -Wall -Wextra -Wno-psabi
    $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>
    $<$<BOOL:${TAEDA_WERROR}>:-Werror>)
  if(TAEDA_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${TAEDA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
    target_link_options(${target} PRIVATE -fsanitize=${TAEDA_SANITIZE})
  else()
    target_link_options(${target} PRIVATE
      $<$<AND:$<CONFIG:Release>,$<PLATFORM_ID:Linux>>:-Wl,-s,-O1,--as-needed>)
  endif()
endfunction()

# Headers that most sources of a target include, parsed once. A source still includes what it uses:
# with the sanitizers nothing is precompiled.
function(taeda_precompile target)
  if(NOT TAEDA_SANITIZE)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <atomic> <bit> <cmath> <cstring> <functional> <limits> <optional> <span>
      <string> <vector> ${ARGN})
  endif()
endfunction()

# A shared library that ships inside a Python package, under <package>/lib.
function(taeda_add_library target package)
  add_library(${target} SHARED ${ARGN})
  taeda_compile_options(${target})
  taeda_precompile(${target})
  if(NOT TAEDA_SANITIZE AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
    target_link_options(${target} PRIVATE -Wl,--no-undefined)
  endif()
  set_target_properties(${target} PROPERTIES BUILD_RPATH_USE_ORIGIN ON)
  install(TARGETS ${target} EXPORT ${package}-targets LIBRARY DESTINATION ${package}/lib)
endfunction()

# The nanobind extension of a package. One domain, so that all members share their bound types.
function(taeda_add_module target package)
  nanobind_add_module(${target} NB_STATIC NB_DOMAIN taeda NOMINSIZE NOSTRIP NB_SUPPRESS_WARNINGS
    ${ARGN})
  taeda_compile_options(${target})
  taeda_precompile(${target} <nanobind/nanobind.h>)
  install(TARGETS ${target} LIBRARY DESTINATION ${package})
endfunction()

# Headers, exported targets and the CMake configuration that the next member finds.
function(taeda_install_package package)
  install(DIRECTORY include/ DESTINATION ${package}/include FILES_MATCHING PATTERN "*.h")
  install(EXPORT ${package}-targets NAMESPACE taeda:: DESTINATION ${package}/lib/cmake/${package})
  install(FILES cmake/${package}-config.cmake DESTINATION ${package}/lib/cmake/${package})
endfunction()
