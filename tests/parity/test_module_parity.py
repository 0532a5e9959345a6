"""The Module protocol beside PyTorch's: one program, run with either, prints the same."""

import copy
import pickle

import pytest

import taeda_autograd  # noqa: F401  (gradients)
import taeda_nn
import taeda_tensor

torch = pytest.importorskip("torch")


def forward_hooks(torch, nn, log):
    layer = nn.Identity()
    handles = [
        layer.register_forward_pre_hook(lambda m, args: log("pre", len(args))),
        layer.register_forward_pre_hook(lambda m, args: (args[0] + 1,), prepend=True),
        layer.register_forward_hook(lambda m, args, out: log("post", args[0].item(), out.item())),
        layer.register_forward_hook(lambda m, args, out: out * 10, prepend=True),
        layer.register_forward_hook(
            lambda m, args, kwargs, out: log("kwargs", sorted(kwargs)), with_kwargs=True
        ),
    ]
    log(layer(torch.tensor(1.0)).item())
    handles[3].remove()
    log(layer(torch.tensor(1.0)).item(), len(layer._forward_hooks), len(layer._forward_pre_hooks))


def hooks_and_errors(torch, nn, log):
    class Fails(nn.Module):
        def forward(self, x, *, again=False):
            log("forward", again)
            raise ValueError("no")

    layer = Fails()
    layer.register_forward_hook(lambda m, args, out: log("never"))
    layer.register_forward_hook(lambda m, args, out: log("always", out), always_call=True)
    layer.register_forward_pre_hook(
        lambda m, args, kwargs: (args, {"again": True}), with_kwargs=True
    )
    try:
        layer(torch.ones(1))
    except ValueError as error:
        log(error.args)


def backward_hooks(torch, nn, log):
    def show(kind):
        def hook(module, *gradients):
            log(kind, [[None if g is None else g.tolist() for g in part] for part in gradients])

        return hook

    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    for p in net.parameters():
        nn.init.constant_(p, 0.5)
    for number, layer in enumerate(net):
        layer.register_full_backward_pre_hook(show(f"pre {number}"))
        layer.register_full_backward_hook(show(f"full {number}"))
    handle = net.register_full_backward_hook(lambda m, gi, go: (gi[0] * 2,))
    x = torch.tensor([[1.0, -0.25]], requires_grad=True)
    net(x).sum().backward()
    log(x.grad.tolist(), net[0].weight.grad.tolist())
    handle.remove()
    # Without a gradient of the input.
    net(torch.ones(1, 2)).sum().backward()


def registration(torch, nn, log):
    m = nn.Module()
    m.a = nn.Parameter(torch.ones(1))
    m.register_buffer("b", torch.ones(2))
    m.register_buffer("c", torch.ones(2), persistent=False)
    m.register_parameter("none", None)
    m.d = nn.Linear(1, 1)
    m.e = m.d
    m.f = None
    log(list(m.state_dict()), [n for n, _ in m.named_parameters()])
    log([n for n, _ in m.named_buffers()], [n for n, _ in m.named_modules()])
    log([n for n, _ in m.named_parameters(remove_duplicate=False)])
    log(len(list(m.modules())), len(list(m.modules(remove_duplicate=False))))
    m.b = torch.zeros(3)
    m.d = nn.ReLU()
    m.a = None
    log(list(m.state_dict()), repr(m))
    for name, value in [("a", torch.ones(1)), ("b", 1), ("d", 2)]:
        try:
            setattr(m, name, value)
            log(name, "taken")
        except TypeError:
            log(name, "TypeError")
    del m.d
    for action in (
        lambda: m.d,
        lambda: m.register_buffer("a.b", None),
        lambda: m.register_buffer("training", None),
        lambda: m.add_module("", None),
        lambda: m.add_module("x", 1),
        lambda: m.register_parameter("y", torch.ones(1)),
        lambda: m.get_submodule("e.x"),
        lambda: m.get_parameter("b"),
        lambda: m.train("yes"),
        lambda: m(1),
    ):
        try:
            log(action())
        except Exception as error:
            log(type(error).__name__)


