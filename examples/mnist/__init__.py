"""Train a small convolutional network on all 70,000 MNIST digits; `python -m examples.mnist`."""
