from taeda_autograd.function import *
