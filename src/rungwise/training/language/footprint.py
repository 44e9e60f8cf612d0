"""What a step of full tuning takes against one of what was trained, on the same rows (R50, R64).

Both steps are taken in a process of their own, so that nothing else is in the figures: memory is
what the process takes beyond what it had before the model was loaded, weights, gradients, moments
and activations together. The first step makes the optimiser's moments, the second is timed.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from rungwise import plugins
from rungwise.cost.measure import Meter
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress
from rungwise.training.cache import Stored
from rungwise.training.language import loop, memory
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.blocks import hidden_of
from rungwise.training.language.everything import Everything
from rungwise.training.language.live import Method
from rungwise.training.language.losses import PACK, Read
from rungwise.training.language.packing import packs
from rungwise.training.language.supervised import Supervised

KEY = "footprint"
SMALLEST = 10_000_000
"""Parameters below which the interpreter itself outweighs what is to be measured."""
MIB = 2**20


def measure(
    model: LocalLanguageModel, method: Adapters, learnt: Read, progress: Progress
) -> Mapping[str, float] | None:
    """Memory in MiB and seconds of one step, of full tuning and of adapters, and the share saved.

    Returns:
        `full_mb`, `peft_mb`, `full_seconds`, `peft_seconds` and `saved` (of memory); None where it
        cannot be measured here, which is said.
    """
    parameters = sum(one.numel() for one in model.network.parameters())
    if parameters < SMALLEST:
        return None
    network, longest = model.network, int(learnt.rows.lengths.max())
    blocks = len(network.model.layers)
    needed = 4 * memory.NUMBER * parameters + memory.activations(network, blocks, longest)
    if needed > (spare := memory.free(network.device)):
        progress.say(
            f"  full tuning would need about {needed / MIB:,.0f} MB and {spare / MIB:,.0f} are "
            "free: what adapters save is not measured here."
        )
        return None
    progress.say("  measuring one step of full tuning against one of the adapters …")
    order = np.arange(len(learnt.rows.ids))[: loop.BATCH]
    chosen = packs(order, learnt.rows.lengths, PACK)[0]
    request = {
        "folder": str(model.folder),
        "boundary": method.boundary,
        "dora": method.dora,
        "ids": [learnt.rows.ids[row] for row in chosen],
        "begins": learnt.rows.begins[chosen].tolist(),
    }
    # -P: a `torch.py` in the working directory would run in place of the package.
    command = [sys.executable, "-P", "-m", __name__]
    done = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        progress.say(f"  what adapters save could not be measured: {reason}")
        return None
    found: dict[str, float] = json.loads(done.stdout)
    return found


def both(folder: Path, method: Adapters, rows: Supervised) -> dict[str, float]:
    """Measure adapters, then full tuning, in this process.

    Args:
        folder: Of the model; it is loaded here.
        method: Which adapters.
        rows: One batch.
    """
    opened: LocalLanguageModel = plugins.load("models", "language").open(str(folder), folder)
    before = _held()
    read = _read(opened, rows, method.boundary)
    peft_mb, peft_seconds = _steps(opened, method, read, before)
    full_mb, full_seconds = _steps(opened, Everything(), Read(rows), before)
    return {
        "full_mb": round(full_mb, 1),
        "peft_mb": round(peft_mb, 1),
        "full_seconds": round(full_seconds, 3),
        "peft_seconds": round(peft_seconds, 3),
        # A tiny model fits into what the process has already taken: there is nothing to save.
        "saved": round(1 - peft_mb / full_mb, 4) if full_mb > 0 else 0.0,
    }


def _read(model: LocalLanguageModel, rows: Supervised, boundary: int) -> Read:
    """Rows with what enters the boundary, in memory."""
    if not boundary:
        return Read(rows)
    everything = np.arange(len(rows.ids))
    hidden = hidden_of(model.network, rows, everything, boundary)
    starts = np.cumsum(rows.lengths) - rows.lengths
    return Read(rows, Stored(hidden[0].float().cpu().numpy(), starts, rows.lengths))


def _steps(
    model: LocalLanguageModel, method: Method, read: Read, before: float
) -> tuple[float, float]:
    """Peak memory in MiB beyond `before`, and the seconds of a step."""
    everything = np.arange(len(read.rows.ids))
    device = model.network.device
    gc.collect()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with Meter() as meter, method.attached(model) as live:
        optimiser = torch.optim.AdamW(live.weights, lr=1e-5, fused=True)
        for _ in range(2):
            began = time.perf_counter()
            optimiser.zero_grad()
            loop.backward(model, live, read, everything)
            optimiser.step()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            seconds = time.perf_counter() - began
    peak = meter.peak_mb
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(device) / MIB
    return peak - before, seconds


def _held() -> float:
    """MiB that are held before the model is loaded."""
    from rungwise.device import device

    place = device()
    if place.type == "cuda":
        return torch.cuda.memory_allocated(place) / MIB
    return float(psutil.Process().memory_info().rss / MIB)


def main() -> None:
    """Measure what standard input asks for, and print it."""
    asked: dict[str, Any] = json.load(sys.stdin)
    rows = Supervised(
        tuple(tuple(row) for row in asked["ids"]), np.array(asked["begins"], np.int64), 0
    )
    method = Adapters(asked["boundary"], dora=asked["dora"])
    sys.stdout.write(json.dumps(both(Path(asked["folder"]), method, rows)))


if __name__ == "__main__":
    main()
