"""A stack of one's own: tensors, the tape and two hand-written classes."""

import taeda_autograd
import taeda_tensor as torch


class Linear:
    def __init__(self, inputs: int, outputs: int) -> None:
        self.weight = torch.zeros(inputs, outputs, requires_grad=True)
        self.bias = torch.zeros(outputs, requires_grad=True)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight + self.bias


class Descent:
    def __init__(self, parameters: list[torch.Tensor], rate: float) -> None:
        self.parameters = parameters
        self.rate = rate

    def step(self) -> None:
        with torch.no_grad():
            for parameter in self.parameters:
                parameter.sub_(parameter.grad * self.rate)
                parameter.grad = None


torch.manual_seed(0)
x = torch.randn(64, 2)
target = x @ torch.tensor([[2.0], [-3.0]]) + 0.5
model = Linear(2, 1)
descent = Descent([model.weight, model.bias], 0.1)
for _ in range(200):
    loss = ((model(x) - target) ** 2).mean()
    loss.backward()
    descent.step()
assert loss.item() < 1e-6, loss
assert abs(model.bias.item() - 0.5) < 1e-3
(gradient,) = taeda_autograd.grad((target.requires_grad_() ** 2).sum(), [target])
assert torch.allclose(gradient, target.detach() * 2)
print("autograd works")
