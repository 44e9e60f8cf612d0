"""Greedy answers to many prompts: what all prompts begin with is read once (R30).

Few-shot prompts share their examples. The keys and values of the longest common beginning are
computed for one row and repeated for each batch, so that a prompt costs only what is its own.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

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
        beside: Positions that every row has besides: the shared beginning and the answer.
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
) -> list[Written]:
    """The most probable token, again and again, until a stop token or `max_tokens`.

    Args:
        network: A causal transformers model in evaluation mode.
        prompts: Token ids (n), none empty.
        max_tokens: Longest answer.
        stops: Ids that end an answer.
        progress: Where to report.
    """
    if not prompts:
        return []
    written = [Written() for _ in prompts]
    with torch.no_grad():
        shared = shared_prefix(prompts)
        prefix = read(network, prompts[0][:shared]) if shared else None
        own = [list(prompt[shared:]) for prompt in prompts]
        made = batches([len(tokens) for tokens in own], shared + max_tokens)
        for rows in progress.over(made, "answering", len(made)):
            _answer(network, prefix, shared, rows, own, written, max_tokens, stops)
    return written


def read(network: Any, tokens: Sequence[int]) -> Any:
    """The cache of keys and values after these tokens, for one row."""
    ids = torch.tensor([list(tokens)], device=network.device)
    return network(input_ids=ids, use_cache=True, logits_to_keep=1).past_key_values


def repeated(cache: Any, rows: int) -> Any:
    """A copy of a cache of one row, for several."""
    made = copy.deepcopy(cache)
    made.batch_repeat_interleave(rows)
    return made


def _answer(
    network: Any,
    prefix: Any,
    shared: int,
    rows: list[int],
    own: list[list[int]],
    written: list[Written],
    max_tokens: int,
    stops: frozenset[int],
) -> None:
    ids, mask = _padded([own[row] for row in rows], network.device)
    mask = torch.cat([mask.new_ones(len(rows), shared), mask], dim=1)
    cache = repeated(prefix, len(rows)) if prefix is not None else None
    positions = (mask.cumsum(1) - 1).clamp(min=0)[:, shared:]
    active = list(rows)
    for step in range(max_tokens):
        told = network(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        cache = told.past_key_values
        best = told.logits[:, -1].argmax(dim=-1)
        going = _written(best.tolist(), active, written, stops)
        if not going or step + 1 == max_tokens:
            return
        if len(going) < len(active):
            kept = torch.tensor(going, device=network.device)
            cache.batch_select_indices(kept)
            best, mask, positions = best[kept], mask[kept], positions[kept]
            active = [active[place] for place in going]
        ids = best[:, None]
        mask = torch.cat([mask, mask.new_ones(len(active), 1)], dim=1)
        positions = positions[:, -1:] + 1


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


def _padded(rows: list[list[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and mask (rows, positions), padded on the left so that all rows end together."""
    longest = max(map(len, rows))
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for place, tokens in enumerate(rows):
        ids[place, longest - len(tokens) :] = torch.tensor(tokens)
        mask[place, longest - len(tokens) :] = 1
    return ids.to(device), mask.to(device)
