"""Greedy answers to many prompts: what all prompts begin with is read once (R30).

Few-shot prompts share their examples. The keys and values of the longest common beginning are
computed for one row and all rows attend to that one, so that a prompt costs only what is its own.
What is its own is not copied either, once it is read: a cache that grows by concatenation moves
every row's whole prompt for every token of an answer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from rungwise.models.language.shared_attention import (
    Beginning,
    can_share,
    hidden,
    seen,
    sharing,
)
from rungwise.progress import Progress

LEAST_SHARED = 16
"""Tokens; a shorter common beginning is not worth a pass of its own."""
POSITIONS = 24_576
"""Keys and values in memory at a time, padding included, as positions of all rows of a batch."""
ROWS = 64


@dataclass
class Written:
    """What a model wrote to one prompt: ids without the stop token, and whether it stopped."""

    tokens: list[int] = field(default_factory=list)
    stopped: bool = False


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
) -> list[Written]:
    """The most probable token, again and again, until a stop token or `max_tokens`.

    Args:
        network: A causal transformers model in evaluation mode.
        prompts: Token ids (n), none empty.
        max_tokens: Longest answer.
        stops: Ids that end an answer.
        progress: Where to report.
        prefix: Keys and values before every prompt (layers, 2, heads, tokens, width), or None.
    """
    if not prompts:
        return []
    written = [Written() for _ in prompts]
    with torch.no_grad(), begun(network, prompts, prefix) as (before, own):
        made = batches([len(tokens) for tokens in own], max_tokens)
        for rows in progress.over(made, "answering", len(made)):
            asked, mask = padded([own[row] for row in rows], network.device)
            batch = Batch(network, before, mask, [written[row] for row in rows])
            batch.answer(asked, max_tokens, stops)
    return written


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


class Batch:
    """Rows that are answered together.

    Attributes:
        network: A causal transformers model.
        before: What the rows have read; None where the network keeps all in a cache of its own.
        sight: What the next tokens see: a mask as the network takes it, or what is added to scores.
        positions: Of the next tokens (rows, tokens).
        rows: What is written to each; finished ones too, until half have finished.
        cache: Keys and values of what is written, as transformers keeps them.
    """

    def __init__(
        self,
        network: Any,
        before: tuple[Beginning, ...] | None,
        mask: Tensor,
        rows: list[Written],
    ) -> None:
        self.network = network
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
        return [place for place in going if not self.rows[place].stopped]

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
