// Libraries of the maker of a device, which its kernels call in place of their own where they are
// installed and allowed.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "taeda/kernels/export.h"

namespace taeda {

enum class MakerLibrary : uint8_t { CublasLt, Cudnn };

// What a program allows. Read at every call of a kernel; set by any thread.
struct LibrarySettings {
  std::atomic<bool> cublas{true};
  std::atomic<bool> cublas_tf32{false};  // products of float32 from factors of 11 significant bits
  std::atomic<bool> cublas_narrow_sums{false};  // partial sums of half precision in that precision
  std::atomic<bool> cudnn{true};
  std::atomic<bool> cudnn_tf32{true};
  std::atomic<bool> cudnn_deterministic{true};  // only algorithms with the same bits every time
  std::atomic<bool> cudnn_benchmark{false};     // the algorithm is chosen by timing, once a shape
};

TAEDA_API LibrarySettings& library_settings();
// The setting of that name: a member above. Null where there is none.
TAEDA_API std::atomic<bool>* library_setting(std::string_view name);

// Folders in which libraries may lie besides the loader's own; told before the first use.
TAEDA_API void set_library_folders(std::vector<std::string> folders);
TAEDA_API std::vector<std::string> library_folders();

}  // namespace taeda
