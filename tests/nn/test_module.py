"""The Module protocol: registration, walking, conversion, copying, printing."""

import copy
import pickle

import pytest

import taeda_tensor as tt
from taeda_nn import (
    BatchNorm1d,
    Buffer,
    Conv2d,
    Conv3d,
    Identity,
    Linear,
    Module,
    ModuleList,
    Parameter,
    ReLU,
    Sequential,
)


class Net(Module):
    def __init__(self):
        super().__init__()
        self.first = Linear(2, 3)
        self.norm = BatchNorm1d(3)
        self.rest = ModuleList([Linear(3, 3), Sequential(ReLU(), Linear(3, 1))])
        self.scale = Parameter(tt.ones(1))
        self.register_buffer("offset", tt.zeros(1), persistent=False)

    def forward(self, x):
        x = self.norm(self.first(x))
        for module in self.rest:
            x = module(x)
        return x * self.scale + self.offset


NAMES = [
    "scale",
    "first.weight",
    "first.bias",
    "norm.weight",
    "norm.bias",
    "rest.0.weight",
    "rest.0.bias",
    "rest.1.1.weight",
    "rest.1.1.bias",
]


def test_names_of_everything_in_the_tree():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert next(name for name, _ in net.named_parameters("net")) == "net.scale"
    assert [name for name, _ in net.named_parameters(recurse=False)] == ["scale"]
    assert [name for name, _ in net.named_buffers()] == [
        "offset",
        "norm.running_mean",
        "norm.running_var",
        "norm.num_batches_tracked",
    ]
    assert [name for name, _ in net.named_children()] == ["first", "norm", "rest"]
    names = ["", "first", "norm", "rest", "rest.0", "rest.1", "rest.1.0", "rest.1.1"]
    assert [name for name, _ in net.named_modules()] == names
    assert len(list(net.modules())) == len(names)


def test_parameters_live_in_the_instance_dictionary():
    layer = Linear(2, 3)
    assert layer.__dict__["weight"] is layer.weight
    assert layer._parameters["weight"] is layer.weight
    assert list(layer._parameters) == ["weight", "bias"]
    assert "__getattr__" not in dir(Module)
    replacement = Parameter(tt.zeros(3, 2))
    layer._parameters["weight"] = replacement
    assert layer.weight is replacement
    del layer._parameters["bias"]
    assert not hasattr(layer, "bias")
    with pytest.raises(KeyError):
        layer._parameters["bias"]


def test_shared_parameters_are_listed_once_and_stay_shared_in_a_copy():
    net = Sequential(Linear(2, 2), Linear(2, 2))
    net[1].weight = net[0].weight
    assert len(list(net.parameters())) == 3
    assert len(list(net.named_parameters(remove_duplicate=False))) == 4
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin[1].weight is twin[0].weight
        assert twin[0].weight is not net[0].weight
        assert isinstance(twin[0].weight, Parameter)
        assert twin[0].weight.tolist() == net[0].weight.tolist()


def test_assigning_changes_the_kind_of_an_attribute():
    module = Module()
    module.x = 3
    module.x = Parameter(tt.zeros(1))
    assert list(module._parameters) == ["x"]
    module.x = None
    assert module.x is None
    assert list(module._parameters) == ["x"]
    assert list(module.parameters()) == []
    module.x = Identity()
    assert (list(module._parameters), list(module._modules)) == ([], ["x"])
    del module.x
    assert list(module._modules) == []
    assert not hasattr(module, "x")
    module.b = Buffer(tt.zeros(1), persistent=False)
    module.b = tt.ones(1)
    assert list(module._buffers) == ["b"]
    assert list(module.state_dict()) == []


