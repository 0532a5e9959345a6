# mypy: disable-error-code="no-redef"
from taeda_nn import *

from . import functional as functional, init as init, parameter as parameter, utils as utils
