from taeda_nn.parameter import *
