#include "cudnn.h"

#include "opened.h"

namespace taeda::cuda::dnn {
namespace {

void find_all(Opened& opened, Library& calls) {
  opened.find("cudnnGetVersion", calls.version);
  opened.find("cudnnGetErrorString", calls.status_text);
  opened.find("cudnnCreate", calls.create);
  opened.find("cudnnSetStream", calls.set_stream);
  opened.find("cudnnCreateTensorDescriptor", calls.create_tensor);
  opened.find("cudnnDestroyTensorDescriptor", calls.destroy_tensor);
  opened.find("cudnnSetTensorNdDescriptor", calls.set_tensor);
  opened.find("cudnnCreateFilterDescriptor", calls.create_filter);
  opened.find("cudnnDestroyFilterDescriptor", calls.destroy_filter);
  opened.find("cudnnSetFilterNdDescriptor", calls.set_filter);
  opened.find("cudnnCreateConvolutionDescriptor", calls.create_convolution);
  opened.find("cudnnDestroyConvolutionDescriptor", calls.destroy_convolution);
  opened.find("cudnnSetConvolutionNdDescriptor", calls.set_convolution);
  opened.find("cudnnSetConvolutionGroupCount", calls.set_groups);
  opened.find("cudnnSetConvolutionMathType", calls.set_maths);
  opened.find("cudnnGetConvolutionForwardAlgorithm_v7", calls.suggest_forward);
  opened.find("cudnnFindConvolutionForwardAlgorithm", calls.time_forward);
  opened.find("cudnnConvolutionForward", calls.forward);
  opened.find("cudnnGetConvolutionBackwardDataAlgorithm_v7", calls.suggest_for_input);
  opened.find("cudnnFindConvolutionBackwardDataAlgorithm", calls.time_for_input);
  opened.find("cudnnConvolutionBackwardData", calls.input_gradient);
  opened.find("cudnnGetConvolutionBackwardFilterAlgorithm_v7", calls.suggest_for_weight);
  opened.find("cudnnFindConvolutionBackwardFilterAlgorithm", calls.time_for_weight);
  opened.find("cudnnConvolutionBackwardFilter", calls.weight_gradient);
}

}  // namespace

const Library* library(std::string* problem) {
  static const auto* const found = new Found<Library>(
      "cuDNN",
      Opened{"TAEDA_CUDNN_LIBRARY",
             {"libcudnn.so.9"},
             {"libcublasLt.so.13", "libcublasLt.so.12", "libnvrtc.so.13", "libnvrtc.so.12"}},
      find_all);
  return found->get(problem);
}

}  // namespace taeda::cuda::dnn
