from taeda_tensor._cuda_memory import *
