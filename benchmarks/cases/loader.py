"""Loading: an epoch over a data set in memory."""

from benchmarks.case import case

GROUP = "loader"
SAMPLES = 4096


def declare(label, make_dataset, **options):
    """An epoch in batches of 64."""

    @case(GROUP, f"{label}, 4096x784, batch 64", items=SAMPLES)
    def loading(torch):
        images, labels = torch.randn(SAMPLES, 784), torch.randint(0, 10, (SAMPLES,))
        dataset = make_dataset(torch.utils.data, images, labels)
        loader = torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=True, **options)

        def epoch():
            for _ in loader:
                pass

        return epoch


def own_dataset(data, images, labels):
    """A data set as a user writes it."""

    class Pairs(data.Dataset):
        def __len__(self):
            return SAMPLES

        def __getitem__(self, index):
            return images[index], labels[index]

    return Pairs()


def in_memory(data, *tensors):
    """The data set of tensors."""
    return data.TensorDataset(*tensors)


declare("TensorDataset", in_memory)
declare("own Dataset", own_dataset)
declare("TensorDataset, 2 workers", in_memory, num_workers=2)
declare("TensorDataset, 2 workers that stay", in_memory, num_workers=2, persistent_workers=True)