def containers(torch, nn, log):
    s = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    s.append(nn.GELU())
    s.insert(1, nn.Identity())
    s.extend([nn.Flatten()])
    del s[0]
    s[0] = nn.ReLU()
    log(s, s[1:3], s[-1], len(s), s + nn.Sequential(nn.Tanh()), nn.Sequential(nn.ReLU()) * 2)
    log(s.pop(1), list(s._modules))
    blocks = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)] + [nn.ReLU()])
    blocks.insert(0, nn.Tanh())
    tail = [nn.ReLU()]
    log(blocks, blocks[1:], list(blocks.state_dict()), blocks.pop(0), len(blocks + tail))
    table = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Linear(1, 1)})
    table.update([("c", nn.Tanh())])
    log(table, list(table), "a" in table, table.pop("b"), list(table.state_dict()))
    numbers = nn.ParameterList([nn.Parameter(torch.ones(2)), torch.zeros(1, 3)])
    numbers.append(nn.Parameter(torch.ones(1)))
    log(list(numbers.state_dict()), len(numbers), [n for n, _ in numbers.named_parameters()])
    named = nn.ParameterDict({"x": torch.ones(2)})
    log(list(named.state_dict()), list(named.keys()))
    nested = nn.Sequential(nn.ModuleDict({"k": nn.ModuleList([nn.Linear(2, 3)])}), nn.ReLU())
    log(nested, list(nested.state_dict()), nested.get_submodule("0.k.0"))
    for action in (lambda: s[9], lambda: blocks["x"], lambda: table["x"], lambda: nn.Sequential(1)):
        try:
            log(action())
        except Exception as error:
            log(type(error).__name__)


def loading(torch, nn, log):
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    state = net.state_dict()
    log({k: dict(v) for k, v in state._metadata.items()})
    log(state["0.weight"].requires_grad, net.state_dict(keep_vars=True)["0.weight"].requires_grad)
    state["more"] = state.pop("1.num_batches_tracked")
    log(net.load_state_dict(state, strict=False))
    other = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    kept = other[0].weight
    log(other.load_state_dict(net.state_dict()), other[0].weight is kept)
    log(other.load_state_dict(net.state_dict(), assign=True), other[0].weight is kept)
    log(list(net.state_dict(prefix="p.")))
    for wrong in ([1], {"0.weight": torch.ones(3, 3)}, {"0.weight": 1}):
        try:
            other.load_state_dict(wrong)
        except Exception as error:
            log(type(error).__name__)


def modes_and_conversion(torch, nn, log):
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout())
    weight = net[0].weight
    log([m.training for m in net.eval().modules()], [m.training for m in net.train().modules()])
    net.double()
    log(net[0].weight is weight, str(weight.dtype).split(".")[1])
    log(str(net[1].num_batches_tracked.dtype).split(".")[1])
    net.to(torch.float16).requires_grad_(False)
    log(weight.requires_grad, str(weight.dtype).split(".")[1])
    net.float().requires_grad_()(torch.ones(3, 2)).sum().backward()
    net.zero_grad()
    log(weight.grad)
    net(torch.ones(3, 2)).sum().backward()
    net.zero_grad(set_to_none=False)
    log(weight.grad.tolist())
    order = []
    net.apply(lambda m: order.append(type(m).__name__))
    log(order)


def copies(torch, nn, log):
    net = nn.Sequential(nn.Linear(1, 1))
    net.tied = net[0]
    net.register_forward_hook(print)
    net._forward_hooks.clear()
    for clone in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), copy.copy(net)):
        log(clone, clone.tied is clone[0], clone[0].weight is net[0].weight)
        log(type(clone[0].weight).__name__, clone[0].weight.requires_grad)


PROGRAMS = [
    forward_hooks,
    hooks_and_errors,
    backward_hooks,
    registration,
    containers,
    loading,
    modes_and_conversion,
    copies,
]


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
@pytest.mark.parametrize("program", PROGRAMS, ids=[program.__name__ for program in PROGRAMS])
def test_program(program):
    logs = []
    for library, nets in ((taeda_tensor, taeda_nn), (torch, torch.nn)):
        lines = []
        program(library, nets, lambda *values, out=lines: out.append(" ".join(map(str, values))))
        logs.append([line.replace("taeda_nn.", "").replace("torch.nn.", "") for line in lines])
    assert logs[0] == logs[1]
    assert logs[0]
