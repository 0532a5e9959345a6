"""Times the same work on taeda, PyTorch and NumPy, side by side; `python -m benchmarks`."""
