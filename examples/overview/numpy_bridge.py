"""NumPy to tensor and back."""

import numpy as np

import taeda as torch

array = np.array([1, 2, 3])
tensor = torch.from_numpy(array)
print(tensor)

back = tensor.numpy()
print(back)
