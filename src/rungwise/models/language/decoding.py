"""Greedy answers to many prompts: what all prompts begin with is read once (R30).

Few-shot prompts share their examples. The keys and values of the longest common beginning are
computed for one row and all rows attend to that one, so that a prompt costs only what is its own.
What is its own is not copied either, once it is read: a cache that grows by concatenation moves
every row's whole prompt for every token of an answer.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from rungwise.models.language.kept_batches import KeptBatches
from rungwise.models.language.shared_attention import (
    Beginning,
    can_share,
    hidden,
    seen,
    sharing,
)
from rungwise.progress import Progress, Tally

LEAST_SHARED = 16
"""Tokens; a shorter common beginning is not worth a pass of its own."""
POSITIONS = 24_576
"""Keys and values in memory at a time, padding included, as positions of all rows of a batch."""
ROWS = 64


@dataclass
class Written:
    """What a model wrote to the prompt at a place: ids without the stop token; if it stopped."""

    tokens: list[int] = field(default_factory=list)
    stopped: bool = False
    place: int = 0


def shared_prefix(prompts: Sequence[Sequence[int]]) -> int:
    """How many tokens all prompts begin with; each keeps at least one of its own."""
    first, last = min(map(tuple, prompts)), max(map(tuple, prompts))
    most = min(map(len, prompts)) - 1
    same = 0
    while same < most and first[same] == last[same]:
        same += 1
    return same if same >= LEAST_SHARED and len(prompts) > 1 else 0


def batches(lengths: Sequence[int], beside: int, most: int = ROWS) -> list[list[int]]:
    """Rows from short to long, each batch within `most` rows and `POSITIONS`.

    Args:
        lengths: Tokens of each row's own.
        beside: Positions that every row has besides, for its answer.
        most: Rows of a batch at most.
    """
    made: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        size = lengths[row] + beside
        fits = made and len(made[-1]) < most and (len(made[-1]) + 1) * size <= POSITIONS
        if fits:
            made[-1].append(row)
        else:
            made.append([row])
    return made


def answer(
    network: Any,
    prompts: Sequence[Sequence[int]],
    max_tokens: int,
    stops: frozenset[int],
    progress: Progress,
    prefix: Tensor | None = None,
    kept: KeptBatches | None = None,
    ended: Callable[[int, Written], None] | None = None,
    goes_on: Callable[[int, Written], bool] | None = None,
    longer: int = 0,
) -> list[Written]:
    """The most probable token, again and again, until a stop token or `max_tokens`.

    Args:
        network: A causal transformers model in evaluation mode.
        prompts: Token ids (n), none empty.
        max_tokens: Longest answer.
        stops: Ids that end an answer.
        progress: Where to report.
        prefix: Keys and values before every prompt (layers, 2, heads, tokens, width), or None.
        kept: Batches that were answered before, and where others are kept.
        ended: Told of each prompt (its place, what is written to it) when its batch has ended.
        goes_on: Asked after each token of a prompt whether more is to be written to it.
        longer: A longer limit under which the same batches may have been kept: they are cut.
    """
    if not prompts:
        return []
    written = [Written(place=place) for place in range(len(prompts))]
    with (
        torch.no_grad(),
        progress.tally("answering", len(prompts), len(prompts) * max_tokens) as tally,
        begun(network, prompts, prefix) as (before, own),
    ):
        counted = Counted(tally, [len(tokens) for tokens in own], max_tokens)
        for rows in batches([len(tokens) for tokens in own], max_tokens):
            cut = len(prompts[rows[0]]) - len(own[rows[0]])
            key = ["answer", [prompts[row] for row in rows], cut, max_tokens, sorted(stops)]
            found = None if kept is None else kept.find(key)
            if found is None and kept is not None and longer > max_tokens:
                whole = kept.find([*key[:3], longer, *key[4:]]) or ()
                found = [_cut(tokens, stopped, max_tokens) for tokens, stopped in whole] or None
            if found is not None:
                for row, (tokens, stopped) in zip(rows, found, strict=True):
                    written[row] = Written(tokens, stopped, row)
                counted.skip(rows)
            else:
                began = time.perf_counter()
                asked, mask = padded([own[row] for row in rows], network.device)
                counted.read(rows)
                batch = Batch(
                    network, before, mask, [written[row] for row in rows], counted, goes_on
                )
                batch.answer(asked, max_tokens, stops)
                counted.end()
                if kept is not None:
                    told = [[written[row].tokens, written[row].stopped] for row in rows]
                    kept.keep(key, told, time.perf_counter() - began)
            if ended is not None:
                for row in rows:
                    ended(row, written[row])
    return written


def _cut(tokens: list[int], stopped: bool, most: int) -> tuple[list[int], bool]:
    """An answer as it is under a shorter limit; its stop token needs room too."""
    return tokens[:most], stopped and len(tokens) < most


class Counted:
    """Rows and tokens of answers as they are shown: what is read is known, the rest expected.

    An answer is expected to end with the chance that tokens so far ended one, at the latest where
    it is cut: the first that end are the shortest, so their mean would promise too much.

    Args:
        tally: Where they are shown.
        lengths: Tokens to read of each row.
        max_tokens: Longest answer.
    """

    def __init__(self, tally: Tally, lengths: Sequence[int], max_tokens: int) -> None:
        self._tally, self._lengths, self._longest = tally, lengths, max_tokens
        self._to_read, self._waiting = sum(lengths), len(lengths)
        self._ended = self._written = 0
        self._going = self._step = 0
        self._reading = self._read = 0
        self._expect()

    def skip(self, rows: Sequence[int]) -> None:
        """These rows were answered before: they take no time."""
        self._leave(rows)
        self._expect()
        self._tally.add(len(rows))

    def read(self, rows: Sequence[int]) -> None:
        """The prompts of a batch are read next."""
        self._leave(rows)
        self._going, self._step = len(rows), 0
        self._reading, self._read = sum(self._lengths[row] for row in rows), 0
        self._expect()
        self._tally.add()

    def passed(self, share: float) -> None:
        """So much of a batch's prompts has been read: a long pass shows how far it is."""
        done = int(share * self._reading)
        more, self._read = done - self._read, done
        self._tally.add(tokens=more)

    def wrote(self, going: int) -> None:
        """A token was written to each row that went on, and `going` go on now."""
        written, ended = self._going, self._going - going
        self._ended += ended
        self._written += written
        if self._read < self._reading:  # a network whose layers cannot be told apart
            self.passed(1.0)
        self._going = going
        self._step += 1
        self._expect()
        self._tally.add(ended, written)

    def end(self) -> None:
        """A batch has ended; the answers that had not are cut."""
        cut, self._going = self._going, 0
        self._expect()
        self._tally.add(cut)

    def _leave(self, rows: Sequence[int]) -> None:
        self._to_read -= sum(self._lengths[row] for row in rows)
        self._waiting -= len(rows)

    def _expect(self) -> None:
        each = min(self._longest, self._written / self._ended if self._ended else self._longest)
        rest = self._going * min(self._longest - self._step, each) + self._waiting * each
        reading = self._reading - self._read
        self._tally.all_tokens = self._tally.tokens + reading + self._to_read + rest


