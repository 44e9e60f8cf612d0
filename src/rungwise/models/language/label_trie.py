"""The log-probability of every label after a prompt, in one pass: labels as a tree of tokens.

`card_arrival` and `card_linking` share their first tokens: as a tree each token is computed once.
The tree lies in one sequence behind the prompt, and each of its tokens attends to the prompt and
to its own ancestors alone, at the position that it has in its own label.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rungwise.models.language.decoding import batches, begun, padded
from rungwise.models.language.kept_batches import KeptBatches
from rungwise.models.language.shared_attention import Beginning, can_share, hidden, seen
from rungwise.progress import Progress

LOGITS = 1 << 26
"""In memory at a time: every node of every row has one for each token of the vocabulary."""
NODES = 16
"""Summed up at a time: that many logits stay in the processor's cache, which halves the time."""


@dataclass(frozen=True)
class Trie:
    """Labels as a tree.

    Attributes:
        token: Id at each node (nodes).
        parent: Node before it (nodes); -1 at the root.
        depth: Tokens before it in its label (nodes).
        last: The node at which each label ends (labels); -1 for an empty one.
    """

    token: tuple[int, ...]
    parent: tuple[int, ...]
    depth: tuple[int, ...]
    last: tuple[int, ...]

    @staticmethod
    def of(labels: Sequence[Sequence[int]]) -> Trie:
        """The tree of these token ids; a label is a path from the root."""
        nodes: dict[tuple[int, int], int] = {}
        depth: list[int] = []
        last = []
        for label in labels:
            node = -1
            for place, token in enumerate(label):
                node = nodes.setdefault((node, token), len(nodes))
                if node == len(depth):
                    depth.append(place)
            last.append(node)
        return Trie(
            token=tuple(token for _, token in nodes),
            parent=tuple(parent for parent, _ in nodes),
            depth=tuple(depth),
            last=tuple(last),
        )

    def sees(self) -> NDArray[np.bool_]:
        """Which node attends to which (nodes, nodes): its ancestors and itself."""
        seen = np.eye(len(self.token), dtype=bool)
        for node, parent in enumerate(self.parent):  # a parent stands before its children
            if parent >= 0:
                seen[node] |= seen[parent]
        return seen


def score(
    network: Any,
    prompts: Sequence[Sequence[int]],
    labels: Sequence[Sequence[int]],
    stop: int,
    progress: Progress,
    prefix: Tensor | None = None,
    kept: KeptBatches | None = None,
) -> NDArray[np.float64]:
    """Log-probability, in nats, of each label and then `stop` after each prompt.

    Args:
        network: A causal transformers model in evaluation mode.
        prompts: Token ids (n), none empty.
        labels: Token ids (labels).
        stop: The token that ends an answer.
        progress: Where to report.
        prefix: Keys and values before every prompt (layers, 2, heads, tokens, width), or None.
        kept: Batches that were scored before, and where others are kept.

    Returns:
        Array (n, labels).
    """
    found = np.empty((len(prompts), len(labels)))
    if not prompts:
        return found
    if not can_share(network):
        assert prefix is None, "no prefix is trained for a network that cannot share one"
        return _one_by_one(network, prompts, labels, stop, progress)
    trie = Trie.of(labels)
    with torch.no_grad(), begun(network, prompts, prefix) as (before, own):
        most = max(1, LOGITS // (len(trie.token) + 1) // int(network.config.vocab_size))
        made = batches([len(tokens) for tokens in own], len(trie.token), most)
        tokens = sum(map(len, own)) + len(own) * len(trie.token)
        with progress.tally("scoring", len(prompts), tokens) as tally:
            for rows in made:
                cut = len(prompts[rows[0]]) - len(own[rows[0]])
                key = ["score", [prompts[row] for row in rows], cut, labels, stop]
                scores = None if kept is None else kept.find(key)
                if scores is None:
                    began = time.perf_counter()
                    asked = [own[row] for row in rows]
                    scores = _score(network, before or (), asked, trie, stop)
                    if kept is not None:
                        kept.keep(key, scores.tolist(), time.perf_counter() - began)
                found[rows] = scores
                read = sum(len(own[row]) for row in rows)
                tally.add(len(rows), read + len(rows) * len(trie.token))
    return found


def _score(
    network: Any, before: tuple[Beginning, ...], own: list[list[int]], trie: Trie, stop: int
) -> NDArray[np.float64]:
    """Padding, own tokens, tree: one sequence a row, under a mask that says who sees whom."""
    device = network.device
    asked, mask = padded(own, device)
    rows, longest = asked.shape
    nodes = len(trie.token)
    start = sum(one.length for one in before)
    place = (start + mask.cumsum(1) - 1).clamp(min=0)
    depth = torch.tensor(trie.depth, device=device)
    out_of_sight = torch.zeros(rows, longest + nodes, longest + nodes, device=device)
    out_of_sight[:, :longest, :longest] = seen(mask)[:, 0]
    out_of_sight[:, longest:, :longest] = hidden(mask == 0)[:, None]
    out_of_sight[:, :longest, longest:] = hidden(torch.ones(1, dtype=torch.bool, device=device))
    out_of_sight[:, longest:, longest:] = hidden(~torch.from_numpy(trie.sees()).to(device))
    told = network(
        input_ids=torch.cat([asked, torch.tensor(trie.token, device=device).repeat(rows, 1)], 1),
        attention_mask=out_of_sight[:, None],
        position_ids=torch.cat([place, place[:, -1:] + 1 + depth], 1),
        use_cache=False,
        # What follows the prompt is said at its last token; what follows a node, at the node.
        logits_to_keep=nodes + 1,
        beginnings=before,
    ).logits
    return np.stack([_of_labels(one, trie, stop) for one in told])


def _one_by_one(
    network: Any,
    prompts: Sequence[Sequence[int]],
    labels: Sequence[Sequence[int]],
    stop: int,
    progress: Progress,
) -> NDArray[np.float64]:
    """Where attention is not what a tree needs, a window say: every label behind every prompt."""
    found = np.empty((len(prompts), len(labels)))
    with torch.no_grad():
        for row, prompt in enumerate(progress.over(prompts, "scoring", len(prompts))):
            for column, label in enumerate(labels):
                wanted = torch.tensor([*label, stop], device=network.device)
                ids = torch.tensor([[*prompt, *label]], device=network.device)
                logits = network(input_ids=ids, logits_to_keep=len(wanted)).logits[0]
                said = logits.gather(1, wanted[:, None])[:, 0] - logits.logsumexp(dim=-1)
                found[row, column] = float(said.sum())
    return found


def _of_labels(logits: Tensor, trie: Trie, stop: int) -> NDArray[np.float64]:
    """Sum along each label's path what its parent says of each token, and of the end.

    Args:
        logits: At the prompt's last token and at each node (nodes + 1, vocabulary).
    """
    total = torch.cat([some.logsumexp(dim=-1) for some in torch.split(logits, NODES)])
    parents = torch.tensor(trie.parent, device=logits.device) + 1
    tokens = torch.tensor(trie.token, device=logits.device)
    said = (logits[parents, tokens] - total[parents]).tolist()
    ends = (logits[:, stop] - total).tolist()
    so_far = [0.0] * (len(said) + 1)  # the prompt first, then each node
    for node, (gained, parent) in enumerate(zip(said, trie.parent, strict=True)):
        so_far[node + 1] = so_far[parent + 1] + gained
    return np.array([so_far[last + 1] + ends[last + 1] for last in trie.last])
