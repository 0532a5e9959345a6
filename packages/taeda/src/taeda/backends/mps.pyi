from taeda_tensor.backends.mps import *
