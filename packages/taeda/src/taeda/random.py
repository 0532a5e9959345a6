"""The random streams of tensors, as `torch.random` names them."""

from taeda_tensor import (
    default_generator as default_generator,
    get_rng_state as get_rng_state,
    manual_seed as manual_seed,
    set_rng_state as set_rng_state,
)
