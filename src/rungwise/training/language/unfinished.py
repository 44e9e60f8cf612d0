"""What an interrupted training goes on from: all that the next epoch depends on, and no pickle.

Weights and the optimiser's moments are safetensors, everything else is JSON. A state is written
beside its place and renamed when it is whole; the one before is deleted then.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from rungwise.models.language.kept_batches import UNFINISHED
from rungwise.objects import digest_json
from rungwise.records import Epoch, from_json, to_json
from rungwise.training.disk import writing

NUMBERS = "numbers.json"
APART = "apart"
"""Folder of states that stand beside others."""
PARTS = ("now", "best", "first", "second")
"""Weights as they are, weights of the best epoch, and AdamW's two moments."""


@dataclass
class Reached:
    """How far training came.

    Attributes:
        curve: Epochs that are done.
        best: The best one's number; 0 where none is done.
        steps: Optimiser steps that are done.
        row_losses: Mean loss of each judged row after each epoch.
        ended: Share of judged answers that ended by themselves after each epoch.
        order: State of the generator that rows are shuffled with.
    """

    curve: list[Epoch] = field(default_factory=list)
    best: int = 0
    steps: int = 0
    row_losses: list[list[float]] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    order: Mapping[str, Any] = field(default_factory=dict)


class Unfinished:
    """The state of one training; `key` (JSON) is all that decides it.

    It takes the place of every other, but for those that are kept `apart`: a refit consists of two
    trainings, and a run that is killed in the second need not repeat the first.
    """

    def __init__(self, cache: Path, key: Any, *, apart: bool = False) -> None:
        self.name = digest_json(key)
        self.folder = cache / UNFINISHED / (f"{APART}/{self.name}" if apart else "")

    def read(self) -> tuple[Reached, dict[str, dict[str, Tensor]]] | None:
        """The newest whole state, and its tensors by part; None where there is none."""
        found = sorted(self.folder.glob(f"{self.name}-*"), key=lambda one: int(one.name[-4:]))
        if not found:
            return None
        told = json.loads((found[-1] / NUMBERS).read_text(encoding="utf-8"))
        curve = [from_json(Epoch, point) for point in told.pop("curve")]
        parts = {part: load_file(found[-1] / f"{part}.safetensors") for part in PARTS}
        return Reached(curve=curve, **told), parts

    def write(self, reached: Reached, parts: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Keep a state in place of every other.

        Raises:
            StorageError: The disk is full, or the folder cannot be written.
        """
        done = max(len(reached.curve), reached.best)  # without validation there is no curve
        place = self.folder / f"{self.name}-{done:04}"
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(dir=self.folder, prefix=".writing-"))
            for part in PARTS:
                save_file(dict(parts[part]), temporary / f"{part}.safetensors")
            told = {**vars(reached), "curve": to_json(tuple(reached.curve))}
            (temporary / NUMBERS).write_text(json.dumps(told), encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
            temporary.rename(place)
        self._clear(but=place)

    def _clear(self, but: Path) -> None:
        for one in self.folder.iterdir():
            if one != but and one.is_dir() and one.name != APART:  # files beside it are answers
                shutil.rmtree(one, ignore_errors=True)


def moments(
    optimiser: torch.optim.Optimizer, named: Mapping[str, Tensor]
) -> dict[str, dict[str, Tensor]]:
    """AdamW's moments by the names of what they belong to."""
    state = optimiser.state
    return {
        part: {name: state[one][key].cpu().contiguous() for name, one in named.items()}
        for part, key in (("first", "exp_avg"), ("second", "exp_avg_sq"))
    }


def restore(
    optimiser: torch.optim.Optimizer,
    named: Mapping[str, Tensor],
    parts: Mapping[str, Mapping[str, Tensor]],
    steps: int,
) -> None:
    """Put moments back, after so many steps."""
    for name, one in named.items():
        optimiser.state[one] = {
            "step": torch.tensor(float(steps), device=one.device),
            "exp_avg": parts["first"][name].to(one.device),
            "exp_avg_sq": parts["second"][name].to(one.device),
        }


def generator_of(reached: Reached, seed: int) -> np.random.Generator:
    """What rows are shuffled with next."""
    generator = np.random.default_rng(seed)
    if reached.order:
        generator.bit_generator.state = dict(reached.order)
    return generator
