from taeda_nn.utils import *
