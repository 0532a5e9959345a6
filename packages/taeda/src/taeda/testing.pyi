from taeda_tensor.testing import *
