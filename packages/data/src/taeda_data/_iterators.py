"""One pass over the data in this process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NoReturn

from taeda_data._fetch import IterableFetcher, MapFetcher
from taeda_data._pin import pin
from taeda_data._position import Epoch
from taeda_data._streams import CallerStreams, seed_streams
from taeda_tensor import cuda


class LoaderIterator(Iterator[Any]):
    """An iterator over the batches of an epoch."""

    def __init__(self, loader: Any, epoch: Epoch) -> None:
        self._loader = loader
        self._epoch = epoch
        self._pins = loader.pin_memory and cuda.is_available()

    def __iter__(self) -> LoaderIterator:
        return self

    def __len__(self) -> int:
        return len(self._loader)

    def _took_one(self) -> None:
        self._epoch.taken += 1
        promised = self._loader._promised_batches
        if promised is not None and self._epoch.taken > promised:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {promised} "
                f"batches (when accessing len(dataloader)), but {self._epoch.taken} have been "
                "fetched. With workers, each iterates over a copy of the dataset unless it takes "
                "its share by get_worker_info().",
                stacklevel=3,
            )

    def _end(self) -> NoReturn:
        self._epoch.finished = True
        raise StopIteration


class MapIterator(LoaderIterator):
    """Fetches from a map-style dataset in this process."""

    def __init__(self, loader: Any, epoch: Epoch) -> None:
        super().__init__(loader, epoch)
        fetcher = MapFetcher(loader.dataset, loader._auto_collation, loader.collate_fn)
        self._fetch = fetcher.fetch
        self._is_random = fetcher.is_random
        self._indices = epoch.indices
        self._streams = CallerStreams()
        self._number = epoch.taken

    def __next__(self) -> Any:
        assert self._indices is not None
        epoch = self._epoch
        try:
            indices = next(self._indices)
        except StopIteration:
            epoch.finished = True
            raise
        number = self._number
        self._number += 1
        if self._is_random:
            self._streams.save()
            try:
                seed_streams(epoch.base_seed, 0, number)
                batch = self._fetch(indices)
            except Exception as error:
                error.add_note(f"in DataLoader while fetching batch {number}")
                raise
            finally:
                self._streams.restore()
        else:
            batch = self._fetch(indices)
        epoch.taken += 1
        return pin(batch) if self._pins else batch


class StreamIterator(LoaderIterator):
    """Fetches from an iterable dataset in this process, as a single worker would."""

    def __init__(self, loader: Any, epoch: Epoch) -> None:
        super().__init__(loader, epoch)
        self._streams = CallerStreams()
        self._fetched = 0
        self._streams.save()
        try:
            seed_streams(epoch.base_seed, 0, -1)
            self._fetcher = IterableFetcher(
                loader.dataset,
                loader.batch_size if loader._auto_collation else None,
                loader.drop_last,
                loader.collate_fn,
            )
        finally:
            self._streams.restore()
        self._to_pass = epoch.taken

    def __next__(self) -> Any:
        while True:
            discard = self._to_pass > 0
            self._streams.save()
            try:
                seed_streams(self._epoch.base_seed, 0, self._fetched)
                self._fetched += 1
                batch = self._fetcher.fetch(discard)
            except StopIteration:
                self._end()
            except Exception as error:
                error.add_note(f"in DataLoader while fetching batch {self._fetched - 1}")
                raise
            finally:
                self._streams.restore()
            if not discard:
                self._took_one()
                return pin(batch) if self._pins else batch
            self._to_pass -= 1
