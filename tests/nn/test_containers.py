"""Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict."""

from collections import OrderedDict

import pytest

import taeda_tensor as tt
from taeda_nn import (
    Identity,
    Linear,
    ModuleDict,
    ModuleList,
    Parameter,
    ParameterDict,
    ParameterList,
    ReLU,
    Sequential,
    Tanh,
)


def kinds(modules):
    return [type(module).__name__ for module in modules]


def test_sequential_is_a_list():
    model = Sequential(ReLU(), Tanh(), Identity())
    assert kinds(model[1:]) == ["Tanh", "Identity"]
    assert list(model[1:]._modules) == ["1", "2"]
    assert kinds([model[-1]]) == ["Identity"]
    del model[0]
    assert list(model._modules) == ["0", "1"]
    assert kinds(model) == ["Tanh", "Identity"]
    model.insert(1, ReLU()).append(ReLU())
    assert kinds(model) == ["Tanh", "ReLU", "Identity", "ReLU"]
    model.extend([Tanh()])
    assert kinds(model + Sequential(ReLU())) == [*kinds(model), "ReLU"]
    assert kinds(Sequential(ReLU()) * 2) == ["ReLU", "ReLU"]
    model[0] = Identity()
    assert kinds([model.pop(0)]) == ["Identity"]
    model += Sequential(Identity())
    assert len(model) == 5
    named = Sequential(OrderedDict([("a", ReLU()), ("b", Tanh())]))
    assert named.a is named[0]
    assert list(named[:1]._modules) == ["a"]
    del named[0]
    assert list(named._modules) == ["b"]


@pytest.mark.parametrize(
    ("action", "error", "text"),
    [
        (lambda: Sequential(ReLU())[3], IndexError, "index 3 is out of range"),
        (lambda: ModuleList()[0], IndexError, "index 0 is out of range"),
        (lambda: Sequential(3), TypeError, "int is not a Module subclass"),
        (lambda: Sequential().insert(9, ReLU()), IndexError, "Index out of range: 9"),
        (lambda: Sequential() + 3, ValueError, "objects of Sequential class"),
        (lambda: Sequential() * 0, ValueError, "Non-positive"),
        (lambda: ModuleList().extend(3), TypeError, "iterable, but got int"),
        (lambda: ModuleDict().update(3), TypeError, "key/value pairs, but got int"),
        (lambda: ModuleDict().update([(1,)]), ValueError, "has length 1; 2 is required"),
        (lambda: ModuleDict({"forward": ReLU()}), KeyError, "'forward' already exists"),
        (lambda: ModuleDict({3: ReLU()}), TypeError, "should be a string. Got int"),
        (lambda: ModuleDict()["x"], KeyError, "x"),
        (lambda: ParameterList()[0], IndexError, "index 0 is out of range"),
        (lambda: ParameterList().extend(3), TypeError, "iterable, but got int"),
        (lambda: ParameterList()(), RuntimeError, "should not be called"),
        (lambda: ParameterDict({3: 1}), TypeError, "not a string"),
        (lambda: ParameterDict({"keys": 1}), KeyError, "'keys' already exists"),
        (lambda: ParameterDict()["x"], KeyError, "x"),
    ],
)
def test_bad_use(action, error, text):
    with pytest.raises(error, match=text):
        action()


def test_module_list():
    modules = ModuleList([ReLU(), Tanh()])
    modules.insert(1, Identity())
    modules.append(ReLU())
    assert kinds(modules) == ["ReLU", "Identity", "Tanh", "ReLU"]
    assert kinds(modules[::2]) == ["ReLU", "Tanh"]
    del modules[1:3]
    assert list(modules._modules) == ["0", "1"]
    assert kinds(modules + ModuleList([Tanh()])) == ["ReLU", "ReLU", "Tanh"]
    assert repr(modules) == "ModuleList(\n  (0-1): 2 x ReLU()\n)"
    assert repr(ModuleList()) == "ModuleList()"


def test_module_dict():
    modules = ModuleDict([("a", ReLU()), ("b", Tanh())])
    assert "a" in modules
    modules.update({"a": Identity()})
    assert kinds(modules.values()) == ["Identity", "Tanh"]
    assert list(modules.keys()) == ["a", "b"]
    assert [k for k, _ in modules.items()] == ["a", "b"]
    assert kinds([modules.pop("b")]) == ["Tanh"]
    modules.clear()
    assert len(modules) == 0
    assert repr(ModuleDict({"x": ReLU()})) == "ModuleDict(\n  (x): ReLU()\n)"


def test_parameter_list():
    values = ParameterList([Parameter(tt.ones(2, 3)), tt.ones(1), 5])
    assert isinstance(values[1], Parameter)
    assert list(values.state_dict()) == ["0", "1"]
    assert values[-1] == 5
    values[2] = tt.zeros(4)
    assert len(list(values.parameters())) == 3
    assert [tuple(p.shape) for p in values[1:]] == [(1,), (4,)]
    assert repr(ParameterList([tt.ones(2, 3), 5])) == (
        "ParameterList(\n"
        f"    (0): Parameter containing: [{tt.float32} of size 2x3]\n"
        "    (1): Object of type: int\n"
        ")"
    )


def test_parameter_dict():
    values = ParameterDict({"a": tt.ones(2)})
    values["b"] = tt.zeros(1)
    assert [name for name, _ in values.named_parameters()] == ["a", "b"]
    assert values.get("c", 3) == 3
    assert values.setdefault("c", 4) == 4
    assert values.popitem() == ("c", 4)
    assert list(values | ParameterDict({"d": tt.ones(1)})) == ["a", "b", "d"]
    assert values.copy()["a"] is values["a"]
    assert list(reversed(values)) == ["b", "a"]
    values.pop("a")
    assert "a" not in values
    values.clear()
    assert list(values.parameters()) == []


def test_nested_parameters_reach_the_parent():
    outer = Sequential(Sequential(Linear(1, 1)), ModuleList([Linear(1, 1)]))
    assert len(list(outer.parameters())) == 4
