from taeda_tensor.backends.cudnn import *
