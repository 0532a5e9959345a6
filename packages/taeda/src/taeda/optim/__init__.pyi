# mypy: disable-error-code="no-redef"
from taeda_optim import *

from . import grad_scaler as grad_scaler, lr_scheduler as lr_scheduler, optimizer as optimizer
