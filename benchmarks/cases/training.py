"""Forward, backward and whole training steps."""

from benchmarks.case import case

GROUP = "training"
IMAGES = 128


@case(GROUP, "(a @ b).relu().sum().backward(), 8x8")
def backward(torch):
    a = torch.randn(8, 8, requires_grad=True)
    b = torch.randn(8, 8, requires_grad=True)

    def step():
        a.grad = b.grad = None
        (a @ b).relu().sum().backward()

    return step


def train_step(model, criterion, optimizer, inputs, targets):
    """A step as it is written everywhere."""

    def step():
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()

    return step


@case(GROUP, "MLP 4-64-64-2, batch 32, Adam", items=32)
def mlp(torch):
    nn = torch.nn
    model = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    inputs, targets = torch.randn(32, 4), torch.randn(32, 2)
    return train_step(model, nn.MSELoss(), optimizer, inputs, targets)


@case(GROUP, "MNIST CNN, batch 128, AdamW", items=IMAGES, threads=(None, 1))
def mnist(torch):
    nn = torch.nn
    layers = []
    for channels_in, channels_out in ((1, 16), (16, 32), (32, 64)):
        layers += [
            nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(),
        ]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.2), nn.Linear(64 * 3 * 3, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    inputs, targets = torch.randn(IMAGES, 1, 28, 28), torch.randint(0, 10, (IMAGES,))
    return train_step(model, nn.CrossEntropyLoss(), optimizer, inputs, targets)
