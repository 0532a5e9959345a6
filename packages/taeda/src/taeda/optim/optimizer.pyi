from taeda_optim.optimizer import *
