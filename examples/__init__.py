"""Programs written as a user of PyTorch writes them, with `import taeda as torch`."""
