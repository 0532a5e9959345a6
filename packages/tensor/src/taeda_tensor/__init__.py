"""Tensors: storage, views, dtype promotion, broadcasting, indexing and every operation, forward.

>>> import taeda_tensor as torch
>>> (torch.tensor([1.0, 2.0]) * 2).tolist()
[2.0, 4.0]
"""

# The order counts, so this list is not sorted: shapes are Size objects, and an operation in Python
# stands for the native one of its name.
# isort: off
from taeda_tensor import _size as _size
from taeda_tensor._tensor import *  # noqa: F403
from taeda_tensor._tensor import (
    _fused_adadelta_ as _fused_adadelta_,
    _fused_adagrad_ as _fused_adagrad_,
    _fused_adam_ as _fused_adam_,
    _fused_adamax_ as _fused_adamax_,
    _fused_clamp_ as _fused_clamp_,
    _fused_nadam_ as _fused_nadam_,
    _fused_norm as _fused_norm,
    _fused_radam_ as _fused_radam_,
    _fused_rmsprop_ as _fused_rmsprop_,
    _fused_scale_ as _fused_scale_,
    _fused_sgd_ as _fused_sgd_,
    _pad as _pad,
    _resample as _resample,
)
from taeda_tensor._dtypes import *  # noqa: F403
from taeda_tensor._formats import *  # noqa: F403
from taeda_tensor._grad_mode import (
    enable_grad as enable_grad,
    inference_mode as inference_mode,
    no_grad as no_grad,
    set_grad_enabled as set_grad_enabled,
)
from taeda_tensor._size import Size as Size
from taeda_tensor._printing import *  # noqa: F403
from taeda_tensor._tensor_methods import (
    conj as conj,
    is_complex as is_complex,
    is_conj as is_conj,
    is_inference as is_inference,
    is_nonzero as is_nonzero,
    is_same_size as is_same_size,
    real as real,
    resolve_conj as resolve_conj,
    resolve_neg as resolve_neg,
)
from taeda_tensor._legacy_types import *  # noqa: F403
from taeda_tensor._activations import *  # noqa: F403
from taeda_tensor._arithmetic import *  # noqa: F403
from taeda_tensor._autocast import *  # noqa: F403
from taeda_tensor._comparison import *  # noqa: F403
from taeda_tensor._distances import *  # noqa: F403
from taeda_tensor._dtype_rules import *  # noqa: F403
from taeda_tensor._einsum import *  # noqa: F403
from taeda_tensor._joining import *  # noqa: F403
from taeda_tensor._matrices import *  # noqa: F403
from taeda_tensor._names import *  # noqa: F403
from taeda_tensor._places import *  # noqa: F403
from taeda_tensor._products import *  # noqa: F403
from taeda_tensor._quantiles import *  # noqa: F403
from taeda_tensor._random import *  # noqa: F403
from taeda_tensor._settings import *  # noqa: F403
from taeda_tensor._statistics import *  # noqa: F403
from taeda_tensor._storage import *  # noqa: F403
from taeda_tensor._windows import *  # noqa: F403
from taeda_tensor._serialization import *  # noqa: F403
from taeda_tensor import (
    accelerator as accelerator,
    amp as amp,
    backends as backends,
    cpu as cpu,
    cuda as cuda,
    linalg as linalg,
    return_types as return_types,
    serialization as serialization,
    special as special,
    testing as testing,
)
from taeda_tensor._linalg_names import *  # noqa: F403
# isort: on

__version__ = "0.1.0"