@pytest.mark.parametrize(
    ("action", "error", "text"),
    [
        (lambda m: setattr(m, "weight", tt.zeros(1)), TypeError, "as parameter 'weight'"),
        (lambda m: setattr(m, "weight", 3), TypeError, "cannot assign 'int' as parameter 'weight'"),
        (
            lambda m: setattr(m, "child", 3),
            TypeError,
            "cannot assign 'int' as child module 'child'",
        ),
        (lambda m: setattr(m, "stat", 3), TypeError, "cannot assign 'int' as buffer 'stat'"),
        (lambda m: m.register_parameter("a.b", None), KeyError, "contain"),
        (lambda m: m.register_parameter("", None), KeyError, "be empty string"),
        (lambda m: m.register_parameter(3, None), TypeError, "should be a string. Got int"),
        (lambda m: m.register_parameter("p", tt.zeros(1)), TypeError, "object to parameter 'p'"),
        (lambda m: m.register_buffer("forward", None), KeyError, "'forward' already exists"),
        (lambda m: m.register_buffer("b", 3), TypeError, "object to buffer 'b'"),
        (lambda m: m.add_module("x", 3), TypeError, "int is not a Module subclass"),
        (lambda m: m.get_submodule("child.y"), AttributeError, "Identity has no attribute `y`"),
        (lambda m: m.get_parameter("stat"), AttributeError, "`stat` is not an nn.Parameter"),
        (lambda m: m.get_buffer("weight"), AttributeError, "`weight` is not a buffer"),
        (lambda m: m.train(1), ValueError, "expected to be boolean"),
        (lambda m: m.to(tt.int64), TypeError, "only accepts floating point"),
        (lambda m: m.to(1.5), TypeError, "to\\(\\) takes"),
        (lambda m: m(3), NotImplementedError, 'missing the required "forward"'),
        (lambda m: m.get_extra_state(), RuntimeError, "does not override"),
    ],
)
def test_bad_use_is_one_clear_error_and_changes_nothing(action, error, text):
    module = Module()
    module.weight = Parameter(tt.ones(1))
    module.child = Identity()
    module.register_buffer("stat", tt.ones(1))
    before = list(module.state_dict())
    with pytest.raises(error, match=text):
        action(module)
    assert list(module.state_dict()) == before
    assert module.weight.item() == 1


@pytest.mark.parametrize("value", [lambda: Parameter(tt.zeros(1)), Identity])
def test_assigning_before_init(value):
    class Early(Module):
        def __init__(self):
            self.x = value()

    with pytest.raises(AttributeError, match=r"before Module\.__init__\(\) call"):
        Early()


def test_conversion_keeps_the_parameter_objects():
    net = Net()
    kept = list(net.parameters())
    net.scale.grad = tt.ones(1)
    net.double()
    assert [a is b for a, b in zip(kept, net.parameters(), strict=True)] == [True] * len(kept)
    assert {p.dtype for p in net.parameters()} == {tt.float64}
    assert net.scale.grad.dtype == tt.float64
    assert net.norm.num_batches_tracked.dtype == tt.int64
    assert net.to("cpu", tt.float32) is net
    assert net.scale.dtype == tt.float32
    assert net.to(tt.zeros(1, dtype=tt.float16)).scale.dtype == tt.float16
    assert net.float().bfloat16().half().cpu().to(dtype=tt.float32).offset.dtype == tt.float32


def test_modes_gradients_and_apply():
    net = Net()
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    net.scale.grad = tt.ones(1)
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.tolist() == [0]
    net.zero_grad()
    assert net.scale.grad is None
    seen = []
    net.apply(lambda module: seen.append(type(module).__name__))
    assert seen[-1] == "Net"
    assert seen[0] == "Linear"


def test_access_by_path():
    net = Net()
    assert net.get_submodule("rest.1.1") is net.rest[1][1]
    assert net.get_submodule("") is net
    assert net.get_parameter("rest.0.bias") is net.rest[0].bias
    assert net.get_buffer("norm.running_var") is net.norm.running_var
    net.set_submodule("rest.1.0", Identity())
    assert isinstance(net.rest[1][0], Identity)


def test_print():
    assert repr(Net()) == (
        "Net(\n"
        "  (first): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (norm): BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, "
        "track_running_stats=True)\n"
        "  (rest): ModuleList(\n"
        "    (0): Linear(in_features=3, out_features=3, bias=True)\n"
        "    (1): Sequential(\n"
        "      (0): ReLU()\n"
        "      (1): Linear(in_features=3, out_features=1, bias=True)\n"
        "    )\n"
        "  )\n"
        ")"
    )
    assert repr(Module()) == "Module()"
    printed = repr(Parameter(tt.zeros(1)))
    assert printed.startswith("Parameter containing:\n")
    assert printed.endswith("([0.], requires_grad=True)")


def test_a_tree_of_modules_is_freed_without_the_cycle_collector():
    import gc
    import weakref

    gc.disable()
    try:
        net = Net()
        net.state_dict()
        list(net._parameters.items())
        reference = weakref.ref(net.rest[1])
        del net
        assert reference() is None
    finally:
        gc.enable()


def test_memory_formats_are_for_parameters_of_their_rank() -> None:
    net = Sequential(Conv2d(3, 4, 2), Conv3d(3, 4, 2), Linear(3, 4))
    assert net.to(memory_format=tt.channels_last) is net
    assert net[0].weight.stride() == (12, 1, 6, 3)
    assert net[1].weight.is_contiguous()
    assert net[2].weight.is_contiguous()
    net.to(memory_format=tt.channels_last_3d)
    assert net[1].weight.is_contiguous(memory_format=tt.channels_last_3d)
    net.to(memory_format=tt.contiguous_format)
    assert all(parameter.is_contiguous() for parameter in net.parameters())
