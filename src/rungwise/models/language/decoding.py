"""Greedy answers to many prompts: what all prompts begin with is read once (R30).

Few-shot prompts share their examples. The keys and values of the longest common beginning are
computed for one row and all rows attend to that one, so that a prompt costs only what is its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from rungwise.models.language.shared_attention import Beginning, can_share, seen, sharing
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


def batches(lengths: Sequence[int], beside: int) -> list[list[int]]:
    """Rows from short to long, each batch within `ROWS` and `POSITIONS`.

    Args:
        lengths: Tokens of each row's own.
        beside: Positions that every row has besides, for its answer.
    """
    made: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        size = lengths[row] + beside
        fits = made and len(made[-1]) < ROWS and (len(made[-1]) + 1) * size <= POSITIONS
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
    with torch.no_grad(), begun(network, prompts, prefix) as (beginning, own):
        made = batches([len(tokens) for tokens in own], max_tokens)
        for rows in progress.over(made, "answering", len(made)):
            _answer(network, beginning, rows, own, written, max_tokens, stops)
    return written


@contextlib.contextmanager
def begun(
    network: Any, prompts: Sequence[Sequence[int]], prefix: Tensor | None = None
) -> Iterator[tuple[Beginning | None, list[list[int]]]]:
    """What all prompts begin with, read, and what each has besides; attention as that asks.

    Where the network cannot share a beginning, there is none and each prompt is its own. A trained
    prefix stands before what is read.
    """
    shared = shared_prefix(prompts)
    if (not shared and prefix is None) or not can_share(network):
        assert prefix is None, "no prefix is trained for a network that cannot share one"
        yield None, [list(prompt) for prompt in prompts]
        return
    cache = None if prefix is None else cache_of(prefix)
    if shared:
        cache = read(network, prompts[0][:shared], cache)
    with sharing(network):
        yield Beginning.of(cache), [list(prompt[shared:]) for prompt in prompts]


def read(network: Any, tokens: Sequence[int], cache: Any = None) -> Any:
    """The cache of keys and values after these tokens, for one row; behind those of `cache`."""
    ids = torch.tensor([list(tokens)], device=network.device)
    told = network(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
    return told.past_key_values


def cache_of(prefix: Tensor) -> Any:
    """Keys and values (layers, 2, heads, tokens, width) as a cache, for one row."""
    from transformers import DynamicCache

    return DynamicCache([(keys[None], values[None]) for keys, values in prefix.detach()])


def _answer(
    network: Any,
    beginning: Beginning | None,
    rows: list[int],
    own: list[list[int]],
    written: list[Written],
    max_tokens: int,
    stops: frozenset[int],
) -> None:
    ids, mask = padded([own[row] for row in rows], network.device)
    shared = beginning.length if beginning else 0
    positions = shared + (mask.cumsum(1) - 1).clamp(min=0)
    # Without a beginning the network's own masks are right, whatever they are.
    sight, told_besides = mask, {}
    if beginning is not None:
        sight, told_besides = seen(mask), {"beginning": beginning}
    cache = None
    active = list(rows)
    for step in range(max_tokens):
        told = network(
            input_ids=ids,
            attention_mask=sight,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
            **told_besides,
        )
        cache = told.past_key_values
        best = told.logits[:, -1].argmax(dim=-1)
        going = _written(best.tolist(), active, written, stops)
        if not going or step + 1 == max_tokens:
            return
        sight = _one_further(sight)
        if len(going) < len(active):
            kept = torch.tensor(going, device=network.device)
            cache.batch_select_indices(kept)
            best, sight, positions = best[kept], sight[kept], positions[kept]
            active = [active[place] for place in going]
        ids = best[:, None]
        positions = positions[:, -1:] + 1


def _one_further(sight: Tensor) -> Tensor:
    """What the next token of each row sees: all that the last one saw, and itself."""
    if sight.dim() == 2:
        return torch.cat([sight, sight.new_ones(len(sight), 1)], dim=1)
    last = sight[:, :, -1:]
    return torch.cat([last, last.new_zeros(len(last), 1, 1, 1)], dim=3)


def _written(
    tokens: list[int], active: list[int], written: list[Written], stops: frozenset[int]
) -> list[int]:
    """Put each row's next token down; returns the places of rows that go on."""
    going = []
    for place, (row, token) in enumerate(zip(active, tokens, strict=True)):
        if token in stops:
            written[row].stopped = True
        else:
            written[row].tokens.append(token)
            going.append(place)
    return going


def padded(rows: list[list[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and mask (rows, positions), padded on the left so that all rows end together."""
    longest = max(map(len, rows))
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for place, tokens in enumerate(rows):
        ids[place, longest - len(tokens) :] = torch.tensor(tokens)
        mask[place, longest - len(tokens) :] = 1
    return ids.to(device), mask.to(device)
