# mypy: disable-error-code="no-redef"
from taeda_nn.utils import *

from . import rnn as rnn
