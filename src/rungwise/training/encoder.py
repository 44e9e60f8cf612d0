"""A network with its pooling, taken apart at a freeze boundary.

A network of L blocks is cut at boundary b: blocks 0…b-1 are the trunk, blocks b…L-1 the upper
part. The upper part runs the network's own forward, so masks, positions and norms stay its own
code: only its last blocks are kept, and what enters the first of them is replaced by the given
activations. The embeddings below still run, on an input of zeros, and belong to the trunk.
Whether the cut is exact is not looked up in a list of names but tried on two inputs.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rungwise.training.pooling import pool

EXACT = 1e-5
"""Largest difference between the whole network and its two parts that counts as rounding."""
MASK = "attention_mask"


@dataclass(frozen=True)
class Form:
    """What a batch looks like, read off one.

    Attributes:
        dtype: Of its numbers.
        shape: Of one row.
        sequence: Whether the mask is over the positions of the input itself, as with tokens. The
            input of other networks, such as pixels, has one size and takes no mask.
    """

    dtype: torch.dtype
    shape: tuple[int, ...]
    sequence: bool

    @staticmethod
    def of(values: Tensor, mask: Tensor) -> Form:
        """The form of a batch with its mask (rows, positions)."""
        return Form(values.dtype, tuple(values.shape[1:]), values.shape[:2] == mask.shape)

    def blank(self, activations: Tensor) -> Tensor:
        """Zeros of this form for so many activations (rows, positions, width)."""
        rows, positions = activations.shape[:2]
        shape = (positions, *self.shape[1:]) if self.sequence else self.shape
        return torch.zeros(rows, *shape, dtype=self.dtype, device=activations.device)


TOKENS = Form(torch.int64, (1,), sequence=True)
"""Of ids of tokens."""


class Encoder(nn.Module):
    """Inputs (rows, …) and mask (rows, positions) to embeddings (rows, width)."""

    def __init__(
        self, network: nn.Module, pooling: str, normalised: bool, form: Form = TOKENS
    ) -> None:
        super().__init__()
        self.network = network
        self.pooling, self.normalised, self.form = pooling, normalised, form
        self._input = str(getattr(network, "main_input_name", "input_ids"))
        self._masked = form.sequence and MASK in inspect.signature(network.forward).parameters

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Embed a batch."""
        given = {self._input: values} | ({MASK: mask} if self._masked else {})
        hidden = self.network(**given).last_hidden_state
        return pool(hidden, mask, self.pooling, self.normalised)


class Upper(Encoder):
    """The blocks above a boundary: activations (rows, positions, width) to embeddings."""

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Embed a batch of activations at the boundary."""
        located = blocks(self.network)
        assert located is not None, "it was cut at a list of blocks"

        def give(_: nn.Module, found: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
            return ((values, *found[1:]), named) if found else ((), named | {HIDDEN: values})

        hook = located[1][0].register_forward_pre_hook(give, with_kwargs=True)
        try:
            return super().forward(self.form.blank(values), mask)
        finally:
            hook.remove()


HIDDEN = "hidden_states"
"""What blocks call their first argument where it is passed by name."""


class _Below(nn.Module):
    """A part below the blocks: it runs as in the whole network and is not trained or kept."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self._part = (part,)  # in a tuple, so that its tensors are not registered here

    def forward(self, *values: Any, **named: Any) -> Any:
        with torch.no_grad():
            return self._part[0](*values, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_part"][0], name)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        part: Any = self._part[0]
        part._apply(fn, recurse)  # it follows to another device
        return self


def blocks(network: nn.Module) -> tuple[str, nn.ModuleList] | None:
    """Where the network keeps its blocks: the one list as long as its configuration says."""
    wanted = getattr(network.config, "num_hidden_layers", None)
    found = [
        (name, module)
        for name, module in network.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == wanted
    ]
    return found[0] if len(found) == 1 else None


def upper(encoder: Encoder, boundary: int) -> Upper:
    """A trainable copy of the blocks from `boundary` on, with the pooling."""
    network = encoder.network
    located = blocks(network)
    if located is None:
        raise ValueError("the network has no list of blocks")
    kept = nn.ModuleList(copy.deepcopy(list(located[1])[boundary:]))
    # What deepcopy finds in its memo it does not copy: the trunk is left out, not copied.
    memo: dict[int, Any] = {id(located[1]): kept}
    memo |= {id(part): _Below(part) for part in _before(network, located[0])}
    upper_part: Any = copy.deepcopy(network, memo)
    upper_part.config.num_hidden_layers = len(kept)
    return Upper(upper_part, encoder.pooling, encoder.normalised, encoder.form)


def _before(network: nn.Module, place: str) -> list[nn.Module]:
    """The modules that are registered before the blocks, where none holds the blocks."""
    found, holder = [], network
    for name in place.split("."):
        for beside, module in holder.named_children():
            if beside == name:
                break
            found.append(module)
        holder = getattr(holder, name)
    return found


class _Enough(Exception):
    """The highest boundary was reached: the blocks above need not run."""


def activations(
    encoder: Encoder, run: Callable[[], Tensor], boundaries: Iterable[int]
) -> dict[int, Tensor]:
    """What enters the blocks at `boundaries` while `run` calls the encoder.

    Stops at the highest one; each is (rows, positions, width).
    """
    located = blocks(encoder.network)
    if located is None:
        raise ValueError("the network has no list of blocks")
    wanted = sorted(set(boundaries))
    seen: dict[int, Tensor] = {}

    def watch(boundary: int) -> Callable[..., None]:
        def keep(_: nn.Module, values: tuple[Any, ...], named: Mapping[str, Any]) -> None:
            seen[boundary] = values[0] if values else named[HIDDEN]
            if boundary == wanted[-1]:
                raise _Enough

        return keep

    hooks = [
        located[1][boundary].register_forward_pre_hook(watch(boundary), with_kwargs=True)
        for boundary in wanted
    ]
    try:
        run()
    except _Enough:
        pass
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def separable_blocks(encoder: Encoder, values: Tensor, mask: Tensor) -> int:
    """How many blocks the network can be cut at exactly; 0 where it cannot be cut.

    Tried on a small batch, padding included: trunk and upper part together must give what
    the whole gives, at every boundary.
    """
    located = blocks(encoder.network)
    if located is None:
        return 0
    try:
        with torch.no_grad():
            whole = encoder(values, mask)
            boundaries = range(len(located[1]))
            lower = activations(encoder, lambda: encoder(values, mask), boundaries)
            for boundary in boundaries:
                cut = upper(encoder, boundary)(lower[boundary], mask)
                if not torch.allclose(cut, whole, atol=EXACT, rtol=EXACT):
                    return 0
    except (TypeError, ValueError, AttributeError, KeyError, StopIteration, RuntimeError):
        return 0  # an architecture whose parts do not fit together this way
    return len(located[1])
