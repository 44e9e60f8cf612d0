"""The log-probability of every label after a prompt, in one pass: labels as a tree of tokens.

`card_arrival` and `card_linking` share their first tokens: as a tree each token is computed once.
The tree lies in one sequence behind the prompt, and each of its tokens attends to the prompt and
to its own ancestors alone, at the position that it has in its own label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rungwise.models.language.decoding import batches, read, repeated, shared_prefix
from rungwise.progress import Progress


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
) -> NDArray[np.float64]:
    """Log-probability, in nats, of each label and then `stop` after each prompt.

    Args:
        network: A causal transformers model in evaluation mode.
        prompts: Token ids (n), none empty.
        labels: Token ids (labels).
        stop: The token that ends an answer.
        progress: Where to report.

    Returns:
        Array (n, labels).
    """
    found = np.empty((len(prompts), len(labels)))
    if not prompts:
        return found
    trie = Trie.of(labels)
    with torch.no_grad():
        shared = shared_prefix(prompts)
        prefix = read(network, prompts[0][:shared]) if shared else None
        own = [list(prompt[shared:]) for prompt in prompts]
        made = batches([len(tokens) for tokens in own], shared + len(trie.token))
        for rows in progress.over(made, "scoring", len(made)):
            cache = repeated(prefix, len(rows)) if prefix is not None else None
            found[rows] = _score(network, cache, shared, [own[row] for row in rows], trie, stop)
    return found


def _score(
    network: Any, cache: Any, shared: int, own: list[list[int]], trie: Trie, stop: int
) -> NDArray[np.float64]:
    """Own tokens, padding, tree: one sequence a row, under a mask that says who sees whom."""
    longest, nodes = max(map(len, own)), len(trie.token)
    sees = torch.from_numpy(trie.sees())
    ids = torch.zeros(len(own), longest + nodes, dtype=torch.long)
    ids[:, longest:] = torch.tensor(trie.token)
    depth = torch.tensor(trie.depth)
    position = torch.zeros_like(ids)
    mask = torch.zeros(len(own), longest + nodes, shared + longest + nodes, dtype=torch.bool)
    mask[:, :, :shared] = True
    causal = torch.ones(longest, longest, dtype=torch.bool).tril()
    for row, tokens in enumerate(own):
        size = len(tokens)
        ids[row, :size] = torch.tensor(tokens)
        position[row, :longest] = shared + torch.arange(longest)
        position[row, longest:] = shared + size + depth
        mask[row, :longest, shared : shared + longest] = causal
        mask[row, longest:, shared : shared + size] = True
    mask[:, longest:, shared + longest :] = sees
    seen = torch.where(mask, 0.0, torch.finfo(torch.float32).min)[:, None]
    told = network(
        input_ids=ids.to(network.device),
        attention_mask=seen.to(network.device),
        position_ids=position.to(network.device),
        past_key_values=cache,
        use_cache=cache is not None,
    ).logits
    return np.stack([_of_labels(told[row], len(own[row]), longest, trie, stop)
                     for row in range(len(own))])  # fmt: skip


def _of_labels(
    logits: Tensor, size: int, longest: int, trie: Trie, stop: int
) -> NDArray[np.float64]:
    """Sum along each label's path what its parent says of each token, and of the end."""
    # What follows the prompt is said at its last token; what follows a node, at the node.
    places = torch.tensor([size - 1, *range(longest, longest + len(trie.token))])
    said = torch.log_softmax(logits[places.to(logits.device)].float(), dim=-1).cpu()
    so_far = [0.0] * (len(trie.token) + 1)  # the prompt first, then each node
    for node, (token, parent) in enumerate(zip(trie.token, trie.parent, strict=True)):
        so_far[node + 1] = so_far[parent + 1] + float(said[parent + 1, token])
    return np.array([so_far[last + 1] + float(said[last + 1, stop]) for last in trie.last])
