"""Pooling, forward and backward."""

from benchmarks.builders import both_directions
from benchmarks.case import case

GROUP = "pooling"


def declare(label, inputs, output, function):
    """A pooling of an input's shape to an output's."""
    read = written = 4
    for length in inputs:
        read *= length
    for length in output:
        written *= length

    @case(GROUP, label, bytes=read + written)
    def forward(torch):
        x = torch.randn(inputs)
        call = function(torch.nn.functional)
        return lambda: call(x)

    @case(GROUP, f"{label}, forward + backward", bytes=2 * (read + written))
    def backward(torch):
        x = torch.randn(inputs, requires_grad=True)
        call = function(torch.nn.functional)
        return both_directions(lambda: call(x), (x,), torch.randn(output))


declare(
    "max_pool2d 2x2, 32x64x28x28",
    (32, 64, 28, 28),
    (32, 64, 14, 14),
    lambda functions: lambda x: functions.max_pool2d(x, 2),
)
declare(
    "max_pool2d 3x3 stride 2, 8x64x112x112",
    (8, 64, 112, 112),
    (8, 64, 56, 56),
    lambda functions: lambda x: functions.max_pool2d(x, 3, 2, 1),
)
declare(
    "avg_pool2d 2x2, 32x64x28x28",
    (32, 64, 28, 28),
    (32, 64, 14, 14),
    lambda functions: lambda x: functions.avg_pool2d(x, 2),
)
declare(
    "adaptive_avg_pool2d to 1, 32x512x7x7",
    (32, 512, 7, 7),
    (32, 512, 1, 1),
    lambda functions: lambda x: functions.adaptive_avg_pool2d(x, 1),
)
