from taeda_tensor.backends.openmp import *
