from taeda_tensor._cuda_nvtx import *
