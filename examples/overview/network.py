"""A network of two layers, applied to one random input."""

import taeda as torch
import taeda.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 50)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(50, 1)

    def forward(self, x):
        x = self.fc1(x)
        x = self.relu(x)
        x = self.fc2(x)
        return x  # noqa: RET504 (as in the overview)


net = Net()
print(net)

input = torch.randn(1, 10)
output = net(input)
print(output)
