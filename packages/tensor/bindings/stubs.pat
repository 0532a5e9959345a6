# Names that the signatures of the bindings use; within a class `dtype` and `device` are its attributes.
taeda_tensor._tensor.__prefix__:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

taeda_tensor._tensor.__suffix__:
    _dtype: TypeAlias = dtype
    _device: TypeAlias = device
