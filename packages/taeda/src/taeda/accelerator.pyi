from taeda_tensor.accelerator import *
