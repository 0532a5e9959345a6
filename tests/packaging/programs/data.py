"""Loading in this process and in workers gives the same batches."""

import importlib.util

import taeda_tensor as torch
from taeda_data import DataLoader, TensorDataset

assert importlib.util.find_spec("taeda_autograd") is None
assert importlib.util.find_spec("taeda_nn") is None


def batches(workers: int) -> list[list[int]]:
    generator = torch.Generator()
    generator.manual_seed(3)
    loader = DataLoader(
        TensorDataset(torch.arange(10)),
        batch_size=4,
        shuffle=True,
        generator=generator,
        num_workers=workers,
    )
    return [values.tolist() for (values,) in loader]


if __name__ == "__main__":
    alone = batches(0)
    assert sorted(value for batch in alone for value in batch) == list(range(10))
    assert [len(batch) for batch in alone] == [4, 4, 2]
    assert batches(2) == alone
    print("data works")
