from taeda_autograd._checkpoint import *
