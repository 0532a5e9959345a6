"""Forward hooks, backward hooks, and the path an error carries out of nested modules."""

import pickle

import pytest

import taeda_tensor as tt
from taeda_nn import Identity, Linear, Module, ModuleDict, ModuleList, Sequential


class Double(Module):
    def forward(self, x, *, extra=0):
        return x * 2 + extra


def test_forward_hooks_see_and_change():
    module, log = Double(), []
    with (
        module.register_forward_pre_hook(lambda m, args: (args[0] + 1,)),
        module.register_forward_pre_hook(
            lambda m, args, kwargs: (args, {"extra": 10}), with_kwargs=True
        ),
        module.register_forward_hook(lambda m, args, out: log.append((args, out))),
        module.register_forward_hook(
            lambda m, args, kwargs, out: out + kwargs["extra"], with_kwargs=True
        ),
    ):
        assert module(1) == 24
    assert log == [((2,), 14)]
    assert module(1) == 2


def test_order_and_removal():
    module, log = Identity(), []
    module.register_forward_hook(lambda *a: log.append("a"))
    handle = module.register_forward_hook(lambda *a: log.append("b"), prepend=True)
    module(0)
    handle.remove()
    handle.remove()
    module(0)
    assert log == ["b", "a", "a"]
    assert len(module._forward_hooks) == 1
    assert pickle.loads(pickle.dumps(Sequential(Identity())))(3) == 3


def test_always_called_hook_runs_after_an_error():
    class Fails(Module):
        def forward(self):
            raise ValueError("no")

    module, log = Fails(), []
    module.register_forward_hook(lambda m, args, out: log.append(out), always_call=True)
    module.register_forward_hook(lambda m, args, out: log.append("never"))
    with pytest.raises(ValueError, match="no"):
        module()
    assert log == [None]


def test_bad_pre_hook_result():
    module = Identity()
    module.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match="must return None or a tuple"):
        module(1)


class Attention(Module):
    def __init__(self):
        super().__init__()
        self.project = Linear(2, 2)

    def forward(self, x):
        return self.project(x)


class Layer(Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, x):
        return self.attention(x)


class Model(Module):
    def __init__(self):
        super().__init__()
        self.encoder = Module()
        self.encoder.layers = ModuleList([Layer(), Layer()])
        self.heads = ModuleDict({"a": Sequential(Identity(), Linear(3, 3))})

    def forward(self, x, path="layers"):
        if path == "layers":
            return self.encoder.layers[1](x)
        return self.heads[path](x)


def notes(call):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        call()
    return caught.value.__notes__


def test_one_note_names_the_whole_path():
    model, bad = Model(), tt.zeros(1, 5)
    assert notes(lambda: model(bad)) == ["in model.encoder.layers[1].attention.project (Linear)"]
    assert notes(lambda: model(bad, "a")) == ["in model.heads['a'][1] (Linear)"]
    assert notes(lambda: model(bad, "b")) == ["in model (Model)"]
    assert notes(lambda: Linear(2, 2)(bad)) == ["in model (Linear)"]
    model.register_forward_hook(lambda *a: None)
    assert notes(lambda: model(bad)) == ["in model.encoder.layers[1].attention.project (Linear)"]


def test_a_module_outside_the_tree_keeps_its_own_note():
    class Borrower(Module):
        def forward(self, x):
            return Linear(2, 2)(x)

    assert notes(lambda: Borrower()(tt.zeros(1, 5))) == ["in model (Linear)", "in model (Borrower)"]


def test_success_costs_no_note_and_errors_pickle():
    model = Model()
    assert tuple(model(tt.zeros(1, 2)).shape) == (1, 2)
    with pytest.raises(KeyError) as caught:
        model(tt.zeros(1, 5), "b")
    assert pickle.loads(pickle.dumps(caught.value)).__notes__ == ["in model (Model)"]


def test_full_backward_hooks():
    pytest.importorskip("taeda_autograd")
    module, log = Double(), []
    module.register_full_backward_pre_hook(lambda m, grad: log.append(("pre", grad[0].tolist())))
    module.register_full_backward_hook(
        lambda m, grad_in, grad_out: (
            log.append((grad_in[0].tolist(), grad_out[0].tolist())),
            (grad_in[0] * 10,),
        )[1]
    )
    x = tt.tensor([1.0, 2.0], requires_grad=True)
    (module(x) * 3).sum().backward()
    assert log == [("pre", [3, 3]), ([6, 6], [3, 3])]
    assert x.grad.tolist() == [60, 60]
