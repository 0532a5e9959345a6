"""Whole training steps: forward, loss, backward, optimiser."""

from benchmarks import models
from benchmarks.builders import train_step
from benchmarks.case import case

GROUP = "training"


def flops(products, first=0):
    """Of the products of a step, given the multiply-adds of its forward pass.

    Each is met three times, as itself, for its input and for its weight; those of `first`, which
    work on data, only twice. Convolutions count as their plain sums.
    """
    return 2 * (3 * products + 2 * first)


MLP = 128 * (512 * 256 + 256 * 10)
CNN = 128 * (16 * 32 * 9 * 14**2 + 32 * 64 * 9 * 7**2 + 576 * 10)
# Of an image: 13 convolutions of 3x3, then those that halve the image and their shortcuts.
RESNET = 32 * (13 * 64**2 * 9 * 32**2 + 3 * (64 * 128 * (9 + 1) * 16**2) + 512 * 10)
# Of a layer, for each of 768 tokens: four linear maps, and attention to the 32 before it.
TRANSFORMER = 768 * (4 * (12 * 128**2 + 2 * 128 * 32) + 128 * 65)
LSTM = 2048 * (2 * 2 * 128 * 512 + 128 * 65)


@case(GROUP, "(a @ b).relu().sum().backward(), 8x8")
def backward(torch):
    a = torch.randn(8, 8, requires_grad=True)
    b = torch.randn(8, 8, requires_grad=True)

    def step():
        a.grad = b.grad = None
        (a @ b).relu().sum().backward()

    return step


@case(GROUP, "MLP 4-64-64-2, batch 32, Adam", items=32, memory=True)
def tiny_mlp(torch):
    model = models.mlp(torch, 4, 64, 64, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    inputs, targets = torch.randn(32, 4), torch.randn(32, 2)
    return train_step(model, torch.nn.MSELoss(), optimizer, inputs, targets)


@case(
    GROUP,
    "MNIST MLP 784-512-256-10, batch 128, Adam",
    flops=flops(MLP, first=128 * 784 * 512),
    memory=True,
)
def mnist_mlp(torch):
    model = models.mlp(torch, 784, 512, 256, 10)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    inputs, targets = torch.randn(128, 784), torch.randint(0, 10, (128,))
    return train_step(model, torch.nn.CrossEntropyLoss(), optimizer, inputs, targets)


@case(
    GROUP,
    "MNIST CNN, batch 128, AdamW",
    flops=flops(CNN, first=128 * 16 * 9 * 28**2),
    threads=(None, 1),
    memory=True,
)
def mnist_cnn(torch):
    model = models.mnist_cnn(torch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    inputs, targets = torch.randn(128, 1, 28, 28), torch.randint(0, 10, (128,))
    return train_step(model, torch.nn.CrossEntropyLoss(), optimizer, inputs, targets)


@case(
    GROUP,
    "ResNet-18 on 32x32, batch 32, SGD",
    flops=flops(RESNET, first=32 * 3 * 64 * 9 * 32**2),
    memory=True,
)
def resnet(torch):
    model = models.resnet18(torch)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    inputs, targets = torch.randn(32, 3, 32, 32), torch.randint(0, 10, (32,))
    return train_step(model, torch.nn.CrossEntropyLoss(), optimizer, inputs, targets)


def characters(torch, batch, length):
    """Tokens of a batch, and those that follow."""
    tokens = torch.randint(0, 65, (batch, length + 1))
    return tokens[:, :-1], tokens[:, 1:].reshape(-1)


@case(
    GROUP,
    "transformer of 4 layers, 12x64 characters, AdamW",
    flops=flops(TRANSFORMER),
    memory=True,
)
def transformer(torch):
    model = models.character_transformer(torch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    criterion = torch.nn.CrossEntropyLoss()
    return train_step(model, criterion, optimizer, *characters(torch, 12, 64))


@case(GROUP, "LSTM of 2 layers, 32x64 characters, Adam", flops=flops(LSTM), memory=True)
def lstm(torch):
    model = models.character_lstm(torch)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = torch.nn.CrossEntropyLoss()
    return train_step(model, criterion, optimizer, *characters(torch, 32, 64))
