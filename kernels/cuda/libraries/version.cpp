#include "cublaslt.h"
#include "cudnn.h"
#include "libraries.h"

namespace taeda::cuda {

int64_t library_version(MakerLibrary library, std::string& problem) {
  if (library == MakerLibrary::Cudnn) {
    const dnn::Library* found = dnn::library(&problem);
    return found ? static_cast<int64_t>(found->version()) : 0;
  }
  const blas::Library* found = blas::library(&problem);
  return found ? static_cast<int64_t>(found->version()) : 0;
}

}  // namespace taeda::cuda
