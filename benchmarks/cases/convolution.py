"""Convolutions of one to three dimensions, forward and with all gradients."""

from benchmarks.builders import both_directions
from benchmarks.case import case

GROUP = "convolution"


def declare(label, inputs, weight, output, directions="fb", threads=(None,), **options):
    """`f`: forward, `b`: forward and backward.

    `options` are conv's; `transposed` asks for conv_transpose, `bias` for a bias.
    """
    transposed, bias = options.pop("transposed", False), options.pop("bias", False)
    name = f"conv{'_transpose' if transposed else ''}{len(inputs) - 2}d"
    taps = weight[1]
    for length in weight[2:]:
        taps *= length
    # Every weight meets every place of the output, or of the input of a transposed convolution.
    places = inputs if transposed else output
    count = 2 * taps
    for length in places:
        count *= length
    channels = output[1]

    def tensors(torch, requires_grad):
        shapes = [inputs, weight] + ([(channels,)] if bias else [])
        return [torch.randn(shape, requires_grad=requires_grad) for shape in shapes]

    if "f" in directions:

        @case(GROUP, f"{name} {label}", flops=count, threads=threads)
        def forward(torch):
            x, *parameters = tensors(torch, False)
            function = getattr(torch.nn.functional, name)
            return lambda: function(x, *parameters, **options)

    if "b" in directions:

        @case(GROUP, f"{name} {label}, forward + backward", flops=3 * count, threads=threads)
        def backward(torch):
            x, *parameters = tensors(torch, True)
            function = getattr(torch.nn.functional, name)

            def call():
                return function(x, *parameters, **options)

            return both_directions(call, (x, *parameters), torch.randn(output))


declare(
    "3x3 64->64, 8x56x56",
    (8, 64, 56, 56),
    (64, 64, 3, 3),
    (8, 64, 56, 56),
    threads=(None, 1),
    padding=1,
)
declare("1x1 256->64, 8x56x56", (8, 256, 56, 56), (64, 256, 1, 1), (8, 64, 56, 56))
declare("1x1 64->256, 8x28x28", (8, 64, 28, 28), (256, 64, 1, 1), (8, 256, 28, 28), "f")
declare(
    "7x7 3->64 stride 2, 4x224x224",
    (4, 3, 224, 224),
    (64, 3, 7, 7),
    (4, 64, 112, 112),
    stride=2,
    padding=3,
)
declare(
    "3x3 depthwise 128, 16x28x28",
    (16, 128, 28, 28),
    (128, 1, 3, 3),
    (16, 128, 28, 28),
    padding=1,
    groups=128,
)
declare(
    "3x3 128->128 in 8 groups, 8x28x28",
    (8, 128, 28, 28),
    (128, 16, 3, 3),
    (8, 128, 28, 28),
    padding=1,
    groups=8,
)
declare(
    "3x3 64->64 dilated 2, 8x28x28",
    (8, 64, 28, 28),
    (64, 64, 3, 3),
    (8, 64, 28, 28),
    padding=2,
    dilation=2,
)
declare(
    "5x5 32->64, 8x28x28",
    (8, 32, 28, 28),
    (64, 32, 5, 5),
    (8, 64, 28, 28),
    padding=2,
)
declare(
    "3x3 64->128 stride 2, 32x32x32",
    (32, 64, 32, 32),
    (128, 64, 3, 3),
    (32, 128, 16, 16),
    stride=2,
    padding=1,
)
declare(
    "3x3 64->128 stride 2, 16x14x14",
    (16, 64, 14, 14),
    (128, 64, 3, 3),
    (16, 128, 7, 7),
    stride=2,
    padding=1,
)
declare(
    "3x3 depthwise 64 stride 2, 16x28x28",
    (16, 64, 28, 28),
    (64, 1, 3, 3),
    (16, 64, 14, 14),
    stride=2,
    padding=1,
    groups=64,
)
declare(
    "7x7 depthwise 96, 4x28x28",
    (4, 96, 28, 28),
    (96, 1, 7, 7),
    (4, 96, 28, 28),
    padding=3,
    groups=96,
)
declare(
    "16x16 3->384 stride 16, 2x224x224",
    (2, 3, 224, 224),
    (384, 3, 16, 16),
    (2, 384, 14, 14),
    stride=16,
)
declare("3x3 512->512, 32x4x4", (32, 512, 4, 4), (512, 512, 3, 3), (32, 512, 4, 4), padding=1)
declare(
    "3x3 1->16 with bias, 128x28x28",
    (128, 1, 28, 28),
    (16, 1, 3, 3),
    (128, 16, 28, 28),
    padding=1,
    bias=True,
)
declare(
    "3x3 16->32 with bias, 128x14x14",
    (128, 16, 14, 14),
    (32, 16, 3, 3),
    (128, 32, 14, 14),
    padding=1,
    bias=True,
)
declare(
    "4x4 64->32 stride 2, 8x28x28",
    (8, 64, 28, 28),
    (64, 32, 4, 4),
    (8, 32, 56, 56),
    stride=2,
    padding=1,
    transposed=True,
)
declare("5 64->128, 16x1024", (16, 64, 1024), (128, 64, 5), (16, 128, 1024), padding=2)
declare(
    "3x3x3 16->32, 2x16x32x32",
    (2, 16, 16, 32, 32),
    (32, 16, 3, 3, 3),
    (2, 32, 16, 32, 32),
    padding=1,
)
