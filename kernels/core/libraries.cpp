#include "taeda/kernels/libraries.h"

#include <mutex>
#include <utility>

namespace taeda {
namespace {

std::mutex guard;
std::vector<std::string>& folders() {
  static auto* const kept = new std::vector<std::string>;
  return *kept;
}

}  // namespace

LibrarySettings& library_settings() {
  static LibrarySettings settings;
  return settings;
}

std::atomic<bool>* library_setting(std::string_view name) {
  LibrarySettings& s = library_settings();
  const std::pair<std::string_view, std::atomic<bool>*> all[] = {
      {"cublas", &s.cublas},
      {"cublas_tf32", &s.cublas_tf32},
      {"cublas_narrow_sums", &s.cublas_narrow_sums},
      {"cudnn", &s.cudnn},
      {"cudnn_tf32", &s.cudnn_tf32},
      {"cudnn_deterministic", &s.cudnn_deterministic},
      {"cudnn_benchmark", &s.cudnn_benchmark},
  };
  for (const auto& [known, setting] : all) {
    if (known == name) return setting;
  }
  return nullptr;
}

void set_library_folders(std::vector<std::string> found) {
  std::lock_guard lock(guard);
  folders() = std::move(found);
}

std::vector<std::string> library_folders() {
  std::lock_guard lock(guard);
  return folders();
}

}  // namespace taeda
