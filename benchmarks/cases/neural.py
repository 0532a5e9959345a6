"""The operations of networks, forward."""

from benchmarks.case import case

GROUP = "neural"
ROWS, COLUMNS = 1024, 1024
BOTH = (None, 1)
MATRIX = 2 * 4 * ROWS * COLUMNS
CONV_FLOPS = 2 * 8 * 64 * 64 * 9 * 56 * 56


@case(GROUP, "conv2d 3x3 64->64, 8x56x56", flops=CONV_FLOPS, threads=BOTH)
def conv(torch):
    x, weight = torch.randn(8, 64, 56, 56), torch.randn(64, 64, 3, 3)
    function = torch.nn.functional.conv2d
    return lambda: function(x, weight, padding=1)


@case(GROUP, "conv2d 3x3 64->64, forward + backward", flops=3 * CONV_FLOPS, threads=BOTH)
def conv_backward(torch):
    x = torch.randn(8, 64, 56, 56, requires_grad=True)
    weight = torch.randn(64, 64, 3, 3, requires_grad=True)
    gradient, function = torch.randn(8, 64, 56, 56), torch.nn.functional.conv2d

    def step():
        x.grad = weight.grad = None
        function(x, weight, padding=1).backward(gradient)

    return step


@case(GROUP, "max_pool2d 2x2, 8x64x56x56", bytes=5 * 8 * 64 * 56 * 56, threads=BOTH)
def max_pool(torch):
    x, function = torch.randn(8, 64, 56, 56), torch.nn.functional.max_pool2d
    return lambda: function(x, 2)


@case(GROUP, "softmax 1024x1024", bytes=MATRIX, threads=BOTH)
def softmax(torch):
    x = torch.randn(ROWS, COLUMNS)
    return lambda: torch.softmax(x, 1)


@softmax.numpy
def softmax_numpy(np):
    x = np.random.default_rng(0).standard_normal((ROWS, COLUMNS), np.float32)

    def work():
        result = x - x.max(axis=1, keepdims=True)
        np.exp(result, out=result)
        result /= result.sum(axis=1, keepdims=True)
        return result

    return work


@case(GROUP, "layer_norm 1024x1024", bytes=MATRIX, threads=BOTH)
def layer_norm(torch):
    x, weight, bias = torch.randn(ROWS, COLUMNS), torch.ones(COLUMNS), torch.zeros(COLUMNS)
    function = torch.nn.functional.layer_norm
    return lambda: function(x, (COLUMNS,), weight, bias)


@layer_norm.numpy
def layer_norm_numpy(np):
    x = np.random.default_rng(0).standard_normal((ROWS, COLUMNS), np.float32)
    weight, bias = np.ones(COLUMNS, np.float32), np.zeros(COLUMNS, np.float32)

    def work():
        centred = x - x.mean(axis=1, keepdims=True)
        variance = np.square(centred).mean(axis=1, keepdims=True)
        centred /= np.sqrt(variance + np.float32(1e-5))
        centred *= weight
        centred += bias
        return centred

    return work


@case(GROUP, "cross_entropy 1024x1024", bytes=MATRIX // 2, threads=BOTH)
def cross_entropy(torch):
    scores, targets = torch.randn(ROWS, COLUMNS), torch.randint(0, COLUMNS, (ROWS,))
    function = torch.nn.functional.cross_entropy
    return lambda: function(scores, targets)
