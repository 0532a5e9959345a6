"""Memory shared with other libraries."""

from taeda_tensor import from_dlpack as from_dlpack, to_dlpack as to_dlpack
