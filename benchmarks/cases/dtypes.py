"""Images in bytes, integers and half-precision numbers: what is not float32."""

from benchmarks.case import case

GROUP = "dtypes"
LARGE, SMALL = (2048, 2048), (512, 512)


def declare(dtype, shape, name, function):
    """function(torch, a, b) of two tensors of one dtype and shape."""
    count = "4M" if shape == LARGE else "256K"

    @case(GROUP, f"{dtype}: {name}, {count}")
    def build(torch):
        kind = getattr(torch, dtype)
        if kind.is_floating_point:
            a, b = torch.randn(shape).to(kind), torch.randn(shape).to(kind)
        else:
            a, b = (torch.randint(1, 100, shape).to(kind) for _ in range(2))
        return lambda: function(torch, a, b)


for dtype in ("uint8", "int32", "float16", "bfloat16"):
    declare(dtype, LARGE, "a + b", lambda torch, a, b: a + b)
    declare(dtype, SMALL, "a * 2", lambda torch, a, b: a * 2)
    declare(dtype, SMALL, "amax of columns", lambda torch, a, b: a.amax(0))
    declare(dtype, LARGE, "sum of columns", lambda torch, a, b: a.sum(0))
for dtype in ("uint8", "int16"):
    declare(dtype, SMALL, "clamp", lambda torch, a, b: a.clamp(10, 50))
    declare(dtype, SMALL, "a // 7", lambda torch, a, b: a // 7)
    declare(dtype, SMALL, "flip both axes", lambda torch, a, b: a.flip(0, 1))
    declare(dtype, SMALL, "a > b", lambda torch, a, b: a > b)
    declare(dtype, SMALL, "amax", lambda torch, a, b: a.amax())
for dtype in ("float16", "bfloat16"):
    declare(dtype, LARGE, "neg", lambda torch, a, b: -a)
    declare(dtype, SMALL, "sum", lambda torch, a, b: a.sum())
    declare(dtype, SMALL, "gelu", lambda torch, a, b: torch.nn.functional.gelu(a))
    declare(dtype, SMALL, "softmax of columns", lambda torch, a, b: a.softmax(0))
    declare(
        dtype, SMALL, "layer norm", lambda torch, a, b: torch.nn.functional.layer_norm(a, (512,))
    )
declare("uint8", LARGE, "to float, / 255", lambda torch, a, b: a.float() / 255)
declare("uint8", LARGE, "any", lambda torch, a, b: (a == 0).any())


@case(GROUP, "int64: 256x256 by 256x256")
def integer_product(torch):
    a, b = (torch.randint(0, 100, (256, 256)) for _ in range(2))
    return lambda: a @ b


def pictures(name, function):
    """function(images) of bytes that lie as N, H, W, C and are seen as N, C, H, W."""

    @case(GROUP, f"images of uint8 {name}, 16x224x224x3")
    def build(torch):
        images = torch.randint(0, 256, (16, 224, 224, 3)).to(torch.uint8).permute(0, 3, 1, 2)
        return lambda: function(images)


pictures("to float", lambda images: images.float())
pictures("to NCHW", lambda images: images.contiguous())
pictures("to NCHW and float", lambda images: images.contiguous().float())
