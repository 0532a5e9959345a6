from taeda_nn.init import *
