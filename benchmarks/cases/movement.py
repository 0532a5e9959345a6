"""Copies that change the layout or put tensors together."""

from benchmarks.builders import normal
from benchmarks.case import case

GROUP = "movement"
SIZE = 4096
LARGE = 16 * 1024 * 1024
IMAGES = (32, 64, 56, 56)
IMAGE_BYTES = 2 * 4 * 32 * 64 * 56 * 56


def declare(label, size, shapes, function, numpy_function=None):
    """A function of tensors of some shapes."""

    @case(GROUP, label, bytes=size)
    def movement(torch):
        inputs = [torch.randn(shape) for shape in shapes]
        return lambda: function(torch, *inputs)

    if numpy_function is not None:

        @movement.numpy
        def movement_numpy(np):
            inputs = [normal(np, *shape) for shape in shapes]
            return lambda: numpy_function(np, *inputs)


declare(
    "clone 16M",
    2 * 4 * LARGE,
    [(LARGE,)],
    lambda _, a: a.clone(),
    lambda _, a: a.copy(),
)
declare(
    "transpose 4096x4096",
    2 * 4 * SIZE * SIZE,
    [(SIZE, SIZE)],
    lambda _, a: a.t().contiguous(),
    lambda np, a: np.ascontiguousarray(a.T),
)
declare(
    "NCHW to NHWC, 32x64x56x56",
    IMAGE_BYTES,
    [IMAGES],
    lambda _, a: a.permute(0, 2, 3, 1).contiguous(),
    lambda np, a: np.ascontiguousarray(a.transpose(0, 2, 3, 1)),
)
declare(
    "NHWC to NCHW, 32x56x56x64",
    IMAGE_BYTES,
    [(32, 56, 56, 64)],
    lambda _, a: a.permute(0, 3, 1, 2).contiguous(),
    lambda np, a: np.ascontiguousarray(a.transpose(0, 3, 1, 2)),
)
declare(
    "heads of attention, 16x256x8x64",
    2 * 4 * 16 * 256 * 8 * 64,
    [(16, 256, 8, 64)],
    lambda _, a: a.transpose(1, 2).contiguous(),
    lambda np, a: np.ascontiguousarray(a.transpose(0, 2, 1, 3)),
)
declare(
    "cat of two 1024x1024, rows",
    4 * 4 * 1024 * 1024,
    [(1024, 1024)] * 2,
    lambda torch, *inputs: torch.cat(inputs, 0),
    lambda np, *inputs: np.concatenate(inputs, 0),
)
declare(
    "cat of four 1024x256, columns",
    2 * 4 * 1024 * 1024,
    [(1024, 256)] * 4,
    lambda torch, *inputs: torch.cat(inputs, 1),
    lambda np, *inputs: np.concatenate(inputs, 1),
)
declare(
    "stack of 64 of 128x128",
    2 * 4 * 64 * 128 * 128,
    [(128, 128)] * 64,
    lambda torch, *inputs: torch.stack(inputs),
    lambda np, *inputs: np.stack(inputs),
)
declare(
    "flip 1024x1024, columns",
    2 * 4 * 1024 * 1024,
    [(1024, 1024)],
    lambda torch, a: torch.flip(a, (1,)),
    lambda np, a: np.flip(a, 1).copy(),
)
declare(
    "roll 1024x1024",
    2 * 4 * 1024 * 1024,
    [(1024, 1024)],
    lambda torch, a: torch.roll(a, (3, 5), (0, 1)),
    lambda np, a: np.roll(a, (3, 5), (0, 1)),
)
declare(
    "pad 32x64x28x28 by 1",
    4 * 32 * 64 * (28 * 28 + 30 * 30),
    [(32, 64, 28, 28)],
    lambda torch, a: torch.nn.functional.pad(a, (1, 1, 1, 1)),
    lambda np, a: np.pad(a, ((0, 0), (0, 0), (1, 1), (1, 1))),
)
declare(
    "tril 2048x2048",
    2 * 4 * 2048 * 2048,
    [(2048, 2048)],
    lambda torch, a: torch.tril(a),
    lambda np, a: np.tril(a),
)
