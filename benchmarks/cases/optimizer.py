"""Steps of the optimisers on parameters of a network's sizes, gradients at hand."""

from benchmarks.case import case

GROUP = "optimizer"
TENSORS, LENGTH = 64, 32768
NUMBERS = TENSORS * LENGTH


def parameters(torch):
    """64 parameters of 32 k numbers with gradients."""
    result = [torch.nn.Parameter(torch.randn(LENGTH)) for _ in range(TENSORS)]
    for parameter in result:
        parameter.grad = torch.randn(LENGTH)
    return result


def declare(label, name, passes, **options):
    """One step; `passes` reads and writes of all numbers."""

    @case(GROUP, f"{label}, 64 of 32k", bytes=passes * 4 * NUMBERS)
    def step(torch):
        return getattr(torch.optim, name)(parameters(torch), **options).step


declare("SGD", "SGD", 3, lr=1e-3)
declare("SGD with momentum", "SGD", 5, lr=1e-3, momentum=0.9)
declare("Adam", "Adam", 7, lr=1e-3)
declare("AdamW", "AdamW", 7, lr=1e-3)
declare("RMSprop", "RMSprop", 5, lr=1e-3)
declare("Adagrad", "Adagrad", 5, lr=1e-3)


@case(GROUP, "clip_grad_norm_, 64 of 32k", bytes=3 * 4 * NUMBERS)
def clip(torch):
    weights = parameters(torch)
    function = torch.nn.utils.clip_grad_norm_
    return lambda: function(weights, 1.0)


@case(GROUP, "zero_grad and AdamW, 8 of 64")
def small(torch):
    weights = [torch.nn.Parameter(torch.randn(64)) for _ in range(8)]
    optimizer = torch.optim.AdamW(weights, lr=1e-3)
    gradients = [torch.randn(64) for _ in weights]

    def work():
        optimizer.zero_grad()
        for parameter, gradient in zip(weights, gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()

    return work
