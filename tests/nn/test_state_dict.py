"""state_dict and load_state_dict: texts, strictness, hooks, versions."""

import copy
import io
from collections import OrderedDict

import pytest

import taeda_tensor as tt
from taeda_nn import BatchNorm1d, Linear, Module, Sequential


def test_round_trip_shares_then_copies():
    source, target = (
        Sequential(Linear(2, 3), BatchNorm1d(3)),
        Sequential(Linear(2, 3), BatchNorm1d(3)),
    )
    state = source.state_dict()
    assert list(state) == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
    ]
    assert not state["0.weight"].requires_grad
    assert source.state_dict(keep_vars=True)["0.weight"] is source[0].weight
    assert list(source[0].state_dict(prefix="x.")) == ["x.weight", "x.bias"]
    assert type(state) is OrderedDict  # a file of weights may name no class of ours
    assert state._metadata[""]["version"] == 1
    assert state._metadata["1"]["version"] == 2
    keys = target.load_state_dict(state)
    assert str(keys) == "<All keys matched successfully>"
    assert (keys.missing_keys, keys.unexpected_keys) == ([], [])
    assert target[0].weight.tolist() == source[0].weight.tolist()
    with tt.no_grad():
        source[0].weight.zero_()
    assert target[0].weight.abs().sum().item() > 0
    assert state["0.weight"].abs().sum().item() == 0


def test_every_fault_is_listed():
    layer = Linear(2, 2)
    with pytest.raises(RuntimeError) as caught:
        layer.load_state_dict({"weight": tt.ones(3, 2), "x": tt.ones(2), "y.z": 1})
    size, own = tt.ones(3, 2).shape, tt.ones(2, 2).shape
    assert str(caught.value) == (
        "Error(s) in loading state_dict for Linear:\n"
        '\tMissing key(s) in state_dict: "bias". \n'
        '\tUnexpected key(s) in state_dict: "x", "y.z". \n'
        f"\tsize mismatch for weight: copying a param with shape {size} from checkpoint, "
        f"the shape in current model is {own}."
    )


def test_not_strict_reports_what_differs():
    layer = Linear(2, 2)
    keys = layer.load_state_dict({"weight": tt.ones(2, 2), "x": tt.ones(1)}, strict=False)
    assert (keys.missing_keys, keys.unexpected_keys) == (["bias"], ["x"])
    assert layer.weight.tolist() == [[1, 1], [1, 1]]


def test_wrong_types():
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like"):
        Linear(1, 1).load_state_dict(3)
    with pytest.raises(RuntimeError, match="or Tensor-like object from checkpoint"):
        Linear(1, 1, bias=False).load_state_dict({"weight": 3})


def test_assign_takes_the_tensors_over():
    layer = Linear(2, 2).requires_grad_(False)
    weight, bias = tt.ones(2, 2, dtype=tt.float64), tt.zeros(2)
    layer.load_state_dict({"weight": weight, "bias": bias}, assign=True)
    assert layer.weight.dtype == tt.float64
    assert not layer.weight.requires_grad
    weight.zero_()
    assert layer.weight.abs().sum().item() == 0


def test_extra_state():
    class Extra(Module):
        def __init__(self, value):
            super().__init__()
            self.value = value

        def get_extra_state(self):
            return {"value": self.value}

        def set_extra_state(self, state):
            self.value = state["value"]

    target = Sequential(Extra(0))
    state = Sequential(Extra(7)).state_dict()
    assert state["0._extra_state"] == {"value": 7}
    target.load_state_dict(state)
    assert target[0].value == 7
    assert target.load_state_dict({}, strict=False).missing_keys == ["0._extra_state"]


def test_hooks():
    layer, calls = Linear(1, 1), []
    handles = [
        layer.register_state_dict_pre_hook(lambda m, prefix, keep: calls.append(("pre", prefix))),
        layer.register_state_dict_post_hook(
            lambda m, state, prefix, meta: state.update({prefix + "more": tt.ones(1)})
        ),
        layer.register_load_state_dict_pre_hook(
            lambda m, state, prefix, *rest: state.pop(prefix + "more")
        ),
        layer.register_load_state_dict_post_hook(
            lambda m, keys: calls.append(("post", list(keys.missing_keys)))
        ),
    ]
    net = Sequential(layer)
    state = net.state_dict()
    assert list(state) == ["0.weight", "0.bias", "0.more"]
    with pytest.raises(RuntimeError, match=r"0\.more"):
        # The hook sees this module's part of the dictionary, the root has counted the key.
        Sequential(Linear(1, 1)).load_state_dict(state)
    layer.load_state_dict(layer.state_dict())
    assert ("pre", "0.") in calls
    assert calls[-1] == ("post", [])
    for handle in handles:
        handle.remove()
    assert list(net.state_dict()) == ["0.weight", "0.bias"]


def test_old_batch_norm_files_have_no_count():
    norm = BatchNorm1d(2)
    state = dict(norm.state_dict())
    del state["num_batches_tracked"]
    norm.num_batches_tracked.fill_(5)
    norm.load_state_dict(state)
    assert norm.num_batches_tracked.item() == 5


def test_a_copy_has_its_own_state():
    net = Sequential(Linear(1, 1))
    twin = copy.deepcopy(net)
    with tt.no_grad():
        twin[0].weight.fill_(3)
    assert net.state_dict()["0.weight"].item() != 3


def test_a_state_is_saved_and_read_without_trust():
    net = Sequential(Linear(2, 3), BatchNorm1d(3))
    state = net.state_dict()
    assert type(state) is OrderedDict
    file = io.BytesIO()
    tt.save({"net": state, "epoch": 2}, file)
    saved = tt.load(file)
    assert saved["epoch"] == 2
    assert type(saved["net"]) is OrderedDict
    assert saved["net"]._metadata == state._metadata
    twin = Sequential(Linear(2, 3), BatchNorm1d(3))
    twin.load_state_dict(saved["net"])
    for name, tensor in twin.state_dict().items():
        assert tt.equal(tensor, state[name])
