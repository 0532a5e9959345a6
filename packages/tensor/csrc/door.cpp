#include "taeda/tensor/door.h"

#include <deque>
#include <unordered_map>

#include "autocast.h"
#include "overlap.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/promotion.h"

namespace taeda {
namespace {

const Recorder* installed_recorder = nullptr;
InterpreterLock interpreter_lock{};

// Below this many elements a launch is over sooner than the interpreter's lock is given away.
constexpr int64_t kSmallWork = 1 << 15;

// Addresses stay as the list grows; never destroyed, since tensors may outlive this library's
// statics.
struct OperationList {
  std::deque<Operation> all;
  std::unordered_map<std::string_view, const Operation*> by_name;
};
OperationList& operations() {
  static auto* list = new OperationList;
  return *list;
}

// Inputs lie on one device; numbers and zero-dimensional CPU tensors may meet any.
Device common_device(const Call& call) {
  bool all_on_cpu = true;
  for (const TensorBody* input : call.inputs) {
    all_on_cpu &= !input || input->device().type == DeviceType::CPU;
  }
  if (all_on_cpu) return {};  // the usual case

  Device device{};
  bool found = false;
  for (const TensorBody* input : call.inputs) {
    if (!input) continue;
    const Device other = input->device();
    const bool flexible = input->ndim() == 0 && other.type == DeviceType::CPU;
    if (!found || (device.type == DeviceType::CPU && other != device)) {
      if (!flexible || !found) device = other;
      found = found || !flexible;
    } else if (other != device && !flexible) {
      fail<RuntimeError>(call.operation.name, ": all tensors must be on one device, got ", device,
                         " and ", other, "; move one with .to(\"", device, "\")");
    }
  }
  return device;
}

void allocate_outputs(Call& call, Specs& specs, Device device) {
  call.output_count = specs.size();
  for (int i = 0; i < specs.size(); ++i) {
    Spec& spec = specs[i];
    call.outputs[i] =
        empty_dense(std::move(spec.shape), std::move(spec.strides), spec.dtype, device);
  }
}

// An `out=` that holds nothing takes the result's shape; any other must have it.
void check_given(Call& call, const Specs& specs, Device device) {
  const char* name = call.operation.name;
  for (int i = 0; i < call.output_count; ++i) {
    TensorBody& out = *call.outputs[i];
    if (out.device() != device) {
      fail<RuntimeError>(name, ": out is on ", out.device(), ", the inputs are on ", device);
    }
    if (!can_cast(specs[i].dtype, out.dtype())) {
      fail<RuntimeError>(name, ": result type ", specs[i].dtype,
                         " can't be cast to the desired output type ", out.dtype());
    }
    if (!out.storage().writable()) {
      fail<RuntimeError>(name, ": the memory written to is read-only; clone() the tensor first");
    }
    if (out.storage().is_inference() && !inference_enabled()) {
      fail<RuntimeError>(name,
                         ": Inplace update to inference tensor outside InferenceMode is not "
                         "allowed; clone() the tensor first");
    }
    if (out.shape() != specs[i].shape) {
      if (call.in_place || out.numel() != 0) {
        fail<RuntimeError>(name, ": output shape ", out.shape(),
                           " does not match the broadcast shape ", specs[i].shape);
      }
      const Tensor fresh = empty(specs[i].shape, out.dtype(), device);
      out.reset(fresh->storage_ptr(), 0, fresh->shape(), fresh->strides(), out.dtype());
    }
    if (overlaps_itself(out)) {
      fail<RuntimeError>(name,
                         ": more than one element of the written-to tensor refers to a single "
                         "memory location; clone() the tensor before writing");
    }
  }
}

// Kernels of a device read its memory only: zero-dimensional tensors of the CPU move there.
class DeviceInputs {
 public:
  DeviceInputs(Inputs inputs, Device device) : inputs_(inputs) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      TensorBody* input = inputs[i];
      if (!input || input->device() == device || input->ndim() != 0) continue;
      if (list_.empty()) list_.assign(inputs.begin(), inputs.end());
      const Tensor here = empty({}, input->dtype(), device);
      kernels(device).elementwise.fill(here->array(), input->data());
      here->wrapped_number = input->wrapped_number;
      list_[i] = here.body();
      moved_.push_back(here);
    }
    if (!list_.empty()) inputs_ = list_;
  }
  operator Inputs() const { return inputs_; }  // NOLINT: stands for them

 private:
  Inputs inputs_;
  std::vector<TensorBody*> list_;
  std::vector<Tensor> moved_;
};

void launch_on(const Call& call, Inputs inputs, Outputs outputs, Device device) {
  const KernelTable& table = kernels(device);
  if (device.type == DeviceType::CPU) {
    return call.operation.launch(table, inputs, outputs, call.attributes);
  }
  // Kernels run on the thread's current device.
  struct Current {
    const RuntimeKernels& runtime;
    int8_t before = runtime.current_device();
    ~Current() { runtime.set_device(before); }
  } current{table.runtime};
  table.runtime.set_device(device.index);
  try {
    if (call.operation.takes_numbers)
      call.operation.launch(table, inputs, outputs, call.attributes);
    else
      call.operation.launch(table, DeviceInputs(inputs, device), outputs, call.attributes);
  } catch (const MissingKernel&) {
    fail<NotImplementedError>(call.operation.name, ": not implemented on ", device,
                              "; move the tensors with .cpu()");
  }
}