@contextlib.contextmanager
def begun(
    network: Any, prompts: Sequence[Sequence[int]], prefix: Tensor | None = None
) -> Iterator[tuple[tuple[Beginning, ...] | None, list[list[int]]]]:
    """What all prompts begin with, read, and what each has besides; attention as that asks.

    Where the network cannot attend to a beginning, there is None and each prompt is its own. A
    trained prefix stands before what is read.
    """
    if not can_share(network):
        assert prefix is None, "no prefix is trained for a network that cannot share one"
        yield None, [list(prompt) for prompt in prompts]
        return
    shared = shared_prefix(prompts)
    cache = None if prefix is None else cache_of(prefix)
    if shared:
        cache = read(network, prompts[0][:shared], cache)
    with sharing(network):
        before = () if cache is None else (Beginning.of(cache),)
        yield before, [list(prompt[shared:]) for prompt in prompts]


def read(network: Any, tokens: Sequence[int], cache: Any = None) -> Any:
    """The cache of keys and values after these tokens, for one row; behind those of `cache`."""
    ids = torch.tensor([list(tokens)], device=network.device)
    told = network(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
    return told.past_key_values


def cache_of(prefix: Tensor) -> Any:
    """Keys and values (layers, 2, heads, tokens, width) as a cache, for one row."""
    from transformers import DynamicCache

    return DynamicCache([(keys[None], values[None]) for keys, values in prefix.detach()])


@contextlib.contextmanager
def layer_by_layer(network: Any, counted: Counted) -> Iterator[None]:
    """Count a pass as it goes from layer to layer: reading many long prompts takes a minute."""
    lists = (one for one in network.modules() if isinstance(one, torch.nn.ModuleList))
    layers = max(lists, key=len, default=torch.nn.ModuleList())
    passed = 0

    def ended(*_: Any) -> None:
        nonlocal passed
        passed += 1
        counted.passed(min(1.0, passed / len(layers)))

    hooks = [layer.register_forward_hook(ended) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class Batch:
    """Rows that are answered together.

    Attributes:
        network: A causal transformers model.
        before: What the rows have read; None where the network keeps all in a cache of its own.
        sight: What the next tokens see: a mask as the network takes it, or what is added to scores.
        positions: Of the next tokens (rows, tokens).
        rows: What is written to each; finished ones too, until half have finished.
        counted: Where what is written is counted.
        goes_on: As for `answer`.
        cache: Keys and values of what is written, as transformers keeps them.
    """

    def __init__(
        self,
        network: Any,
        before: tuple[Beginning, ...] | None,
        mask: Tensor,
        rows: list[Written],
        counted: Counted,
        goes_on: Callable[[int, Written], bool] | None = None,
    ) -> None:
        self.network = network
        self.counted = counted
        self.goes_on = goes_on
        self.before = before
        self.rows = rows
        self.own = mask
        # Where nothing was read before, the network's own masks are right, whatever its precision.
        self.sight = seen(mask) if before else mask
        start = sum(one.length for one in before or ())
        self.positions = start + (mask.cumsum(1) - 1).clamp(min=0)
        self.cache: Any = None

    def answer(self, asked: Tensor, max_tokens: int, stops: frozenset[int]) -> None:
        """Write to each row, until it has stopped or has `max_tokens`.

        Args:
            asked: Ids, padded on the left (rows, tokens).
            max_tokens: Longest answer.
            stops: Ids that end an answer.
        """
        going = list(range(len(self.rows)))
        for step in range(max_tokens):
            with layer_by_layer(self.network, self.counted) if step == 0 else nullcontext():
                best = self._next(asked)
            going = self._written(best.tolist(), going, stops)
            if not going or step + 1 == max_tokens:
                return
            self._keep_what_was_read(first=step == 0)
            # A row that has ended costs a little until it goes, and going costs all others a copy.
            if 2 * len(going) <= len(self.rows):
                best = best[self._select(going)]
                going = list(range(len(self.rows)))
            asked = best[:, None]
            self.positions = self.positions[:, -1:] + 1

    def _next(self, asked: Tensor) -> Tensor:
        """The most probable next token of each row; keys and values go to the cache."""
        told = self.network(
            input_ids=asked,
            attention_mask=self.sight,
            position_ids=self.positions,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
            **({} if self.before is None else {"beginnings": self.before}),
        )
        self.cache = told.past_key_values
        best: Tensor = told.logits[:, -1].argmax(dim=-1)
        return best

    def _written(self, tokens: list[int], going: list[int], stops: frozenset[int]) -> list[int]:
        """Put each row's next token down; returns the rows that go on."""
        for place in going:
            if tokens[place] in stops:
                self.rows[place].stopped = True
            else:
                self.rows[place].tokens.append(tokens[place])
        left = [place for place in going if self._goes_on(self.rows[place])]
        self.counted.wrote(len(left))
        return left

    def _goes_on(self, row: Written) -> bool:
        return not row.stopped and (self.goes_on is None or self.goes_on(row.place, row))

    def _keep_what_was_read(self, *, first: bool) -> None:
        """What the next token sees: all that the last one saw, and itself."""
        if self.before is None:
            self.sight = torch.cat([self.sight, self.sight.new_ones(len(self.rows), 1)], dim=1)
        elif first:
            # All that was read is behind the rows; what they write begins a cache of its own.
            read = Beginning.of(self.cache, hidden(self.own == 0)[:, None, None])
            self.before, self.cache = (*self.before, read), None
            self.sight = torch.zeros(len(self.rows), 1, 1, 1, device=self.own.device)
        else:
            self.sight = torch.cat([self.sight, torch.zeros_like(self.sight[..., :1])], dim=3)

    def _select(self, going: list[int]) -> Tensor:
        """Go on with these rows alone."""
        kept = torch.tensor(going, device=self.own.device)
        self.rows = [self.rows[place] for place in going]
        self.sight, self.positions = self.sight[kept], self.positions[kept]
        if self.before is not None:
            self.before = tuple(one.kept(kept) for one in self.before)
        if self.cache is not None:
            self.cache.batch_select_indices(kept)
        return kept


def padded(rows: list[list[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and mask (rows, positions), padded on the left so that all rows end together."""
    longest = max(map(len, rows))
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for place, tokens in enumerate(rows):
        ids[place, longest - len(tokens) :] = torch.tensor(tokens)
        mask[place, longest - len(tokens) :] = 1
    return ids.to(device), mask.to(device)
