from taeda_nn.functional import *
