"""Small operations: what is timed is the way to the kernel, not the kernel.

A call of the lambda itself, some 30 ns, is in every number.
"""

from benchmarks.case import case

GROUP = "overhead"
SHAPE = (8, 8)


def declare(label, function, numpy_function=None):
    """A function of two 8x8 tensors."""

    @case(GROUP, f"{label}, 8x8")
    def small(torch):
        return function(torch, torch.randn(SHAPE), torch.randn(SHAPE))

    if numpy_function is not None:

        @small.numpy
        def small_numpy(np):
            return numpy_function(np, np.ones(SHAPE, np.float32), np.ones(SHAPE, np.float32))


def same(function):
    """For what is written alike in NumPy."""
    return function, function


declare("a + b", *same(lambda _, a, b: lambda: a + b))
declare("a * 2.0", *same(lambda _, a, b: lambda: a * 2.0))
declare("a += b", lambda _, a, b: lambda: a.add_(b), lambda np, a, b: lambda: np.add(a, b, a))
declare("a == b", *same(lambda _, a, b: lambda: a == b))
declare("a @ b", *same(lambda _, a, b: lambda: a @ b))
declare(
    "relu(a)",
    lambda torch, a, b: lambda: torch.relu(a),
    lambda np, a, b: lambda: np.maximum(a, 0.0),
)
declare("exp(a)", *same(lambda library, a, b: lambda: library.exp(a)))
declare(
    "clamp(a)",
    lambda torch, a, b: lambda: torch.clamp(a, -1.0, 1.0),
    lambda np, a, b: lambda: np.clip(a, -1.0, 1.0),
)
declare("where(a > 0, a, b)", *same(lambda library, a, b: lambda: library.where(a > 0, a, b)))
declare("a.sum()", *same(lambda _, a, b: lambda: a.sum()))
declare("a.sum(1)", *same(lambda _, a, b: lambda: a.sum(1)))
declare("a.argmax()", *same(lambda _, a, b: lambda: a.argmax()))
declare("softmax(a)", lambda torch, a, b: lambda: torch.softmax(a, 1))
declare("a[0]", *same(lambda _, a, b: lambda: a[0]))
declare("a[1:5, 2]", *same(lambda _, a, b: lambda: a[1:5, 2]))
declare("a[rows]", lambda torch, a, b: index_rows(a, torch.tensor([1, 3, 5])))
declare("a[0, 0] = 1.0", *same(lambda _, a, b: lambda: a.__setitem__((0, 0), 1.0)))
declare("a.shape", *same(lambda _, a, b: lambda: a.shape))
declare("a.T", *same(lambda _, a, b: lambda: a.T))
declare("a.reshape(-1)", *same(lambda _, a, b: lambda: a.reshape(-1)))
declare("a.view(64)", lambda _, a, b: lambda: a.view(64))
declare("a.transpose(0, 1)", *same(lambda _, a, b: lambda: a.transpose(1, 0)))
declare("a.unsqueeze(0)", lambda _, a, b: lambda: a.unsqueeze(0), lambda _, a, b: lambda: a[None])
declare("a.split(4)", lambda _, a, b: lambda: a.split(4), lambda np, a, b: lambda: np.split(a, 2))
declare("cat(a, b)", lambda torch, a, b: lambda: torch.cat((a, b)))
declare("stack(a, b)", *same(lambda library, a, b: lambda: library.stack((a, b))))
declare("zeros", *same(lambda library, a, b: lambda: library.zeros(SHAPE)))
declare("randn", lambda torch, a, b: lambda: torch.randn(SHAPE))
declare("a.item()", *same(lambda _, a, b: item(a.sum())))
declare("a.numpy()", lambda torch, a, b: lambda: a.numpy())
declare("from_numpy(a)", lambda torch, a, b: from_numpy(torch, a.numpy()))
declare(
    "tensor of 4 numbers",
    lambda torch, a, b: lambda: torch.tensor([1.0, 2.0, 3.0, 4.0]),
    lambda np, a, b: lambda: np.array([1.0, 2.0, 3.0, 4.0], np.float32),
)
declare("Linear(8, 8), no grad", lambda torch, a, b: call(linear(torch).requires_grad_(False), a))
declare("Linear(8, 8), recorded", lambda torch, a, b: call(linear(torch), a))
declare("cross_entropy, recorded", lambda torch, a, b: cross_entropy(torch, a))


def linear(torch):
    """A small layer."""
    return torch.nn.Linear(8, 8)


def call(function, *arguments):
    """The call itself."""
    return lambda: function(*arguments)


def index_rows(a, rows):
    """An index that is a tensor."""
    return lambda: a[rows]


def item(scalar):
    """A number of Python."""
    return lambda: scalar.item()


def from_numpy(torch, array):
    """A tensor over an array's memory."""
    return lambda: torch.from_numpy(array)


def cross_entropy(torch, scores):
    """A loss with its node on the tape."""
    scores.requires_grad_()
    function, targets = torch.nn.functional.cross_entropy, torch.arange(8)
    return lambda: function(scores, targets)


def declare_chain(length):
    """A chain of small recorded operations and its backward pass."""

    @case(GROUP, f"{length} of relu, forward + backward, 8x8")
    def chain(torch):
        a = torch.randn(SHAPE, requires_grad=True)
        gradient, relu = torch.randn(SHAPE), torch.relu

        def work():
            a.grad = None
            x = a
            for _ in range(length):
                x = relu(x)
            x.backward(gradient)

        return work


for each in (1, 16):
    declare_chain(each)