void launch(const Call& call, Inputs inputs, Outputs outputs, Device device) {
  int64_t work = 0;
  for (const TensorBody* input : inputs) work += input ? input->numel() : 0;
  for (const Tensor& out : outputs) work += out.numel();
  if (work < kSmallWork || !interpreter_lock.release) {
    return launch_on(call, inputs, outputs, device);
  }
  struct Unlocked {
    void* state = interpreter_lock.release();
    ~Unlocked() { interpreter_lock.take(state); }
  } unlocked;
  launch_on(call, inputs, outputs, device);
}

Tensor clone_of(const TensorBody& tensor) {
  Tensor copy = empty_like(tensor);
  kernels(tensor.device()).elementwise.copy(copy->array(), tensor.array());
  return copy;
}

// Writes into outputs that exist: what overlaps an input in part, or has another dtype than the
// kernel writes, goes through a temporary.
void launch_into_given(Call& call, const Specs& specs, Device device) {
  std::array<TensorBody*, 16> inputs;
  std::vector<Tensor> copies;
  if (call.inputs.size() > inputs.size()) {
    fail<RuntimeError>(call.operation.name, ": too many inputs for out=");
  }
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    inputs[i] = call.inputs[i];
    for (int o = 0; inputs[i] && o < call.output_count; ++o) {
      if (overlap_matters(*call.outputs[o], *inputs[i], call.operation.converts_output)) {
        inputs[i] = copies.emplace_back(clone_of(*inputs[i])).body();
      }
    }
  }
  std::array<Tensor, kMaxOutputs> written = call.outputs;
  for (int o = 0; o < call.output_count; ++o) {
    if (!call.operation.converts_output &&
        (written[o].dtype() != specs[o].dtype || !written[o]->is_contiguous())) {
      written[o] = empty(specs[o].shape, specs[o].dtype, device);
    }
  }
  launch(call, Inputs(inputs.data(), call.inputs.size()),
         Outputs(written.data(), static_cast<size_t>(call.output_count)), device);
  for (int o = 0; o < call.output_count; ++o) {
    TensorBody& out = *call.outputs[o];
    if (written[o].body() != &out) {
      kernels(device).elementwise.copy(out.array(), written[o]->array());
    }
    out.storage().bump_version(call.operation.name);
  }
}

void make_view(Call& call) {
  TensorBody& input = *call.inputs[0];
  ViewSpec spec = call.operation.view(input, call.attributes);
  Tensor view = Tensor::make(input.storage_ptr(), spec.offset, std::move(spec.shape),
                             std::move(spec.strides), input.dtype());
  if (grad_enabled()) {
    view->base = input.base.defined() ? input.base : Tensor(&input);
  }
  call.outputs[0] = std::move(view);
  call.output_count = 1;
}

// A view of a tensor that has come to require grad, by an in-place write, requires it too.
bool requires_grad(const TensorBody& tensor) {
  return tensor.requires_grad || (tensor.base.defined() && tensor.base->requires_grad);
}

bool wants_record(const Call& call) {
  for (const TensorBody* input : call.inputs) {
    if (input && requires_grad(*input)) return true;
  }
  if (!call.given_out) return false;
  for (int i = 0; i < call.output_count; ++i) {
    if (requires_grad(*call.outputs[i])) return true;
  }
  return false;
}

void run_call(Call& call) {
  const Operation& operation = call.operation;
  const bool recording = installed_recorder && grad_enabled();
  if (operation.view) {
    make_view(call);
  } else {
    const Device device = common_device(call);
    Specs specs;
    operation.infer(call.inputs, call.attributes, specs);
    if (call.given_out) {
      check_given(call, specs, device);
      if (recording && wants_record(call)) installed_recorder->before_write(call);
      launch_into_given(call, specs, device);
    } else {
      const Device target = operation.device ? operation.device(call.attributes) : device;
      allocate_outputs(call, specs, target);
      launch(call, call.inputs,
             Outputs(call.outputs.data(), static_cast<size_t>(call.output_count)),
             call.inputs.empty() ? target : device);
    }
  }
  if (recording && wants_record(call)) installed_recorder->record(call);
}

// The casts are calls of their own, so that they are recorded. A write into what is given keeps
// the dtypes that it is given.
[[gnu::noinline]] void run_autocast(Call& call) {
  if (call.given_out) return run_call(call);
  const Inputs given = call.inputs;
  const AutocastInputs taken(call.operation, given);
  call.inputs = taken;
  run_call(call);
  call.inputs = given;
}

}  // namespace

void install_recorder(const Recorder* recorder) { installed_recorder = recorder; }
const Recorder* recorder() { return installed_recorder; }
void install_interpreter_lock(InterpreterLock lock) { interpreter_lock = lock; }

const Operation* find_operation(std::string_view name) {
  const auto found = operations().by_name.find(name);
  return found == operations().by_name.end() ? nullptr : found->second;
}

const Operation& register_operation(const Operation& operation) {
  if (const Operation* known = find_operation(operation.name)) return *known;
  Operation& added = operations().all.emplace_back(operation);
  added.autocast = autocast_policies(operation.name);
  operations().by_name.emplace(added.name, &added);
  return added;
}

std::vector<const Operation*> all_operations() {
  std::vector<const Operation*> list;
  for (const Operation& operation : operations().all) list.push_back(&operation);
  return list;
}

void pass(Call& call) {
  if (detail::modes.autocast) [[unlikely]]
    return run_autocast(call);
  run_call(call);
}

}  // namespace taeda
