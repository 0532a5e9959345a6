"""Weights computed from other parameters before each forward: weight norm and spectral norm."""

from __future__ import annotations

from typing import Any

from taeda_tensor import Tensor, dot, mv, no_grad, norm, randn

from .._module import Module
from ..functional import normalize
from ..parameter import Parameter


class _ComputedWeight:
    """A hook that sets an attribute of a module before it runs."""

    kind = ""

    def __init__(self, name: str) -> None:
        self.name = name

    def compute(self, module: Module, training: bool) -> Tensor:
        raise NotImplementedError

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute(module, module.training))

    def attach(self, module: Module) -> None:
        """Puts the weight where the parameter was, and computes it from now on."""
        setattr(module, self.name, self.compute(module, False))
        module.register_forward_pre_hook(self)


def _check_new(kind: type[_ComputedWeight], module: Module, name: str) -> Tensor:
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, kind) and hook.name == name:
            raise RuntimeError(
                f"Cannot register two {kind.kind} hooks on the same parameter {name}"
            )
    weight: Tensor | None = module._parameters.get(name)
    if weight is None:
        raise ValueError(f"{kind.kind}: {type(module).__name__} has no parameter {name!r}")
    return weight


def _detach(kind: type[_ComputedWeight], module: Module, name: str, parts: tuple[str, ...]) -> Any:
    for number, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, kind) and hook.name == name:
            with no_grad():
                weight = hook.compute(module, False)
            delattr(module, name)
            for part in parts:
                delattr(module, name + part)
            module.register_parameter(name, Parameter(weight.detach()))
            del module._forward_pre_hooks[number]
            return module
    raise ValueError(f"{kind.kind} of '{name}' not found in {module}")


class WeightNorm(_ComputedWeight):
    """g v / |v|, the norm over all dimensions but one, or over all."""

    kind = "weight_norm"

    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = dim

    def norm(self, weight: Tensor) -> Tensor:
        if self.dim is None:
            return norm(weight)
        dim = self.dim % weight.dim()
        others = [d for d in range(weight.dim()) if d != dim]
        return norm(weight, 2, others, keepdim=True) if others else weight.abs()

    def compute(self, module: Module, training: bool) -> Tensor:
        size, direction = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        weight: Tensor = direction * (size / self.norm(direction))
        return weight


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Makes a parameter g v / |v|: its size and its direction are learnt apart.

    The norm is that over all dimensions but `dim`, or over all where it is None. The parameters are
    called `name` + "_g" and "_v" (Salimans and Kingma, 2016).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import Linear
    >>> layer = weight_norm(Linear(3, 2))
    >>> sorted(name for name, _ in layer.named_parameters())
    ['bias', 'weight_g', 'weight_v']
    """
    hook = WeightNorm(name, dim)
    weight = _check_new(WeightNorm, module, name)
    del module._parameters[name]
    module.register_parameter(name + "_g", Parameter(hook.norm(weight.detach())))
    module.register_parameter(name + "_v", Parameter(weight.detach()))
    hook.attach(module)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Makes what `weight_norm` computes a parameter again; ValueError where there is none."""
    return _detach(WeightNorm, module, name, ("_g", "_v"))


class SpectralNorm(_ComputedWeight):
    """The weight divided by its largest singular value, which power iteration follows."""

    kind = "spectral_norm"

    def __init__(self, name: str, steps: int, dim: int, eps: float) -> None:
        super().__init__(name)
        self.steps = steps
        self.dim = dim
        self.eps = eps

    def matrix(self, weight: Tensor) -> Tensor:
        return weight.movedim(self.dim, 0).flatten(1) if weight.dim() > 1 else weight.unsqueeze(1)

    def compute(self, module: Module, training: bool) -> Tensor:
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = self.matrix(weight)
        if training:
            with no_grad():
                for _ in range(self.steps):
                    v.copy_(normalize(mv(matrix.T, u), dim=0, eps=self.eps))
                    u.copy_(normalize(mv(matrix, v), dim=0, eps=self.eps))
            # Backward needs these, and the next forward writes into the buffers.
            u, v = u.clone(), v.clone()
        result: Tensor = weight / dot(u, mv(matrix, v))
        return result


def spectral_norm(
    module: Any,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Any:
    """Divides a parameter by its largest singular value, as a matrix whose rows are `dim`.

    Each forward in training takes `n_power_iterations` steps towards it. `dim` is 1 for transposed
    convolutions, else 0. ValueError for less than one step (Miyato et al., 2018).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import Linear
    >>> layer = spectral_norm(Linear(3, 2), n_power_iterations=20)
    >>> _ = layer(tt.zeros(1, 3))
    >>> round(tt.linalg.svdvals(layer.weight.detach())[0].item(), 3)
    1.0
    """
    if n_power_iterations < 1:
        raise ValueError(
            "Expected n_power_iterations to be positive, but got "
            f"n_power_iterations={n_power_iterations}"
        )
    weight = _check_new(SpectralNorm, module, name)
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    hook = SpectralNorm(name, n_power_iterations, dim, eps)
    rows, columns = hook.matrix(weight.detach()).shape
    del module._parameters[name]
    module.register_parameter(name + "_orig", weight)
    for part, size in (("_u", rows), ("_v", columns)):
        start = randn(size, dtype=weight.dtype, device=weight.device)
        module.register_buffer(name + part, normalize(start, dim=0, eps=eps))
    hook.attach(module)
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Makes what `spectral_norm` computes a parameter again; ValueError where there is none."""
    return _detach(SpectralNorm, module, name, ("_u", "_v", "_orig"))
