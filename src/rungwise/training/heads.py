"""What turns an embedding into probabilities: a linear layer, neighbours, or a constant.

Every head is a torch module, so that one `save`, one `restore` and one `export` serve all.
Ties must fall the same way in torch and in ONNX Runtime, whose sums differ in the last bits:
they are broken by a preference for the earlier class that is larger than any rounding.
"""

from __future__ import annotations

import abc
from typing import ClassVar

import torch
from torch import Tensor, nn

ROUNDING = 1e-5
"""Similarities closer than this are the same; float32 sums over a few hundred terms are."""
PREFERENCE = 1e-6
"""What the last class's share of the votes loses against the first one's, for ties."""


class Head(nn.Module, abc.ABC):
    """Embeddings (rows, width) to probabilities (rows, classes)."""

    kind: ClassVar[str]

    @abc.abstractmethod
    def probabilities(self, embeddings: Tensor) -> Tensor:
        """Rows sum to 1."""

    @abc.abstractmethod
    def settings(self) -> dict[str, int]:
        """Arguments that make an empty head of this shape."""


class Linear(Head):
    """Softmax of a linear layer."""

    kind = "linear"

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(width, classes)

    @staticmethod
    def of(weight: Tensor, bias: Tensor) -> Linear:
        """A head from its weight (classes, width) and bias (classes)."""
        head = Linear(weight.shape[1], weight.shape[0])
        with torch.no_grad():
            head.layer.weight.copy_(weight)
            head.layer.bias.copy_(bias)
        return head

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits (rows, classes)."""
        logits: Tensor = self.layer(embeddings)
        return logits

    def probabilities(self, embeddings: Tensor) -> Tensor:
        """Softmax of the logits."""
        logits: Tensor = self(embeddings)
        return logits.softmax(-1)

    def settings(self) -> dict[str, int]:
        """Nothing but the shape."""
        return {"width": self.layer.in_features, "classes": self.layer.out_features}


class Neighbours(Head):
    """Votes of the k most similar stored rows, each with the weight of its similarity.

    Embeddings are compared by cosine. Rows as similar as the k-th all vote, so that the order
    among equals (copies with different labels) cannot decide.
    """

    kind = "neighbours"
    bank: Tensor
    votes: Tensor
    preference: Tensor

    def __init__(self, rows: int, width: int, classes: int, k: int) -> None:
        super().__init__()
        self.k = k
        self.register_buffer("bank", torch.zeros(rows, width))
        self.register_buffer("votes", torch.zeros(rows, classes))
        self.register_buffer("preference", torch.linspace(PREFERENCE, 0, classes), persistent=False)

    @staticmethod
    def of(embeddings: Tensor, labels: Tensor, classes: int, k: int) -> Neighbours:
        """A head from embeddings (rows, width) and class indices (rows)."""
        rows, width = embeddings.shape
        head = Neighbours(rows, width, classes, k)
        head.bank.copy_(nn.functional.normalize(embeddings, dim=1))
        head.votes.copy_(nn.functional.one_hot(labels, classes))
        return head

    def probabilities(self, embeddings: Tensor) -> Tensor:
        """Shares of the votes."""
        return self.counted(nn.functional.normalize(embeddings, dim=1) @ self.bank.T, self.k)

    def counted(self, similarity: Tensor, k: int) -> Tensor:
        """Shares of the votes from similarities (rows, stored rows)."""
        last = similarity.topk(k, dim=1).values[:, -1:]
        weight = torch.where(similarity >= last - ROUNDING, similarity.clamp(min=ROUNDING), 0.0)
        shares = weight @ self.votes
        shares = shares / shares.sum(1, keepdim=True) + self.preference
        return shares / shares.sum(1, keepdim=True)

    def settings(self) -> dict[str, int]:
        """Shape and k."""
        rows, width = self.bank.shape
        return {"rows": rows, "width": width, "classes": self.votes.shape[1], "k": self.k}


class Constant(Head):
    """The same probabilities for every row."""

    kind = "constant"
    shares: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.register_buffer("shares", torch.full((classes,), 1 / classes))

    @staticmethod
    def of(shares: Tensor) -> Constant:
        """A head from its probabilities (classes)."""
        head = Constant(len(shares))
        head.shares.copy_(shares)
        return head

    def probabilities(self, embeddings: Tensor) -> Tensor:
        """The shares, once a row."""
        return self.shares.expand(embeddings.shape[0], -1)

    def settings(self) -> dict[str, int]:
        """The shape."""
        return {"classes": len(self.shares)}


KINDS: dict[str, type[Head]] = {head.kind: head for head in (Linear, Neighbours, Constant)}
