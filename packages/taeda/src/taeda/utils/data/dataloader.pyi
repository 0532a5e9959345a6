from taeda_data.dataloader import *
