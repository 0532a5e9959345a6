#include "cublaslt.h"

#include <mutex>

#include "../runtime/devices.h"
#include "opened.h"

namespace taeda::cuda::blas {
namespace {

void find_all(Opened& opened, Library& calls) {
  opened.find("cublasLtGetVersion", calls.version);
  opened.find("cublasLtGetStatusString", calls.status_text);
  opened.find("cublasLtCreate", calls.create);
  opened.find("cublasLtMatmulDescCreate", calls.create_operation);
  opened.find("cublasLtMatmulDescDestroy", calls.destroy_operation);
  opened.find("cublasLtMatmulDescSetAttribute", calls.set_operation);
  opened.find("cublasLtMatrixLayoutCreate", calls.create_layout);
  opened.find("cublasLtMatrixLayoutDestroy", calls.destroy_layout);
  opened.find("cublasLtMatrixLayoutSetAttribute", calls.set_layout);
  opened.find("cublasLtMatmulPreferenceCreate", calls.create_preference);
  opened.find("cublasLtMatmulPreferenceDestroy", calls.destroy_preference);
  opened.find("cublasLtMatmulPreferenceSetAttribute", calls.set_preference);
  opened.find("cublasLtMatmulAlgoGetHeuristic", calls.suggest);
  opened.find("cublasLtMatmul", calls.multiply);
}

}  // namespace

const Library* library(std::string* problem) {
  static const auto* const found = new Found<Library>(
      "cuBLASLt", Opened{"TAEDA_CUBLASLT_LIBRARY", {"libcublasLt.so.13", "libcublasLt.so.12"}},
      find_all);
  return found->get(problem);
}

void* handle(const Library& library) {
  struct Made {
    std::once_flag once;
    void* handle = nullptr;
  };
  static auto* const made = new Made[kMaxDevices];
  Made& mine = made[resolve(-1)];
  std::call_once(mine.once, [&] {
    if (library.create(&mine.handle) != kSuccess) mine.handle = nullptr;
  });
  return mine.handle;
}

}  // namespace taeda::cuda::blas
