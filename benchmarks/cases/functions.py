"""Functions of some ten thousand elements, as small networks and Python code call them."""

from benchmarks.builders import both_directions
from benchmarks.case import case

GROUP = "functions"
SQUARE = (256, 256)


def declare(label, inputs, function):
    """A call of function(torch, *inputs); `inputs` makes them."""

    @case(GROUP, label)
    def build(torch):
        tensors = inputs(torch)
        return lambda: function(torch, *tensors)


def declare_gradient(label, inputs, function):
    """The same with the gradient of the first input."""

    @case(GROUP, f"{label}, forward + backward")
    def build(torch):
        first, *others = inputs(torch)
        first.requires_grad_()
        gradient = torch.ones_like(function(torch, first, *others)).detach()
        return both_directions(lambda: function(torch, first, *others), (first,), gradient)


def normal(*shapes):
    """Makes tensors of normal numbers."""
    return lambda torch: [torch.randn(shape) for shape in shapes]


def inside(torch):
    """Numbers where every function of one variable is defined."""
    return [torch.rand(SQUARE) * 0.8 + 0.1]


for name in ("sqrt", "log1p", "sinh", "atan", "atanh", "erfinv", "lgamma", "digamma"):
    declare(f"{name} 256x256", inside, lambda torch, a, name=name: getattr(torch, name)(a))
for name in ("atan2", "fmod", "floor_divide", "hypot", "logaddexp", "nextafter"):
    declare(
        f"{name} 256x256",
        lambda torch: [torch.rand(SQUARE) + 0.1 for _ in range(2)],
        lambda torch, a, b, name=name: getattr(torch, name)(a, b),
    )
for name in ("elu", "leaky_relu", "hardswish", "mish", "softplus", "softshrink", "hardshrink"):
    declare_gradient(
        f"{name} 256x256",
        normal(SQUARE),
        lambda torch, a, name=name: getattr(torch.nn.functional, name)(a),
    )
for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "binary_cross_entropy_with_logits"):
    declare_gradient(
        f"{name} 256x256",
        lambda torch: [torch.randn(SQUARE), torch.rand(SQUARE)],
        lambda torch, a, b, name=name: getattr(torch.nn.functional, name)(a, b),
    )
for name in ("sum", "prod", "amax", "argmax", "var", "logsumexp", "median"):
    declare(
        f"{name} 256x256, columns",
        normal(SQUARE),
        lambda torch, a, name=name: getattr(torch, name)(a, dim=0),
    )
for name in ("cumsum", "cummax", "sort"):
    declare(
        f"{name} 256x256, columns",
        normal(SQUARE),
        lambda torch, a, name=name: getattr(torch, name)(a, 0),
    )

declare("80x80 by 80x80", normal((80, 80), (80, 80)), lambda torch, a, b: a @ b)
declare("128x256 by 256x10", normal((128, 256), (256, 10)), lambda torch, a, b: a @ b)
declare("4x256 by 256x256", normal((4, 256), SQUARE), lambda torch, a, b: a @ b)
declare(
    "einsum bij,bjk->bik, 32x32x16 by 32x16x32",
    normal((32, 32, 16), (32, 16, 32)),
    lambda torch, a, b: torch.einsum("bij,bjk->bik", a, b),
)
declare("kron 16x16 by 16x16", normal((16, 16), (16, 16)), lambda torch, a, b: torch.kron(a, b))
declare("outer 256 by 256", normal((256,), (256,)), lambda torch, a, b: torch.outer(a, b))
declare("cdist 512x512", normal((512, 512)), lambda torch, a: torch.cdist(a, a))
declare("cdist 512x64, p=1", normal((512, 64)), lambda torch, a: torch.cdist(a, a, 1.0))
declare("softmax 64x256", normal((64, 256)), lambda torch, a: torch.softmax(a, 1))

CLASSES = (4, 21, 64, 64)
for name in ("softmax", "log_softmax"):
    declare_gradient(
        f"{name} 4x21x64x64, channels",
        normal(CLASSES),
        lambda torch, a, name=name: getattr(torch, name)(a, 1),
    )
declare_gradient(
    "cross_entropy 4x21x64x64",
    lambda torch: [torch.randn(CLASSES), torch.randint(0, 21, (4, 64, 64))],
    lambda torch, a, classes: torch.nn.functional.cross_entropy(a, classes),
)
declare("cumsum 2x3x256x256, channels", normal((2, 3, 256, 256)), lambda torch, a: a.cumsum(1))

for name in ("sum", "amax"):
    declare(
        f"{name} 4x21x64x64, channels",
        normal(CLASSES),
        lambda torch, a, name=name: getattr(torch, name)(a, dim=1),
    )
