"""One trunk pass: the frozen part of a network is computed once for every rung that follows.

The frozen part gives the same activations in every epoch, for every head, every learning rate
and every rung. So its output at the freeze boundary is kept on disk, found again by the digest
of the model, the boundary and the digest of the model's inputs. With L blocks, k trained, E
epochs and M configurations the work falls from ME(L+2k) to (L-k)+3kME block passes. Nothing is
approximated: the trunk is in evaluation mode and its input does not change.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
import torch
from torch import Tensor

from rungwise import plugins
from rungwise.device import device
from rungwise.objects import digest_bytes
from rungwise.progress import Progress
from rungwise.protocols import Backbone, Encoded, RungContext
from rungwise.training.batches import by_length, counted
from rungwise.training.cache import Cache, Stored, row_digests
from rungwise.training.drawn import Column, Drawn
from rungwise.training.encoder import (
    Encoder,
    Form,
    Upper,
    activations,
    separable_blocks,
    upper,
)
from rungwise.training.part import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

REMEMBERED = 3
"""Columns whose model inputs are held: those of two parts, and of label names."""
POSITIONS = 4096
"""Padded positions in a batch that is only run forward."""


def of(context: RungContext, name: str, measured: str = "") -> Trunk:
    """The trunk of a model, opened once a process while its files stay the same.

    Args:
        context: Of the rung.
        name: Of the model.
        measured: The model's digest when an attempt was measured that is restored now.

    Raises:
        ModelError: The model cannot be used.
    """
    modality = plugins.modality_of(context.task)
    backbone = as_measured(modality.open(name, context.folder), measured)
    limit = context.task.training.max_tokens
    opened = _opened(backbone, context.cache, limit, context.progress)
    if (texts := context.together()) is not None:
        opened.hold(texts)
    return opened


_held: dict[tuple[str, Path, int], Trunk] = {}


def _opened(backbone: Backbone, cache: Path, limit: int, progress: Progress) -> Trunk:
    key = (backbone.digest, cache, limit)
    if key not in _held:
        _held.clear()  # one network in memory at a time
        _held[key] = Trunk(backbone, cache, limit)
        for note in backbone.notes:
            progress.say(note)
        _say_limit(backbone, limit, progress)
    return _held[key]


def as_measured(backbone: Backbone, digest: str) -> Backbone:
    """The backbone as it was when an attempt stood on it, if its modality has changed since."""
    change = getattr(backbone, "as_measured", None)
    return backbone if change is None else cast(Backbone, change(digest))


def _say_limit(backbone: Backbone, limit: int, progress: Progress) -> None:
    reads = getattr(backbone, "reads", None)  # not every modality has positions to count
    if reads is not None and (most := reads(limit)) < limit:
        progress.say(
            f"{backbone.name} reads {most:,} tokens at most: `training.max_tokens` of {limit:,} "
            "is cut to that."
        )


class Trunk:
    """A frozen backbone and what it has already computed."""

    def __init__(self, backbone: Backbone, cache: Path, limit: int) -> None:
        self.backbone = backbone
        self.limit = limit
        self.device = device()
        self._cache = Cache(cache / "trunk")
        self._encoded: dict[str, Encoded] = {}
        self._column: Column | None = None

    @functools.cached_property
    def encoder(self) -> Encoder:
        """The whole network with its pooling, frozen, in evaluation mode."""
        network = self.backbone.network()
        form = Form.of(*self.probe)
        encoder = Encoder(network, self.backbone.pooling, self.backbone.normalised, form)
        return encoder.requires_grad_(False).eval().to(self.device)

    @functools.cached_property
    def blocks(self) -> int:
        """How many blocks can be unfrozen one by one; 0 where the network cannot be cut."""
        return separable_blocks(self.encoder, *self.probe)

    @functools.cached_property
    def probe(self) -> tuple[Tensor, Tensor]:
        """A batch of two inputs of unlike sizes, and its mask."""
        examples = plugins.load("modalities", self.backbone.modality).examples
        inputs = self.backbone.encode(pl.Series(examples), self.limit)
        return self.tensors(inputs, np.arange(2))

    @property
    def width(self) -> int:
        """Numbers in an activation."""
        network: Any = self.encoder.network
        return int(network.config.hidden_size)

    def hold(self, values: pl.Series) -> None:
        """Compute a column as a whole from now on, whichever of its rows are asked for."""
        if self._column is None or not self._column.values.equals(values):
            self._column = Column(values, self.backbone.encode(values, self.limit))

    @contextlib.contextmanager
    def anew(self) -> Iterator[None]:
        """Compute what is asked inside as of texts that were never seen, to take the time."""
        column, self._column = self._column, None
        try:
            yield
        finally:
            self._column = column

    def encode(self, values: pl.Series, role: str = "") -> Encoded:
        """Model inputs of raw values; the last few columns are remembered.

        Args:
            values: Raw inputs.
            role: `query` or `document` for a search, where an encoder tells them apart.
        """
        if not role and self._column is not None:
            drawn = self._column.draw(values)
            if drawn is not None:
                return drawn
        key = role + digest_bytes("\0".join(values).encode())
        if key not in self._encoded:
            told = (values, self.limit, role) if role else (values, self.limit)
            self._encoded[key] = self.backbone.encode(*told)
            for oldest in list(self._encoded)[:-REMEMBERED]:
                del self._encoded[oldest]
        return self._encoded[key]

    def tensors(self, source: Source, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """A batch and its mask on the device."""
        values, mask = source.batch(rows)
        return torch.from_numpy(values).to(self.device), torch.from_numpy(mask).to(self.device)

    def upper(self, boundary: int) -> Upper:
        """A fresh trainable copy of the blocks from `boundary` on."""
        return upper(self.encoder, boundary).requires_grad_(True)

    def embeddings(
        self, inputs: Encoded, progress: Progress, keep: bool = True
    ) -> NDArray[np.float32]:
        """Pooled embeddings (rows, width) of the frozen network; kept unless told otherwise."""
        if isinstance(inputs, Drawn):
            return self.embeddings(inputs.whole, progress)[inputs.rows]
        key = self._key(inputs, "pooled")
        if (stored := self._cache.read(key)) is not None:
            return np.array(stored.flat[stored.starts])
        if inputs.truncated:
            progress.say(
                f"{inputs.truncated:,} of {len(inputs.lengths):,} inputs are longer than "
                f"{inputs.lengths.max()} tokens and were cut."
            )
        encoder = self.encoder  # loaded before the clock of the entry starts
        if not keep:
            return self.run(encoder, inputs, progress, "Embedding")
        rows = len(inputs.lengths)
        digests = row_digests(inputs)
        with torch.no_grad(), self._cache.writing(key, np.ones(rows, np.int64)) as writer:
            fresh = self._cache.reuse(writer, key, digests)
            if len(fresh) < rows:
                progress.say(f"{rows - len(fresh):,} of {rows:,} rows were embedded before.")
            lengths = inputs.lengths[fresh]

            def done(part: NDArray[np.int64], fresh: NDArray[np.int64] = fresh) -> bool:
                return writer.has(fresh[part])

            for part in counted(
                by_length(lengths, POSITIONS), lengths, "Embedding", progress, done
            ):
                batch = fresh[part]
                pooled = encoder(*self.tensors(inputs, batch)).float().cpu().numpy()
                writer.add(batch, pooled[:, None, :])
        stored = self._cache.read(key)
        assert stored is not None, "it was just written"
        return np.array(stored.flat[stored.starts])

    def seconds(self, inputs: Encoded) -> float | None:
        """How long it took to embed the inputs, and what was embedded with them; None if unknown.

        Whoever asked for it: an attempt, or an audit before it.
        """
        whole = inputs.whole if isinstance(inputs, Drawn) else inputs
        return self._cache.seconds(self._key(whole, "pooled"))

    def activations(
        self, inputs: Encoded, boundary: int, progress: Progress, also: Iterable[int] = ()
    ) -> Stored:
        """What enters block `boundary`; kept. The same pass also keeps the boundaries `also`."""
        if isinstance(inputs, Drawn):
            return self.activations(inputs.whole, boundary, progress, also).draw(inputs.rows)
        wanted = {boundary, *also}
        absent = sorted(b for b in wanted if self._cache.read(self._key(inputs, b)) is None)
        if absent:
            self._pass(inputs, absent, progress)
        stored = self._cache.read(self._key(inputs, boundary))
        if stored is None:
            raise FileNotFoundError("the cache was deleted while it was in use")
        return stored

    def tuned(
        self, module: Encoder, boundary: int | None, inputs: Encoded, progress: Progress
    ) -> NDArray[np.float32]:
        """Embeddings by a changed network; what is kept at its boundary is not run again.

        `module` stands for the blocks from `boundary` on, or for None for the whole network.
        """
        if boundary is None:
            return self.run(module, inputs, progress, "Predicting")
        if (stored := self._kept(inputs, boundary)) is not None:
            return self.run(module, stored, progress, "Predicting")

        def through(values: Tensor, mask: Tensor) -> Tensor:
            lower = functools.partial(self.encoder, values, mask)
            embedded: Tensor = module(activations(self.encoder, lower, [boundary])[boundary], mask)
            return embedded

        return self.run(through, inputs, progress, "Predicting")

    def run(
        self,
        module: Callable[[Tensor, Tensor], Tensor],
        source: Source,
        progress: Progress,
        title: str,
    ) -> NDArray[np.float32]:
        """Apply `module` to every row without gradients; answers (rows, outputs) in row order."""
        answers: NDArray[np.float32] | None = None
        batches = by_length(source.lengths, POSITIONS)
        with torch.no_grad():
            for rows in counted(batches, source.lengths, title, progress):
                part = module(*self.tensors(source, rows)).float().cpu().numpy()
                if answers is None:
                    answers = np.empty((len(source.lengths), part.shape[1]), np.float32)
                answers[rows] = part
        return np.empty((0, 0), np.float32) if answers is None else answers

    def _kept(self, inputs: Encoded, boundary: int) -> Stored | None:
        if isinstance(inputs, Drawn):
            whole = self._kept(inputs.whole, boundary)
            return None if whole is None else whole.draw(inputs.rows)
        return self._cache.read(self._key(inputs, boundary))

    def _pass(self, inputs: Encoded, boundaries: Sequence[int], progress: Progress) -> None:
        below, source, module = self._nearest(inputs, boundaries[0])
        shifted = [boundary - below for boundary in boundaries]
        lengths = inputs.lengths
        with contextlib.ExitStack() as stack, torch.no_grad():
            writers = [
                stack.enter_context(self._cache.writing(self._key(inputs, b), lengths))
                for b in boundaries
            ]

            def done(rows: NDArray[np.int64]) -> bool:
                return all(writer.has(rows) for writer in writers)

            batches = by_length(lengths, POSITIONS)
            for rows in counted(batches, lengths, "Running the frozen blocks", progress, done):
                values, mask = self.tensors(source, rows)
                seen = activations(module, functools.partial(module, values, mask), shifted)
                for writer, at in zip(writers, shifted, strict=True):
                    if not writer.has(rows):  # a kill may come between two boundaries
                        writer.add(rows, seen[at].float().cpu().numpy())

    def _nearest(self, inputs: Encoded, boundary: int) -> tuple[int, Encoded | Stored, Encoder]:
        """The highest boundary below that is already kept, and the network from there on."""
        for below in range(boundary - 1, -1, -1):
            stored = self._cache.read(self._key(inputs, below))
            if stored is not None:
                return below, stored, upper(self.encoder, below)
        return 0, inputs, self.encoder

    def _key(self, inputs: Encoded, boundary: int | str) -> dict[str, object]:
        return {"model": self.backbone.digest, "boundary": boundary, "inputs": inputs.digest}
