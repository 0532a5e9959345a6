"""Optimisers and learning-rate schedulers on taeda tensors, with PyTorch's names."""

from . import grad_scaler as grad_scaler, lr_scheduler as lr_scheduler
from ._adagrad import Adadelta as Adadelta, Adagrad as Adagrad
from ._adam import Adam as Adam, AdamW as AdamW
from ._adam_kin import Adamax as Adamax, NAdam as NAdam, RAdam as RAdam
from ._rmsprop import RMSprop as RMSprop
from ._sgd import SGD as SGD
from .optimizer import Optimizer as Optimizer
