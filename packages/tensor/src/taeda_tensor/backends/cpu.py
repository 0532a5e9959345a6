"""The CPU."""

from __future__ import annotations

from taeda_kernels import _kernels

_NAMES = {"portable": "DEFAULT", "v3": "AVX2", "v4": "AVX512"}


def get_cpu_capability() -> str:
    """The widest vectors that the kernels use: "DEFAULT", "AVX2" or "AVX512".

    >>> get_cpu_capability() in ("DEFAULT", "AVX2", "AVX512")
    True
    """
    return _NAMES.get(_kernels.backend_name().rpartition("/")[2], "DEFAULT")
