from taeda_tensor._cuda_profiler import *
