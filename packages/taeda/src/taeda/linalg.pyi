from taeda_tensor.linalg import *
