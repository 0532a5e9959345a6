"""scaled_dot_product_attention beside PyTorch's: results and gradients."""

import numpy as np
import pytest

import taeda_autograd  # noqa: F401  (gradients)
import taeda_tensor as tt
from taeda_nn.functional import scaled_dot_product_attention

torch = pytest.importorskip("torch")

MASKS = {
    "none": lambda random: None,
    "bool": lambda random: random.random((2, 1, 9, 12)) < 0.7,
    "float": lambda random: random.standard_normal((9, 12)),
}


@pytest.mark.parametrize("mask_name", MASKS)
@pytest.mark.parametrize(
    "options",
    [{}, {"is_causal": True}, {"scale": 0.3}, {"enable_gqa": True}],
    ids=lambda options: next(iter(options), "plain"),
)
def test_results_and_gradients(options: dict, mask_name: str) -> None:
    random = np.random.default_rng(0)
    mask = MASKS[mask_name](random)
    if mask is not None and "is_causal" in options:
        with pytest.raises(RuntimeError):
            scaled_dot_product_attention(*[tt.ones(2, 3)] * 3, tt.ones(2, 2), is_causal=True)
        return
    heads = 2 if "enable_gqa" in options else 4
    shapes = [(2, 4, 9, 8), (2, heads, 12, 8), (2, heads, 12, 8)]
    arrays = [random.standard_normal(shape) for shape in shapes]
    ours = [tt.tensor(x).requires_grad_() for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    a = scaled_dot_product_attention(*ours, None if mask is None else tt.tensor(mask), **options)
    b = torch.nn.functional.scaled_dot_product_attention(
        *theirs, None if mask is None else torch.tensor(mask), **options
    )
    weight = random.standard_normal(a.shape)
    a.backward(tt.tensor(weight))
    b.backward(torch.tensor(weight))
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-11, atol=1e-13)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-10, atol=1e-12)
