# mypy: disable-error-code="no-redef"
from taeda_data import *

from . import dataloader as dataloader, dataset as dataset, sampler as sampler
