"""A layer of one's own inside another module."""

import taeda as torch
import taeda.nn as nn


class CustomLayer(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(input_size, output_size))
        self.bias = nn.Parameter(torch.randn(output_size))

    def forward(self, x):
        return torch.matmul(x, self.weight) + self.bias


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.custom = CustomLayer(10, 5)
        self.activation = nn.ReLU()

    def forward(self, x):
        return self.activation(self.custom(x))


net = Net()
print(net)
print([name for name, _ in net.named_parameters()])

output = net(torch.randn(3, 10))
print(output.shape)
output.sum().backward()
print(net.custom.weight.grad.shape)
