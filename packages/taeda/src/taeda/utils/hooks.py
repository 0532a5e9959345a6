"""What registering a hook returns."""

from taeda_nn import RemovableHandle as RemovableHandle
