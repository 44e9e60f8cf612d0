"""PandaLM: does a small model come to prefer what people chose, on prompts it has not seen?

Short pairs of which three people chose the same answer, divided by prompt with a fixed seed. The
rung is fitted as `climb` fits it: the three usual learning rates from the model as it is, and one
more from adapters that were tuned on the chosen answers before. Shares are of held-out pairs. An
epoch of TRL as its documentation shows it, on some of the same pairs, is timed against ours, which
starts at the blocks that are trained. The answers that the model writes are scored on 8 rows alone,
for time.

    python -m benchmarks.language.preference --train 48 --held-out 64
    python -m benchmarks.language.preference --timed 8
"""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from benchmarks.rows import arguments, machine, table
from rungwise import plugins, task
from rungwise.evaluation.task_metrics import bound
from rungwise.progress import Lines, Silent
from rungwise.protocols import RungContext
from rungwise.records import Evidence, Measurement, Numbers
from rungwise.table import Examples, Inputs, Preferences
from rungwise.training import machine as computing
from rungwise.training.language import tuning
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.losses import PACK
from rungwise.training.language.tuned import local
from rungwise.training.loop import CLIP, groups
from rungwise.training.lora import ALPHA, RANK
from rungwise.training.preference.epochs import BETA, PAIRS, backward
from rungwise.training.preference.likelihood import Sides, likelihood
from rungwise.training.preference.pairs import Pairs, pairs
from rungwise.training.prompting.models import language_model
from rungwise.training.prompting.prompted import Asked, Prompted

ROOT = Path(__file__).resolve().parents[2]
MODEL, LETTERS, WRITTEN, SUPERVISED = "SmolLM2-135M-Instruct", 420, 8, 1e-3
GOAL = "Answer the instruction"


