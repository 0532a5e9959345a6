# mypy: disable-error-code="no-redef"
from . import amp as amp
from taeda_tensor.cpu import *
