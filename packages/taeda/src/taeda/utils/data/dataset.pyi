from taeda_data.dataset import *
