# mypy: disable-error-code="no-redef"
from taeda_optim import *

from . import lr_scheduler as lr_scheduler, optimizer as optimizer
