from taeda_tensor.cuda import *
