from taeda_tensor.backends.cuda import *
