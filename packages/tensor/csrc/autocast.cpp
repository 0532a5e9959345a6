#include "taeda/tensor/autocast.h"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "autocast.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda {
namespace {

using enum AutocastPolicy;

struct Row {
  std::string_view operation;
  AutocastPolicy cpu, cuda;
};
// PyTorch's lists differ from device to device. What it promotes to the widest dtype is promoted
// by every operation here, but for the one that wants a single dtype.
constexpr Row kRows[] = {
    {"addmm", Lower, Lower},
    {"convolution", Lower, Lower},
    {"linear", Lower, Lower},
    {"matmul", Lower, Lower},
    {"scaled_dot_product_attention", Lower, Lower},
    {"transposed_convolution", Lower, Lower},

    {"cross_entropy", Float32, Float32},
    {"nll_loss", Float32, Float32},
    {"acos", None, Float32},
    {"asin", None, Float32},
    {"cosh", None, Float32},
    {"erfinv", None, Float32},
    {"exp", None, Float32},
    {"expm1", None, Float32},
    {"group_norm", None, Float32},
    {"layer_norm", None, Float32},
    {"log", None, Float32},
    {"log10", None, Float32},
    {"log1p", None, Float32},
    {"log2", None, Float32},
    {"log_softmax", None, Float32},
    {"logsumexp", None, Float32},
    {"pow", None, Float32},
    {"pow_scalar", None, Float32},
    {"reciprocal", None, Float32},
    {"rsqrt", None, Float32},
    {"sinh", None, Float32},
    {"softmax", None, Float32},
    {"softplus", None, Float32},
    {"square", None, Float32},
    {"tan", None, Float32},

    {"cumprod", None, Float32Result},
    {"cumsum", None, Float32Result},
    {"norm_1", None, Float32Result},
    {"norm_2", None, Float32Result},
    {"norm_inf", None, Float32Result},
    {"prod", Float32Result, Float32Result},
    {"sum", None, Float32Result},

    {"scatter", None, Widest},
};

// Casts of parameters. The source is held, so that its address stays its own.
struct CacheKey {
  const TensorBody* source;
  DType dtype;
  bool recorded;  // a cast made without the tape has no gradient
  bool operator<(const CacheKey& other) const {
    return std::tie(source, dtype, recorded) < std::tie(other.source, other.dtype, other.recorded);
  }
};
struct Cached {
  Tensor source, cast;
  uint32_t version;
};

struct State {
  std::array<DType, kDeviceTypeCount> lower{DType::BFloat16, DType::Float16};
  bool caching = true;
  int contexts = 0;
  // Made at the first cast and gone with the outermost context: an ending thread finds none.
  std::map<CacheKey, Cached>* cache = nullptr;
};
constinit thread_local State state;

// What is not of floating point, or is double, stays as it is.
bool eligible(const TensorBody* input) {
  return input && is_floating(input->dtype()) && input->dtype() != DType::Float64 &&
         !input->wrapped_number && autocast_enabled(input->device().type);
}

bool is_leaf(const TensorBody& tensor) { return !recorder() || recorder()->is_leaf(tensor); }

Tensor cast_to(TensorBody* input, DType dtype) {
  const Tensor source(input);
  const bool cached = state.caching && state.contexts > 0 && input->requires_grad &&
                      input->dtype() == DType::Float32 && dtype != DType::Float32 &&
                      !input->base.defined() && is_leaf(*input);
  if (!cached) return to(source, dtype);
  if (!state.cache) state.cache = new std::map<CacheKey, Cached>;
  Cached& entry = (*state.cache)[{input, dtype, grad_enabled()}];
  if (!entry.cast.defined() || entry.version != input->version()) {
    entry = {source, to(source, dtype), input->version()};
  }
  return entry.cast;
}

DType target_of(AutocastPolicy policy, DeviceType device, Inputs inputs) {
  if (policy == Lower) return autocast_dtype(device);
  if (policy == Float32) return DType::Float32;
  const bool wide = std::ranges::any_of(inputs, [](const TensorBody* input) {
    return eligible(input) && input->dtype() != autocast_dtype(input->device().type);
  });
  return wide ? DType::Float32 : autocast_dtype(device);
}

DeviceType device_of(Inputs inputs) {
  DeviceType device = DeviceType::CPU;
  for (const TensorBody* input : inputs) {
    if (input) device = std::max(device, input->device().type);
  }
  return device;
}

}  // namespace

AutocastPolicies autocast_policies(std::string_view operation) {
  for (const Row& row : kRows) {
    if (row.operation == operation) return {row.cpu, row.cuda};
  }
  return {};
}

AutocastInputs::AutocastInputs(const Operation& operation, Inputs inputs) : inputs_(inputs) {
  const DeviceType device = device_of(inputs);
  const AutocastPolicy policy = operation.autocast[static_cast<size_t>(device)];
  if (policy == None || policy == Float32Result || !autocast_enabled(device)) return;
  const DType target = target_of(policy, device, inputs);
  list_.assign(inputs.begin(), inputs.end());
  for (TensorBody*& input : list_) {
    if (!eligible(input) || input->dtype() == target) continue;
    cast_.push_back(cast_to(input, target));
    input = cast_.back().body();
  }
  inputs_ = list_;
}

DType detail::dtype_under_autocast(const Operation& operation, const TensorBody& input) {
  const DeviceType device = input.device().type;
  const AutocastPolicy policy = operation.autocast[static_cast<size_t>(device)];
  if (!eligible(&input)) return input.dtype();
  if (policy == Lower) return autocast_dtype(device);
  return policy == Float32 || policy == Float32Result ? DType::Float32 : input.dtype();
}

void set_autocast_enabled(DeviceType device, bool enabled) {
  const uint8_t bit = autocast_bit(device);
  uint8_t& all = detail::modes.autocast;
  all = static_cast<uint8_t>(enabled ? all | bit : all & ~bit);
}

DType autocast_dtype(DeviceType device) { return state.lower[static_cast<size_t>(device)]; }
void set_autocast_dtype(DeviceType device, DType dtype) {
  if (!is_floating(dtype)) {
    fail<RuntimeError>("set_autocast_dtype: takes a floating-point dtype, got ", dtype);
  }
  state.lower[static_cast<size_t>(device)] = dtype;
}

bool autocast_cache_enabled() { return state.caching; }
void set_autocast_cache_enabled(bool enabled) { state.caching = enabled; }
void clear_autocast_cache() {
  const std::unique_ptr<std::map<CacheKey, Cached>> gone(std::exchange(state.cache, nullptr));
}
int count_autocast_contexts(int difference) { return state.contexts += difference; }

}  // namespace taeda
