# mypy: disable-error-code="no-redef"
# At run time most of these are the very modules they stand for.
from taeda_tensor import *

from . import (
    autograd as autograd,
    backends as backends,
    cuda as cuda,
    linalg as linalg,
    nn as nn,
    optim as optim,
    random as random,
    utils as utils,
)

__version__: str
