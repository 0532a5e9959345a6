from taeda_data.sampler import *
