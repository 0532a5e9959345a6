"""What load() may make of a file that is not trusted."""

from taeda_tensor._serialization import (
    add_safe_globals as add_safe_globals,
    clear_safe_globals as clear_safe_globals,
    get_safe_globals as get_safe_globals,
)
