"""What several cases are made of. Every library's interpreter loads this: standard library only."""


def both_directions(forward, inputs, gradient):
    """The call that computes `forward()` and the gradients of `inputs`."""

    def work():
        for tensor in inputs:
            tensor.grad = None
        forward().backward(gradient)

    return work


def train_step(model, criterion, optimizer, inputs, targets):
    """A training step as it is written everywhere."""

    def step():
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()

    return step


def normal(np, *shape):
    """Normal float32 numbers, the same every time."""
    return np.random.default_rng(0).standard_normal(shape, np.float32)
