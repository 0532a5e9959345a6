from taeda_optim.grad_scaler import *
