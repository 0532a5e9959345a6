from taeda_tensor.special import *