declare_gradient(
    "prelu 8x64x28x28",
    lambda torch: [torch.randn(8, 64, 28, 28), torch.full((64,), 0.25)],
    lambda torch, x, weight: torch.nn.functional.prelu(x, weight),
)
declare(
    "searchsorted 4096 in 4096",
    lambda torch: [torch.arange(4096.0), torch.rand(4096) * 4096],
    lambda torch, a, b: torch.searchsorted(a, b),
)

PLANES = (8, 32, 16, 16)
declare(
    "avg_pool2d 2x2, 8x32x16x16",
    normal(PLANES),
    lambda torch, x: torch.nn.functional.avg_pool2d(x, 2),
)
declare(
    "max_pool1d 2, 8x32x128",
    normal((8, 32, 128)),
    lambda torch, x: torch.nn.functional.max_pool1d(x, 2),
)
declare_gradient(
    "adaptive_max_pool2d to 4, 8x32x16x16",
    normal(PLANES),
    lambda torch, x: torch.nn.functional.adaptive_max_pool2d(x, 4),
)
declare_gradient(
    "adaptive_avg_pool2d to 7, 8x32x16x16",
    normal(PLANES),
    lambda torch, x: torch.nn.functional.adaptive_avg_pool2d(x, 7),
)
declare_gradient(
    "interpolate bilinear 2, 8x32x16x16",
    normal(PLANES),
    lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear"),
)
declare_gradient(
    "interpolate nearest 2, 8x32x16x16",
    normal(PLANES),
    lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=2),
)
declare_gradient(
    "pad reflect 2, 8x32x16x16",
    normal(PLANES),
    lambda torch, x: torch.nn.functional.pad(x, (2, 2, 2, 2), mode="reflect"),
)
declare(
    "pad reflect 1, 8x64x56x56",
    normal((8, 64, 56, 56)),
    lambda torch, x: torch.nn.functional.pad(x, (1, 1, 1, 1), mode="reflect"),
)
declare(
    "pad reflect 3, 2x3x224x224",
    normal((2, 3, 224, 224)),
    lambda torch, x: torch.nn.functional.pad(x, (3, 3, 3, 3), mode="reflect"),
)
declare(
    "interpolate bilinear 2, 1x3x256x256",
    normal((1, 3, 256, 256)),
    lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear"),
)
declare(
    "interpolate to 224, antialiased, 1x3x300x300",
    normal((1, 3, 300, 300)),
    lambda torch, x: torch.nn.functional.interpolate(x, 224, mode="bilinear", antialias=True),
)
declare_gradient(
    "interpolate bicubic 2, 8x32x16x16",
    normal(PLANES),
    lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=2, mode="bicubic"),
)
declare_gradient(
    "interpolate bilinear 1/2, 8x32x16x16",
    normal(PLANES),
    lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=0.5, mode="bilinear"),
)
declare_gradient(
    "unfold 3x3, 4x8x16x16",
    normal((4, 8, 16, 16)),
    lambda torch, x: torch.nn.functional.unfold(x, 3, padding=1),
)
declare_gradient(
    "fold 3x3, 4x8x16x16",
    normal((4, 72, 256)),
    lambda torch, x: torch.nn.functional.fold(x, (16, 16), 3, padding=1),
)
declare_gradient(
    "grid_sample 8x32x16x16",
    lambda torch: [torch.randn(PLANES), torch.rand(8, 16, 16, 2) * 2 - 1],
    lambda torch, x, grid: torch.nn.functional.grid_sample(x, grid, align_corners=False),
)
declare_gradient(
    "grid_sample 8x3x64x64",
    lambda torch: [torch.randn(8, 3, 64, 64), torch.rand(8, 64, 64, 2) * 2 - 1],
    lambda torch, x, grid: torch.nn.functional.grid_sample(x, grid, align_corners=False),
)
declare_gradient(
    "embedding_bag 256x16 of 1000x64",
    lambda torch: [torch.randn(1000, 64), torch.randint(0, 1000, (256, 16))],
    lambda torch, weight, bags: torch.nn.functional.embedding_bag(bags, weight),
)
declare(
    "one_hot 512 of 64",
    lambda torch: [torch.randint(0, 64, (512,))],
    lambda torch, a: torch.nn.functional.one_hot(a, 64),
)
declare(
    "isin 4096 of 100",
    lambda torch: [torch.randint(0, 1000, (4096,)), torch.randint(0, 1000, (100,))],
    lambda torch, a, b: torch.isin(a, b),
)
declare("diag 256", normal((256,)), lambda torch, a: torch.diag(a))
declare("arange 65536", lambda torch: [], lambda torch: torch.arange(65536))
declare("linspace 65536", lambda torch: [], lambda torch: torch.linspace(0, 1, 65536))
