"""`python -m examples.mnist`."""

import sys

from examples.mnist.cli import main

if __name__ == "__main__":
    sys.exit(main())
