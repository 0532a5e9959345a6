# mypy: disable-error-code="no-redef"
# At run time most of these are the very modules they stand for. What comes first counts.
from . import (
    accelerator as accelerator,
    amp as amp,
    autograd as autograd,
    backends as backends,
    cpu as cpu,
    cuda as cuda,
    linalg as linalg,
    nn as nn,
    optim as optim,
    random as random,
    special as special,
    testing as testing,
    utils as utils,
    version as version,
)
from .amp import GradScaler as GradScaler
from taeda_tensor import *

__version__: str
