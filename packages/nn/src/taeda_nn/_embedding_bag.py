"""EmbeddingBag: embedded rows summed bag by bag."""

from __future__ import annotations

from typing import Any

from taeda_tensor import Tensor

from . import functional as F
from ._embedding import Embedding
from ._module import Module


class EmbeddingBag(Module):
    """The sum, mean or max of the rows of a table in each bag of indices: see `embedding_bag`.

    Input (B, N), or a vector with `offsets`; result (B, embedding_dim).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import EmbeddingBag
    >>> tuple(EmbeddingBag(10, 3)(tt.tensor([1, 2, 4, 9]), tt.tensor([0, 1])).shape)
    (2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        # The table is made, checked and drawn as that of an Embedding.
        table = Embedding(
            num_embeddings,
            embedding_dim,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight,
            device=device,
            dtype=dtype,
        )
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self.padding_idx = table.padding_idx
        self.weight = table.weight

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **options: Any) -> Any:
        """A layer with this table, which does not learn unless `freeze` is False."""
        rows, columns = embeddings.shape
        layer = cls(rows, columns, _weight=embeddings, **options)
        layer.weight.requires_grad_(not freeze)
        return layer

    def forward(
        self,
        input: Tensor,
        offsets: Tensor | None = None,
        per_sample_weights: Tensor | None = None,
    ) -> Tensor:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            mode=self.mode,
            per_sample_weights=per_sample_weights,
            include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        return f"{text}, mode={self.mode!r}"
