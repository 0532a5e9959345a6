from taeda_tensor.backends.mkl import *
