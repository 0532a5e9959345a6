"""Scaled dot-product attention, and the layer made of it."""

from benchmarks.builders import both_directions
from benchmarks.case import case

GROUP = "attention"


def declare(label, shape, backward=False, mask=None, causal=False):
    """Attention of queries, keys and values of one shape."""
    batch, heads, length, width = shape
    products = 7 if backward else 2
    # Only the half of the products below the diagonal is needed.
    count = products * 2 * batch * heads * length**2 * width / (2 if causal else 1)

    @case(GROUP, label + (", forward + backward" if backward else ""), flops=count)
    def attention(torch):
        query, key, value = (torch.randn(shape, requires_grad=backward) for _ in range(3))
        function = torch.nn.functional.scaled_dot_product_attention
        bias = mask(torch, length) if mask else None

        def forward():
            return function(query, key, value, attn_mask=bias, is_causal=causal)

        if not backward:
            return forward
        return both_directions(forward, (query, key, value), torch.randn(shape))


SHAPE, LONG = (4, 8, 256, 64), (1, 8, 2048, 64)

declare("4x8x256x64", SHAPE)
declare("4x8x256x64", SHAPE, backward=True)
declare("4x8x256x64, causal", SHAPE, causal=True)
declare("4x8x256x64, causal", SHAPE, causal=True, backward=True)
declare(
    "4x8x256x64, boolean mask",
    SHAPE,
    mask=lambda torch, length: torch.rand(length, length) < 0.9,
)
declare(
    "4x8x256x64, additive mask",
    SHAPE,
    mask=lambda torch, length: torch.randn(length, length),
)
declare("1x8x2048x64, causal", LONG, causal=True)
declare("1x8x2048x64, causal", LONG, causal=True, backward=True)


@case(GROUP, "1x16x1024x64, one query", flops=4 * 16 * 1024 * 64)
def one_query(torch):
    """What a decoder asks for each token."""
    query = torch.randn(1, 16, 1, 64)
    key, value = torch.randn(1, 16, 1024, 64), torch.randn(1, 16, 1024, 64)
    return lambda: torch.nn.functional.scaled_dot_product_attention(query, key, value)


@case(GROUP, "MultiheadAttention 256 of 4 heads, 16x128, forward + backward")
def layer(torch):
    attention = torch.nn.MultiheadAttention(256, 4, batch_first=True)
    x = torch.randn(16, 128, 256, requires_grad=True)
    inputs = (x, *attention.parameters())

    def forward():
        return attention(x, x, x, need_weights=False)[0]

    return both_directions(forward, inputs, torch.randn(16, 128, 256))
