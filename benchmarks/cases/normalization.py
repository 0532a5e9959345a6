"""Softmax, cross entropy and the normalising layers, in both directions."""

from benchmarks.builders import both_directions, normal
from benchmarks.case import case

GROUP = "normalization"
MATRIX = (1024, 1024)
IMAGES = (32, 64, 28, 28)


def declare(label, shape, function, parameters=0, threads=(None,)):
    """A function of a tensor and of `parameters` of as many elements as it has in axis 1."""
    size = 4
    for length in shape:
        size *= length

    def tensors(torch, requires_grad):
        shapes = [shape] + [(shape[1],)] * parameters
        return [torch.randn(each, requires_grad=requires_grad) for each in shapes]

    @case(GROUP, label, bytes=2 * size, threads=threads)
    def forward(torch):
        inputs = tensors(torch, False)
        return lambda: function(torch.nn.functional, *inputs)

    @case(GROUP, f"{label}, forward + backward", bytes=5 * size)
    def backward(torch):
        inputs = tensors(torch, True)
        gradient = torch.randn(shape)

        def call():
            return function(torch.nn.functional, *inputs)

        return both_directions(call, inputs, gradient)

    return forward


softmax = declare("softmax 1024x1024", MATRIX, lambda F, x: F.softmax(x, -1), threads=(None, 1))
declare("softmax of columns 1024x1024", MATRIX, lambda F, x: F.softmax(x, 0))
declare("log_softmax 2048x1024", (2048, 1024), lambda F, x: F.log_softmax(x, -1))
layer_norm = declare(
    "layer_norm 1024x1024",
    MATRIX,
    lambda F, x, weight, bias: F.layer_norm(x, (1024,), weight, bias),
    parameters=2,
)
declare("rms_norm 1024x1024", MATRIX, lambda F, x, w: F.rms_norm(x, (1024,), w), parameters=1)
declare(
    "group_norm 8, 32x64x28x28",
    IMAGES,
    lambda F, x, weight, bias: F.group_norm(x, 8, weight, bias),
    parameters=2,
)
declare(
    "batch_norm 32x64x28x28, training",
    IMAGES,
    lambda F, x, weight, bias: F.batch_norm(x, None, None, weight, bias, training=True),
    parameters=2,
)


@softmax.numpy
def softmax_numpy(np):
    x = normal(np, *MATRIX)

    def work():
        result = x - x.max(axis=1, keepdims=True)
        np.exp(result, out=result)
        result /= result.sum(axis=1, keepdims=True)
        return result

    return work


@layer_norm.numpy
def layer_norm_numpy(np):
    x, weight, bias = normal(np, *MATRIX), normal(np, 1024), normal(np, 1024)

    def work():
        centred = x - x.mean(axis=1, keepdims=True)
        variance = np.square(centred).mean(axis=1, keepdims=True)
        centred /= np.sqrt(variance + np.float32(1e-5))
        centred *= weight
        centred += bias
        return centred

    return work


@case(GROUP, "batch_norm 32x64x28x28, inference", bytes=2 * 4 * 32 * 64 * 28 * 28)
def batch_norm_inference(torch):
    layer, x = torch.nn.BatchNorm2d(64).eval().requires_grad_(False), torch.randn(IMAGES)
    return lambda: layer(x)


@case(GROUP, "cross_entropy 1024x1024", bytes=4 * 1024 * 1024)
def cross_entropy(torch):
    scores, targets = torch.randn(MATRIX), torch.randint(0, 1024, (1024,))
    function = torch.nn.functional.cross_entropy
    return lambda: function(scores, targets)


@case(GROUP, "cross_entropy 1024x1024, forward + backward", bytes=3 * 4 * 1024 * 1024)
def cross_entropy_backward(torch):
    scores, targets = torch.randn(MATRIX, requires_grad=True), torch.randint(0, 1024, (1024,))
    function = torch.nn.functional.cross_entropy
    return both_directions(lambda: function(scores, targets), (scores,), None)
