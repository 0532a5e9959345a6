"""A script that knows only PyTorch."""

import argparse
import os
import tempfile

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.optim.optimizer import Optimizer
from torch.utils.data import DataLoader, TensorDataset, random_split
from torch.utils.data.dataset import Dataset
from torch.utils.data.sampler import SubsetRandomSampler


class Sums(Dataset):
    def __getitem__(self, index):
        x = torch.randn(3, generator=torch.Generator().manual_seed(index))
        return x, x.sum()

    def __len__(self):
        return 64


def train(steps: int, workers: int, device: torch.device) -> nn.Module:
    torch.manual_seed(0)
    training, _ = random_split(Sums(), [48, 16])
    loader = DataLoader(training, batch_size=16, shuffle=True, num_workers=workers)
    model = nn.Linear(3, 1).to(device)
    optimizer: Optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, step_size=10)
    losses = []
    while len(losses) < steps:
        for x, y in loader:
            loss = F.mse_loss(model(x.to(device)).squeeze(1), y.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
    assert losses[-1] < losses[0] / 2, losses
    return model


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, required=True)
    steps = parser.parse_args().steps
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = train(steps, 0, device)
    again = train(steps, 2, device)
    assert torch.equal(model.weight, again.weight)

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.pt")
        torch.save({"model": model.state_dict(), "steps": steps}, path)
        saved = torch.load(path, map_location=device)
    copy = nn.Linear(3, 1)
    copy.load_state_dict(saved["model"])
    assert saved["steps"] == steps
    assert torch.equal(copy.weight, model.weight)

    dataset = TensorDataset(torch.arange(4))
    subset = DataLoader(dataset, sampler=SubsetRandomSampler([1, 3]))
    assert sorted(x.item() for (x,) in subset) == [1, 3]
    print("trained")


if __name__ == "__main__":
    main()
