"""Datasets, samplers and a loader with worker processes, for taeda tensors."""

from taeda_data._collate import collate as collate
from taeda_data._collate import default_collate as default_collate
from taeda_data._collate import default_collate_fn_map as default_collate_fn_map
from taeda_data._collate import default_convert as default_convert
from taeda_data._datasets import ChainDataset as ChainDataset
from taeda_data._datasets import ConcatDataset as ConcatDataset
from taeda_data._datasets import Dataset as Dataset
from taeda_data._datasets import IterableDataset as IterableDataset
from taeda_data._datasets import StackDataset as StackDataset
from taeda_data._datasets import Subset as Subset
from taeda_data._datasets import TensorDataset as TensorDataset
from taeda_data._info import WorkerInfo as WorkerInfo
from taeda_data._info import get_worker_info as get_worker_info
from taeda_data._loader import DataLoader as DataLoader
from taeda_data._samplers import BatchSampler as BatchSampler
from taeda_data._samplers import RandomSampler as RandomSampler
from taeda_data._samplers import Sampler as Sampler
from taeda_data._samplers import SequentialSampler as SequentialSampler
from taeda_data._samplers import SubsetRandomSampler as SubsetRandomSampler
from taeda_data._samplers import WeightedRandomSampler as WeightedRandomSampler
from taeda_data._split import random_split as random_split

__version__ = "0.1.0"