def read(train: int, held_out: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`id`, `input`, `expected` and `rejected` of pairs; no prompt is in both parts."""
    data = Path(os.environ.get("RUNGWISE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    path = data / "preference_pandalm" / "pandalm_testset.jsonl"
    found: dict[str, list[tuple[str, str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        both = [str(row.get(name) or "").strip() for name in ("chosen", "rejected")]
        asked = f"{row['instruction']}\n\n{row['input'] or ''}".strip()
        short = len(asked) + max(map(len, both)) <= LETTERS
        if short and all(both) and len(set(row["annotators"])) == 1:
            found.setdefault(asked, []).append((both[0], both[1]))
    prompts = sorted(found)
    random.Random(1).shuffle(prompts)
    rows = [(asked, *both) for asked in prompts for both in found[asked]]
    border = train
    while border < len(rows) and rows[border][0] == rows[border - 1][0]:
        border += 1
    parts: list[pl.DataFrame] = []
    for some in (rows[:train], rows[border : border + held_out]):
        frame = pl.DataFrame(some, ["input", "expected", "rejected"], orient="row")
        mixed = frame.sample(fraction=1.0, shuffle=True, seed=1)
        ids = [f"{len(parts)}-{place}" for place in range(len(mixed))]
        parts.append(mixed.with_columns(id=pl.Series(ids)))
    return parts[0], parts[1]


def surroundings(folder: Path, known: pl.DataFrame) -> RungContext:
    """What the rungs may know: one epoch, and answers of 32 tokens."""

    asked = {
        "task": {"goal": GOAL, "kind": "generate", "metric": "rouge_l", "target": 0.9},
        "data": {"source": "pairs.jsonl"},
        "models": [MODEL],
        "generation": {"max_tokens": 32},
        "training": {"epochs": 1},
    }
    parsed = task.parse(asked)
    return RungContext(
        task=parsed, folder=folder, cache=folder / "cache", classes=(),
        progress=Lines(), score=bound("rouge_l", parsed, folder, None).value,
        preferences=lambda: Preferences(known.select("id", "rejected")),
    )  # fmt: skip


def attempts(train: Examples, held_out: Examples, around: RungContext) -> Iterator[tuple[str, ...]]:
    """Every rate from the model as it is, then the middle one from supervised adapters."""
    rung: Any = plugins.load("rungs", "preference")
    done: list[Evidence] = []
    while (asked := rung.propose(around, done)) is not None:
        yield _line("as it is", rung, asked, train, held_out, around)
        done.append(_record("preference", asked))
    lora = plugins.load("rungs", "lora", "generate")
    before = {**lora.propose(around, []), "learning_rate": SUPERVISED}
    began = time.perf_counter()
    fitted = lora.fit(before, 1, train, held_out, around)
    folder = around.folder / "supervised"
    folder.mkdir()
    fitted.save(folder)
    seconds = time.perf_counter() - began
    wrote = fitted.curve[-1].validation_metric
    dash = "–"
    yield ("supervised alone", f"{SUPERVISED:g}", *[dash] * 6, f"{wrote:.3f}", f"{seconds:.0f}")
    model = local(language_model(around))
    one = _record("lora", before, f"{model.name}@{model.digest}")

    def laid_out(attempt: Evidence, place: Path) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                target = place / path.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())

    after = dataclasses.replace(around, attempts=(one,), lay_out=laid_out)
    proposed = {**(rung.propose(after, []) or {}), "learning_rate": 2e-4}
    yield _line("supervised", rung, proposed, train, held_out, after)


def _line(
    start: str, rung: Any, asked: Numbers, train: Examples, held_out: Examples, around: RungContext
) -> tuple[str, ...]:
    began = time.perf_counter()
    fitted = rung.fit(asked, 1, train, held_out, around)
    seconds = time.perf_counter() - began
    told, point = fitted.details["preference"], fitted.curve[-1]
    print(json.dumps({"start": start, "configuration": dict(asked), "seconds": seconds,
                      "preference": told, "train_loss": point.train_loss,
                      "held_out_loss": point.validation_loss,
                      "gradient_norm": point.gradient_norm}), flush=True)  # fmt: skip
    shares = ("reference", "tuned", "tuned_plain", "tuned_where_chosen_is_shorter",
              "tuned_where_chosen_is_longer")  # fmt: skip
    return (
        start,
        f"{asked['learning_rate']:g}",
        *(_shown(told[name]) for name in shares),
        f"{point.validation_loss:.4f}",
        f"{point.validation_metric:.3f}",
        f"{seconds:.0f}",
    )


def _shown(share: Numbers) -> str:
    return f"{share['value']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"


def _record(rung: str, asked: Numbers, model: str = "") -> Evidence:
    goal = Measurement("rouge_l", 0.0, None, None, 1, "validation")
    return Evidence(
        id="supervised00", rung=rung, height=60, trains=True, configuration=asked, seed=1, data="",
        model=model, goal=goal, metrics=(), per_class=(), curve=(), train_metric=None,
        predictions="", artefact="", seconds=0.0, peak_mb=0.0, versions={}, details={},
    )  # fmt: skip


def timed(train: Examples, around: RungContext, count: int) -> str:
    """Processor seconds of one epoch over some pairs, ours and TRL's own; a first one warms up."""
    model = local(language_model(around))
    nothing = pl.DataFrame(schema={"input": pl.String, "expected": pl.String})
    prompted = Prompted(model, Asked(f"{GOAL}.", None, 0, 32, 1), nothing)
    ids, values = train.inputs.ids[:count], train.inputs.values[:count]
    few = Examples(Inputs(ids, values), train.expected[:count])
    told = pairs(model, prompted, few, around.preferences().of(ids))
    blocks = len(model.network.model.layers)
    boundary = blocks - blocks // 3
    with (
        tempfile.TemporaryDirectory() as folder,
        computing.chance(1),
        Adapters(boundary).attached(model) as live,
    ):
        theirs = _theirs(model, told, live.tensors(), boundary, folder)
        began = time.process_time()
        sides = Sides.read_once(told, model, boundary, Path(folder), Silent())
        reference = likelihood(model, live, sides)
        once = time.process_time() - began
        optimiser = torch.optim.AdamW(groups(live.weights, 1e-4, 0.01), fused=True)

        def ours() -> float:
            losses = []
            for start in range(0, len(told), PAIRS):
                batch = np.arange(start, min(start + PAIRS, len(told)))
                optimiser.zero_grad()
                losses.append(backward(model, live, sides, reference, batch))
                torch.nn.utils.clip_grad_norm_(live.weights, CLIP)
                optimiser.step()
            return float(np.mean(losses))

        seconds, losses = [], []
        for run in (ours, lambda: float(theirs.train().training_loss)) * 2:
            began = time.process_time()
            losses.append(run())
            seconds.append(time.process_time() - began)
    return (
        f"{len(told)} pairs, processor seconds: read once {once:.1f}, then an epoch "
        f"{seconds[2]:.1f}; TRL alone {seconds[3]:.1f}: {seconds[3] / seconds[2]:.2f} times. "
        f"Mean losses {losses[0]:.6f} and {losses[1]:.6f}, then {losses[2]:.6f} and "
        f"{losses[3]:.6f}."
    )


def _theirs(model: Any, told: Pairs, start: Any, boundary: int, folder: str) -> Any:
    """TRL over PEFT, from the same adapters, on the same tokens."""
    import peft
    from datasets import Dataset
    from torch.utils.data import SequentialSampler
    from transformers import AutoModelForCausalLM, PrinterCallback
    from trl import DPOConfig, DPOTrainer

    class Plain(DPOTrainer):  # type: ignore[misc]
        def _send_telemetry(self) -> None:
            """Nothing is reported to anybody."""

        def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
            return dataset

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            return SequentialSampler(train_dataset or self.train_dataset)

    network = AutoModelForCausalLM.from_pretrained(model.folder, dtype="float32")
    how = peft.LoraConfig(
        r=RANK, lora_alpha=ALPHA, task_type="CAUSAL_LM", layers_pattern="layers",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
                        "down_proj"],
        layers_to_transform=list(range(boundary, len(network.model.layers))),
    )  # fmt: skip
    longest = int(told.lengths.max())
    at_once = next((size for size in (4, 2) if 2 * size * longest <= PACK), 1)
    laid = DPOConfig(
        output_dir=folder, report_to=[], save_strategy="no", disable_tqdm=True, num_train_epochs=1,
        per_device_train_batch_size=at_once, gradient_accumulation_steps=PAIRS // at_once,
        learning_rate=1e-4, lr_scheduler_type="constant", weight_decay=0.01, beta=BETA,
        max_length=None, precompute_ref_log_probs=True, gradient_checkpointing=None,
        activation_checkpointing=False, bf16=False, use_cpu=True, dataloader_pin_memory=False,
    )  # fmt: skip
    rows = [
        {"prompt_ids": list(good[:begin]), "chosen_ids": list(good[begin:]),
         "rejected_ids": list(bad[begin:])}
        for good, bad, begin in zip(
            told.chosen.ids, told.rejected.ids, told.chosen.begins.tolist(), strict=True
        )
    ]  # fmt: skip
    trainer = Plain(
        model=network, args=laid, train_dataset=Dataset.from_list(rows),
        processing_class=copy.deepcopy(model.tokenizer), peft_config=how,
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    named = {
        name.removeprefix("base_model.model."): one
        for name, one in trainer.model.named_parameters()
        if one.requires_grad
    }
    with torch.no_grad():
        for name, one in named.items():
            one.copy_(start[name])
    return trainer


def main() -> None:
    """Print the tables."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--train", type=int, default=48)
    parser.add_argument("--held-out", type=int, default=64)
    parser.add_argument("--timed", type=int, default=0, help="time an epoch of so many pairs alone")
    given = parser.parse_args()
    tuning.JUDGED = WRITTEN
    os.environ["RUNGWISE_PRECISION"] = "float32"
    train, held_out = read(given.train, given.held_out)
    known = pl.concat([train, held_out])
    with tempfile.TemporaryDirectory() as folder:
        around = surroundings(Path(folder), known)
        print(machine(), "\n")
        if given.timed:
            print(timed(Examples.of(train), around, given.timed))
            return
        header = ("start", "rate", "reference", "tuned", "tuned, plain", "chosen shorter",
                  "chosen longer", "held-out loss", "rouge_l", "seconds")  # fmt: skip
        print(table(header, list(attempts(Examples.of(train), Examples.of(held_out), around))))
        longer = (held_out["expected"].str.len_chars() > held_out["rejected"].str.len_chars()).sum()
        print(f"\n{len(train)} pairs to learn from, {len(held_out)} held out, "
              f"{held_out['input'].n_unique()} prompts; the chosen answer is the longer one in "
              f"{longer} of the held-out pairs.")  # fmt: skip


if __name__ == "__main__":
    main()
