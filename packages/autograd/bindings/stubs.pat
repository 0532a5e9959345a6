# Names that the signatures of the bindings use.
taeda_autograd._autograd.__prefix__:
    from collections.abc import Callable, Sequence
    from typing import Any
    from taeda_tensor import Tensor
