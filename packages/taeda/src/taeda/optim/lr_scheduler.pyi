from taeda_optim.lr_scheduler import *
