from taeda_tensor.backends.mkldnn import *
