"""LoRA in the last blocks of SmolLM2, from kept activations against PEFT's `layers_to_transform`.

The same SNIPS rows, batches, starting adapters, optimiser and rates, three learning rates of three
epochs each, in float32; ours and the peer take turns, a rate each. Ours reads what lies below the
boundary once, which is timed with the first rate. PEFT runs as its documentation shows it, padded
batches with labels. No row is generated: what is compared is training.

    python -m benchmarks.language.adapters --rows 64
"""

from __future__ import annotations

import os
import random
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.language.snips import answers
from benchmarks.rows import Row, arguments, show
from rungwise import plugins
from rungwise.conversation import Message
from rungwise.progress import Silent
from rungwise.training import machine
from rungwise.training.batches import shuffled
from rungwise.training.cache import Cache
from rungwise.training.language import loop
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.blocks import kept
from rungwise.training.language.losses import Read
from rungwise.training.language.supervised import Supervised, supervised
from rungwise.training.lora import ALPHA, RANK

MODEL = "SmolLM2-135M-Instruct"
LAST, EPOCHS, RATES = 4, 3, (1e-3, 2e-3, 5e-4)
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SYSTEM = "Extract the intent and its slots from a spoken command as JSON."


@dataclass
class Run:
    """Losses of every step of every rate, and the seconds of all."""

    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0


def rows(count: int) -> Iterator[Row]:
    """One row for time, one for the ceilings, one for how far the losses lie apart."""
    os.environ["RUNGWISE_PRECISION"] = "float32"
    model = plugins.load("models", "language").open(MODEL, Path.cwd())
    learnt = _coded(model, count)
    blocks = len(model.network.model.layers)
    boundary = blocks - LAST
    starts = [_start(model, boundary, seed) for seed in range(len(RATES))]
    peer = _peer(model)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Run(), Run()
        for rate, start in zip(RATES, starts, strict=True):
            began = time.perf_counter()
            hidden = kept(
                model.network, model.digest, learnt, boundary, Cache(Path(folder)), Silent()
            )
            _ours(model, boundary, Read(learnt, hidden), start, rate, ours)
            ours.seconds += time.perf_counter() - began
            began = time.perf_counter()
            _theirs(peer, learnt, start, rate, theirs)
            theirs.seconds += time.perf_counter() - began
    told = (
        f"LoRA, last {LAST} of {blocks} blocks, {len(RATES)} rates x {EPOCHS} epochs, {count} rows"
    )
    ratio = theirs.seconds / ours.seconds
    yield Row(told, "seconds", ours.seconds, theirs.seconds, "PEFT layers_to_transform")
    for name, ceiling in _ceilings(model.network, learnt).items():
        yield Row(f"share of the ceiling of {ceiling:.2f} times, {name}", "share",
                  ratio / ceiling, None, "")  # fmt: skip
    apart = np.abs(np.subtract(ours.losses, theirs.losses))
    steps = len(ours.losses) // len(RATES)
    first = max(apart[place * steps] for place in range(len(RATES)))
    yield Row(
        "losses apart at the first step of a rate", "nats / 1e6", float(first) * 1e6, None, ""
    )
    yield Row("losses apart at any step", "nats / 1e6", float(apart.max()) * 1e6, None, "")


def _coded(model: Any, count: int) -> Supervised:
    pairs = answers("train")
    random.Random(1).shuffle(pairs)
    prompts = [(Message("system", SYSTEM), Message("user", text)) for text, _ in pairs[:count]]
    return supervised(model, prompts, [answer for _, answer in pairs[:count]], model.context)


def _start(model: Any, boundary: int, seed: int) -> Mapping[str, torch.Tensor]:
    with machine.chance(seed), Adapters(boundary).attached(model) as live:
        return live.tensors()


def _steps(learnt: Supervised, seed: int) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    generator = np.random.default_rng(seed)
    return [
        batch for _ in range(EPOCHS) for batch in shuffled(learnt.lengths, loop.BATCH, generator)
    ]


def _ours(
    model: Any, boundary: int, read: Read, start: Mapping[str, torch.Tensor], rate: float, run: Run
) -> None:
    with Adapters(boundary).attached(model, start) as live:
        optimiser = torch.optim.AdamW(live.weights, lr=rate, fused=True)
        for batch in _steps(read.rows, 1):
            optimiser.zero_grad()
            run.losses.append(loop.backward(model, live, read, batch))
            optimiser.step()


def _peer(model: Any) -> Any:
    """The model as PEFT lays adapters over it, freshly loaded, so that nothing is shared."""
    import peft
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(model.folder, dtype="float32")
    blocks = len(network.model.layers)
    how = peft.LoraConfig(
        r=RANK,
        lora_alpha=ALPHA,
        target_modules=TARGETS,
        layers_to_transform=list(range(blocks - LAST, blocks)),
        layers_pattern="layers",
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():  # PEFT asks transformers by a name that is going away
        warnings.simplefilter("ignore", FutureWarning)
        return peft.get_peft_model(network, how).eval()


def _theirs(
    peer: Any, learnt: Supervised, start: Mapping[str, torch.Tensor], rate: float, run: Run
) -> None:
    named = {
        name.removeprefix("base_model.model."): one
        for name, one in peer.named_parameters()
        if one.requires_grad
    }
    assert named.keys() == start.keys(), "the same adapters"
    for name, one in named.items():
        one.data.copy_(start[name])
    optimiser = torch.optim.AdamW(named.values(), lr=rate, fused=True)
    for batch in _steps(learnt, 1):
        longest = int(learnt.lengths[batch].max())
        ids = torch.zeros(len(batch), longest, dtype=torch.long)
        mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
        for place, row in enumerate(batch):
            size, begin = len(learnt.ids[row]), int(learnt.begins[row])
            ids[place, :size] = torch.tensor(learnt.ids[row])
            mask[place, :size] = 1
            labels[place, begin:size] = ids[place, begin:size]
        optimiser.zero_grad()
        loss = peer(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimiser.step()
        run.losses.append(float(loss.detach()))


def _ceilings(network: Any, learnt: Supervised) -> dict[str, float]:
    """How many times faster it can be at most, counted in passes through a block.

    A backward pass counts as two forward ones where everything is trained; where weights are
    frozen it only hands the gradient down, which is one. The head is as many blocks as it has
    weights of one, and ours runs it where there is something to learn.
    """
    blocks, passes = len(network.model.layers), EPOCHS * len(RATES)
    block = sum(one.numel() for one in network.model.layers[0].parameters())
    head = sum(one.numel() for one in network.lm_head.parameters()) / block
    share = float(learnt.learnt.sum() / learnt.lengths.sum())
    below = blocks - LAST
    return {
        "blocks alone, backward as two": passes * (blocks + 2 * LAST) / (below + 3 * LAST * passes),
        "blocks alone, backward as one": passes * (blocks + LAST) / (below + 2 * LAST * passes),
        "blocks and head, backward as one": passes
        * (blocks + LAST + 2 * head)
        / (below + passes * (2 * LAST + 2 * head * share)),
    }


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--rows", type=int, default=64, help="training rows")
    told = parser.parse_args()
    show(rows(told.rows), as_json=told.json)


if __name__ == "__main__":
    main()
