from taeda_autograd.graph import *
