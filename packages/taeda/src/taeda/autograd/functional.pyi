from taeda_autograd.functional import *
