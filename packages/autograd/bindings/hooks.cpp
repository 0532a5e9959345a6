// Hooks on tensors, and on tensors as they are saved for backward.
#include "autograd.h"
#include "taeda/autograd/saved_tensor.h"

namespace taeda::autograd::python {
namespace {

// The hooks of a leaf live in its Python object, where the collector of cycles sees them.
class LeafHook final : public TensorHook {
 public:
  LeafHook(TensorBody* leaf, const char* attribute) : leaf_(leaf), attribute_(attribute) {}
  void operator()(Tensor& gradient) override {
    PyObject* self = taeda::python::known_object(*leaf_);
    if (!self) return;
    const nb::object hooks = nb::getattr(nb::handle(self), attribute_, nb::none());
    if (!hooks.is_none()) DictHook(nb::cast<nb::dict>(hooks))(gradient);
  }

 private:
  TensorBody* leaf_;  // owns the history that owns the hook
  const char* attribute_;
};

// What saved_tensors_hooks packed.
class PackedObject final : public PackedTensor {
 public:
  PackedObject(nb::object packed, nb::object unpack)
      : packed_(std::move(packed)), unpack_(std::move(unpack)) {}
  Tensor unpack() const override {
    const nb::object tensor = unpack_(packed_);
    if (!is_tensor(tensor.ptr())) {
      fail<TypeError>("saved_tensors_hooks: the unpack hook must return a Tensor, got ",
                      Py_TYPE(tensor.ptr())->tp_name);
    }
    return Tensor(body_of(tensor.ptr()));
  }

 private:
  nb::object packed_, unpack_;
};

// The innermost hooks of this thread: a pair of functions, None where they are suspended.
thread_local PyObject* saved_hooks = nullptr;

std::unique_ptr<PackedTensor> pack(const Tensor& tensor) {
  const nb::tuple hooks = nb::borrow<nb::tuple>(saved_hooks);
  set_pack_tensor(nullptr);  // the hooks may run operations themselves
  struct Again {
    ~Again() { set_pack_tensor(pack); }
  } again;
  nb::object packed = hooks[0](nb::steal(to_python(tensor)));
  return std::make_unique<PackedObject>(std::move(packed), nb::object(hooks[1]));
}

}  // namespace

DictHook::~DictHook() {
  if (!Py_IsInitialized()) (void)hooks_.release();
}

void DictHook::operator()(Tensor& gradient) {
  const nb::list functions(hooks_.attr("values")());
  for (nb::handle function : functions) {
    const nb::object returned = function(nb::steal(to_python(gradient)));
    if (returned.is_none()) continue;
    if (!is_tensor(returned.ptr())) {
      fail<TypeError>("hook: a hook must return a Tensor or None, got ",
                      Py_TYPE(returned.ptr())->tp_name);
    }
    const Tensor changed(body_of(returned.ptr()));
    if (changed.shape() != gradient.shape()) {
      fail<RuntimeError>("hook: the returned gradient has shape ", changed.shape(),
                         ", expected that of the gradient, ", gradient.shape());
    }
    gradient = changed;
  }
}

void bind_hooks(nb::module_& m) {
  m.def(
      "add_hooks",
      [](const Tensor& tensor, nb::typed<nb::dict, int, nb::any> hooks) {
        add_tensor_hook(*tensor, std::make_shared<DictHook>(std::move(hooks)));
      },
      nb::arg("tensor"), nb::arg("hooks"));
  m.def(
      "watch_leaf",
      [](const Tensor& tensor) {
        add_tensor_hook(*tensor, std::make_shared<LeafHook>(tensor.body(), "_backward_hooks"));
      },
      nb::arg("tensor"));
  m.def(
      "watch_accumulation",
      [](const Tensor& tensor) {
        add_accumulated_hook(
            *tensor, std::make_shared<LeafHook>(tensor.body(), "_post_accumulate_grad_hooks"));
      },
      nb::arg("tensor"));
  m.def(
      "set_saved_tensor_hooks",
      [](nb::object hooks) {
        nb::object before = saved_hooks ? nb::steal(saved_hooks) : nb::none();
        saved_hooks = hooks.is_none() ? nullptr : hooks.release().ptr();
        set_pack_tensor(saved_hooks ? pack : nullptr);
        return before;
      },
      nb::arg("hooks").none(), "Sets the innermost hooks of this thread, returns those before.");
}

}  // namespace taeda::autograd::python
