// Convolution and its gradients by cuDNN.
#include "../matrix/convolution.h"

#include "../runtime/graphs.h"
#include "choices.h"
#include "cudnn.h"
#include "dense.h"
#include "description.h"
#include "libraries.h"
#include "opened.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

using dnn::Algorithm;
using dnn::Description;
using dnn::Library;

ConvolutionKernels own_kernels;
constexpr size_t kMostWorkspace = size_t{512} << 20;

// A handle serves one thread at a time.
struct Handle {
  std::mutex guard;
  bool tried = false;
  void* handle = nullptr;
};
Handle& handle_of_device() {
  static auto* const handles = new Handle[kMaxDevices];
  return handles[resolve(-1)];
}

void check(const Library& library, int status, const char* what) {
  if (status == dnn::kSuccess) return;
  fail<RuntimeError>(what, ": cuDNN: ", library.status_text(status), " (", status, ")");
}

class Descriptor {
 public:
  using Create = int (*)(void**);
  using Destroy = int (*)(void*);
  Descriptor(const Library& library, Create create, Destroy destroy) : destroy_(destroy) {
    check(library, create(&pointer_), "descriptor of a convolution");
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { destroy_(pointer_); }
  void* get() const { return pointer_; }

 private:
  Destroy destroy_;
  void* pointer_ = nullptr;
};

// The descriptors of the library, as one call uses them.
struct Described {
  Descriptor x, w, y, convolution;
  Described(const Library& l, const Description& d)
      : x(l, l.create_tensor, l.destroy_tensor),
        w(l, l.create_filter, l.destroy_filter),
        y(l, l.create_tensor, l.destroy_tensor),
        convolution(l, l.create_convolution, l.destroy_convolution) {
    const char* const what = "description of a convolution";
    check(l, l.set_tensor(x.get(), d.type, d.ndim, d.x.data(), d.x_strides.data()), what);
    check(l, l.set_filter(w.get(), d.type, dnn::kRowMajor, d.ndim, d.w.data()), what);
    check(l, l.set_tensor(y.get(), d.type, d.ndim, d.y.data(), d.y_strides.data()), what);
    check(l,
          l.set_convolution(convolution.get(), d.ndim - 2, d.padding.data(), d.stride.data(),
                            d.dilation.data(), dnn::kCrossCorrelation, d.compute),
          what);
    check(l, l.set_groups(convolution.get(), d.groups), what);
    check(l, l.set_maths(convolution.get(), d.maths), what);
  }
};

// One of the three calls: which of its functions are used, and the order of its operands.
struct Kind {
  const char* name;
  Library::Choose *Library::*suggest, *Library::*time;
  Library::Run* Library::* run;
  Descriptor Described::* first;
  Descriptor Described::* second;
  Descriptor Described::* result;
};
constexpr Kind kForward{"convolution",          &Library::suggest_forward,
                        &Library::time_forward, &Library::forward,
                        &Described::x,          &Described::w,
                        &Described::y};
constexpr Kind kForInput{"gradient of a convolution's input",
                         &Library::suggest_for_input,
                         &Library::time_for_input,
                         &Library::input_gradient,
                         &Described::w,
                         &Described::y,
                         &Described::x};
constexpr Kind kForWeight{"gradient of a convolution's weight",
                          &Library::suggest_for_weight,
                          &Library::time_for_weight,
                          &Library::weight_gradient,
                          &Described::x,
                          &Described::y,
                          &Described::w};

struct Choice {
  Algorithm algorithm;
  bool exists;
};

// The first of the library's proposals that keeps to the settings.
Choice choose(const Library& library, void* handle, const Kind& kind, const Described& d,
              bool timed, bool deterministic) {
  constexpr int kMost = 16;
  Algorithm algorithms[kMost];
  int found = 0;
  const auto ask = timed ? library.*kind.time : library.*kind.suggest;
  if (ask(handle, (d.*kind.first).get(), (d.*kind.second).get(), d.convolution.get(),
          (d.*kind.result).get(), kMost, &found, algorithms) != dnn::kSuccess) {
    return {};
  }
  for (int i = 0; i < found; ++i) {
    const Algorithm& a = algorithms[i];
    if (a.status != dnn::kSuccess || a.workspace_bytes > kMostWorkspace) continue;
    if (deterministic && !a.is_deterministic) continue;
    return {a, true};
  }
  return {};
}

// Whether the library computes `result` from the two others, which need not lie without gaps.
bool run(const Kind& kind, const Array& x, const Array& w, const Array& y, const Array& first,
         const Array& second, const Array& result, const ConvolutionGeometry& geometry) {
  const LibrarySettings& settings = library_settings();
  if (!settings.cudnn || !is_floating(x.dtype) || w.dtype != x.dtype || y.dtype != x.dtype ||
      !result.is_contiguous()) {
    return false;
  }
  const Library* library = dnn::library();
  Description description;
  if (!library || !description.fill(x, w, y, geometry)) return false;

  Handle& mine = handle_of_device();
  std::lock_guard lock(mine.guard);
  if (!std::exchange(mine.tried, true) && library->create(&mine.handle) != dnn::kSuccess) {
    mine.handle = nullptr;
  }
  if (!mine.handle) return false;
  check(*library, library->set_stream(mine.handle, current_stream()), kind.name);

  const Described described(*library, description);
  // Nothing can be timed while a graph is recorded.
  const bool timed = settings.cudnn_benchmark && !is_recording();
  const bool deterministic = settings.cudnn_deterministic;
  std::vector<int64_t> facts = description.facts();
  facts.insert(facts.end(),
               {current_device(), kind.name[0] == 'c', &kind == &kForInput, timed, deterministic});
  static auto* const choices = new Choices<Choice>;
  const Choice choice = choices->get(
      facts, [&] { return choose(*library, mine.handle, kind, described, timed, deterministic); });
  if (!choice.exists) return false;

  const Dense a(first), b(second);
  const size_t bytes = choice.algorithm.workspace_bytes;
  const DeviceScratch<char> workspace(static_cast<int64_t>(bytes));
  const double wide[] = {1, 0};
  const float narrow[] = {1, 0};
  const bool is_wide = x.dtype == DType::Float64;
  const auto factor = [&](int i) {
    return is_wide ? static_cast<const void*>(wide + i) : static_cast<const void*>(narrow + i);
  };
  const OpenMemory open;
  const int status =
      (library->*kind.run)(mine.handle, factor(0), (described.*kind.first).get(), a.data(),
                           (described.*kind.second).get(), b.data(), described.convolution.get(),
                           choice.algorithm.number, bytes > 0 ? workspace.data() : nullptr, bytes,
                           factor(1), (described.*kind.result).get(), result.data);
  if (dnn::is_refusal(status)) return false;
  check(*library, status, kind.name);
  return true;
}

// out += bias, one a channel.
void add_bias(const Array& out, const Array& bias) {
  if (!bias.data) return;
  const int64_t steps[5] = {0, bias.strides[0], 0, 0, 0};
  constexpr double kOnce = 1;
  const Array inputs[] = {out, {bias.data, bias.dtype, out.shape, steps}};
  elementwise_kernels().run({.arity = Arity::Binary,
                             .op = index_of<Add>(),
                             .compute = out.dtype,
                             .out = out,
                             .inputs = inputs,
                             .params = &kOnce});
}

void forward(const ConvolutionCall& call) {
  if (!run(kForward, call.input, call.weight, call.out, call.input, call.weight, call.out,
           call.geometry)) {
    return own_kernels.forward(call);
  }
  add_bias(call.out, call.bias);
  if (call.activation < 0) return;
  elementwise_kernels().run({.arity = Arity::Unary,
                             .op = call.activation,
                             .compute = call.out.dtype,
                             .out = call.out,
                             .inputs = {&call.out, 1},
                             .params = call.activation_params});
}

void input_gradient(const ConvolutionInputGradientCall& call) {
  if (!run(kForInput, call.grad_input, call.weight, call.grad_out, call.weight, call.grad_out,
           call.grad_input, call.geometry)) {
    return own_kernels.input_gradient(call);
  }
  add_bias(call.grad_input, call.bias);
}

void weight_gradient(const ConvolutionWeightGradientCall& call) {
  if (!run(kForWeight, call.input, call.grad_weight, call.grad_out, call.input, call.grad_out,
           call.grad_weight, call.geometry)) {
    return own_kernels.weight_gradient(call);
  }
  bias_gradient(call.grad_bias, call.grad_out);
}

}  // namespace

ConvolutionKernels with_cudnn(const ConvolutionKernels& own) {
  own_kernels = own;
  return {.forward = forward, .input_gradient = input_gradient, .weight_gradient = weight_gradient};
}

}  // namespace taeda::cuda
