"""Loading."""

from benchmarks.case import case

GROUP = "data"
SAMPLES = 4096


@case(GROUP, "DataLoader, TensorDataset 4096x784, batch 64", items=SAMPLES)
def tensor_dataset(torch):
    data = torch.utils.data
    dataset = data.TensorDataset(torch.randn(SAMPLES, 784), torch.randint(0, 10, (SAMPLES,)))
    loader = data.DataLoader(dataset, batch_size=64, shuffle=True)

    def epoch():
        for _ in loader:
            pass

    return epoch


@case(GROUP, "DataLoader, own Dataset 4096x784, batch 64", items=SAMPLES)
def own_dataset(torch):
    data = torch.utils.data
    images, labels = torch.randn(SAMPLES, 784), torch.randint(0, 10, (SAMPLES,))

    class Pairs(data.Dataset):
        def __len__(self):
            return SAMPLES

        def __getitem__(self, index):
            return images[index], labels[index]

    loader = data.DataLoader(Pairs(), batch_size=64, shuffle=True)

    def epoch():
        for _ in loader:
            pass

    return epoch
