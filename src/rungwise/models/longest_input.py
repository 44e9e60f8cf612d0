"""How many positions a network takes: tried on one input, for configurations name it differently.

Tables of positions end at 512, or two before; `max_position_embeddings`, `n_positions` and others
name their length; rotary positions and ALiBi have none. So a network of the same configuration,
with one block and random weights, is given an input: what does not fit in it does not fit in the
whole.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rungwise.checkpoints import pretrained
from rungwise.quiet import quiet

if TYPE_CHECKING:
    from rungwise.checkpoints import Checkpoint

UNSTATED = 4096
"""Positions assumed for a language model whose configuration names none."""
MARGIN = 16
"""Positions below a stated length from which on it is tried: some tables keep a few for padding."""
VOCABULARY = 64
"""Tokens of the network that is tried, unless padding is a later one."""
NEAR = 8
"""Lengths below the longest that are tried one by one: what does not fit fails at once."""
Fits = Callable[[int], bool]


def encoder(checkpoint: Checkpoint, wanted: int) -> int:
    """The most positions up to `wanted` that a text encoder takes.

    Raises:
        ModelError: Its configuration cannot be read.
    """
    stated = _stated_in_file(checkpoint)
    pad = checkpoint.configuration.get("pad_token_id") or 0
    if stated is not None and wanted + int(pad) + MARGIN <= stated:
        return wanted  # far below what the configuration states: nothing heavy is loaded
    return _encoder(checkpoint, wanted)


def language_model(checkpoint: Checkpoint) -> int:
    """Positions that prompt and answer of a language model share.

    Raises:
        ModelError: Its configuration cannot be read.
    """
    return _language_model(checkpoint)


def _by_digest(find: Callable[..., int]) -> Callable[..., int]:
    """Remember what was found by the content of the model, for the checkpoint is no key."""
    known: dict[tuple[Any, ...], int] = {}

    @functools.wraps(find)
    def remembered(checkpoint: Checkpoint, *given: int) -> int:
        key = (checkpoint.digest, *given)
        if key not in known:
            known[key] = find(checkpoint, *given)
        return known[key]

    return remembered


@_by_digest
def _encoder(checkpoint: Checkpoint, wanted: int) -> int:
    configuration = pretrained.configuration(checkpoint)
    stated = _stated(configuration)
    most = wanted if stated is None else min(wanted, stated)
    network = _one_block(configuration, "AutoModel")
    if network is None:
        network = pretrained.network(checkpoint, "AutoModel", dtype="float32")
    pad = configuration.pad_token_id

    def fits(length: int) -> bool:
        import torch

        token = next(one for one in range(2, VOCABULARY) if one != pad)
        ids = torch.full((1, length), token)
        return _runs(network, input_ids=ids, attention_mask=torch.ones_like(ids))

    return _largest(fits, most)


@_by_digest
def _language_model(checkpoint: Checkpoint) -> int:
    configuration = pretrained.configuration(checkpoint)
    most = _stated(configuration) or UNSTATED
    network = _one_block(configuration, "AutoModelForCausalLM")
    if network is None:
        return most

    def fits(length: int) -> bool:
        import torch

        ids = torch.full((1, min(length, 2)), 2)
        places = torch.arange(length - ids.shape[1], length)[None]
        return _runs(network, input_ids=ids, position_ids=places)

    return _largest(fits, most)


def _stated_in_file(checkpoint: Checkpoint) -> int | None:
    """The least whole number that `config.json` names for positions, or None."""
    named = [
        value
        for key, value in checkpoint.configuration.items()
        if "positions" in key or key == "max_position_embeddings"
    ]
    return min((one for one in named if type(one) is int and one > 0), default=None)


def _stated(configuration: Any) -> int | None:
    """What the architecture calls its number of positions, or None."""
    named = getattr(configuration, "max_position_embeddings", None)
    return named if isinstance(named, int) and named > 0 else None


def _one_block(configuration: Any, kind: str) -> Any:
    """A network of this configuration with one block, or None if it cannot be made.

    Its weights are whatever lies in memory: only its shapes are asked.
    """
    import copy

    import torch
    import transformers
    from transformers.initialization import no_init_weights

    quiet()
    small = copy.deepcopy(configuration)
    try:
        blocks = small.num_hidden_layers
        for key, value in vars(small).items():
            if isinstance(value, list) and len(value) == blocks > 1:
                setattr(small, key, value[:1])  # what is said of each block
        small.num_hidden_layers = 1
        small.vocab_size = max(VOCABULARY, (small.pad_token_id or 0) + 1)
        small.bos_token_id = small.eos_token_id = None
        with torch.random.fork_rng(devices=[]), no_init_weights():
            made = getattr(transformers, kind).from_config(small, trust_remote_code=False)
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
        return None
    return made.float().eval()


def _runs(network: Any, **given: Any) -> bool:
    import torch

    try:
        with torch.no_grad():
            network(**given)
    except (AssertionError, IndexError, RuntimeError, ValueError):
        return False
    return True


def _largest(fits: Fits, most: int) -> int:
    """The largest length up to `most` that fits; `most` if not even one position does."""
    if fits(most) or not fits(1):
        return most
    low, high = 1, most  # low fits, high does not
    for length in range(most - 1, max(most - 1 - NEAR, 1), -1):
        if fits(length):
            return length
        high = length
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
