"""What `import torch` finds in a script that `python -m taeda` runs, and in its child processes."""

import sys

import taeda
from taeda._aliases import install

install({"torch": "taeda"})
sys.modules[__name__] = taeda
