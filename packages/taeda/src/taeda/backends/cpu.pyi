from taeda_tensor.backends.cpu import *
