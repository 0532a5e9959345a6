// The part of cuDNN that is used, declared from its documentation: version 9.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace taeda::cuda::dnn {

// Numbers of the interface.
inline constexpr int kSuccess = 0;
inline bool is_refusal(int status) { return status / 1000 == 3; }
enum Type : int { kFloat32 = 0, kFloat64 = 1, kFloat16 = 2, kBFloat16 = 9 };
inline constexpr int kRowMajor = 0;          // the channels before the places
inline constexpr int kCrossCorrelation = 1;  // what deep learning calls convolution
enum Maths : int { kDefault = 0, kTensorCores = 1, kFusedMultiplyAdd = 3 };

// An algorithm for a convolution or one of its gradients.
struct Algorithm {
  int number, status;
  float milliseconds;
  size_t workspace_bytes;
  int is_deterministic;
  int maths;
  int reserved[3];
};
static_assert(sizeof(Algorithm) == 48);

// Handles, descriptors and streams are pointers to what only the library knows.
struct Library {
  size_t (*version)();
  const char* (*status_text)(int status);
  int (*create)(void** handle);
  int (*set_stream)(void* handle, void* stream);

  int (*create_tensor)(void** tensor);
  int (*destroy_tensor)(void* tensor);
  int (*set_tensor)(void* tensor, int type, int ndim, const int* sizes, const int* strides);
  int (*create_filter)(void** filter);
  int (*destroy_filter)(void* filter);
  int (*set_filter)(void* filter, int type, int format, int ndim, const int* sizes);
  int (*create_convolution)(void** convolution);
  int (*destroy_convolution)(void* convolution);
  int (*set_convolution)(void* convolution, int axes, const int* padding, const int* stride,
                         const int* dilation, int mode, int compute_type);
  int (*set_groups)(void* convolution, int groups);
  int (*set_maths)(void* convolution, int maths);

  // x is the input, w the weight, y the output. What is asked for comes last but for the counts.
  using Choose = int(void* handle, void* first, void* second, void* convolution, void* result,
                     int wanted, int* found, Algorithm* algorithms);
  Choose *suggest_forward, *time_forward;        // x, w -> y
  Choose *suggest_for_input, *time_for_input;    // w, y -> x
  Choose *suggest_for_weight, *time_for_weight;  // x, y -> w
  // In the same order, with data.
  using Run = int(void* handle, const void* alpha, void* first_layout, const void* first,
                  void* second_layout, const void* second, void* convolution, int algorithm,
                  void* workspace, size_t workspace_bytes, const void* beta, void* result_layout,
                  void* result);
  Run *forward, *input_gradient, *weight_gradient;
};

// Opened at the first call; null, and why, where it cannot be used.
const Library* library(std::string* problem = nullptr);

}  // namespace taeda::cuda::dnn
