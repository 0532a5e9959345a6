# mypy: disable-error-code="no-redef"
from taeda_autograd import *

from . import function as function, functional as functional, graph as graph
