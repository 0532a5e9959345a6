"""All packages under PyTorch's names: a small network learns."""

import taeda as torch
import taeda.nn.functional as F
import taeda_nn
from taeda import nn, optim
from taeda.utils.data import DataLoader, TensorDataset

assert torch.nn is taeda_nn
assert torch.__version__ == "0.1.0"

torch.manual_seed(0)
x = torch.randn(128, 2)
target = (x[:, 0] * x[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2))
optimizer = optim.Adam(model.parameters(), lr=0.02)
loader = DataLoader(TensorDataset(x, target), batch_size=32, shuffle=True)
for _ in range(40):
    for inputs, labels in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
with torch.no_grad():
    accuracy = (model(x).argmax(1) == target).float().mean().item()
assert accuracy > 0.9, accuracy
print("umbrella works")
