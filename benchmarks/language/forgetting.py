"""What SmolLM2 forgets while it learns SNIPS, with and without general examples in the mix.

The general probe that is shipped: perplexity of forty sentences and answers to forty questions,
before and after the same adapters are trained on the same rows.

    python -m benchmarks.language.forgetting --rows 96 --epochs 2 --shares 0 0.3
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.language.snips import write_task
from benchmarks.rows import Row, arguments, show
from rungwise import Project
from rungwise.table import Examples
from rungwise.training.language import adapting, general
from rungwise.workflow.rung_context import rung_context


def rows(count: int, epochs: int, rate: float, shares: Sequence[float]) -> Iterator[Row]:
    """For each share, the rise of perplexity and the drop of right answers."""
    for share in shares:
        with tempfile.TemporaryDirectory() as folder:
            task = str(Path(folder) / "task")
            write_task(Path(folder), task, count, 8, str([rate]))
            settings = (f"training.general_share={share}", f"training.epochs={epochs}")
            yield from _of(Project(task, settings=settings), share, rate)


def _of(project: Project, share: float, rate: float) -> Iterator[Row]:
    project.split()
    workspace = project._workspace
    train, held_out = Examples.of(workspace.part("train")), Examples.of(workspace.measured())
    context = rung_context(workspace)
    told = {"layers": adapting.last(context), "adapter": "lora", "learning_rate": rate, "prompt": 0}
    began = time.perf_counter()
    fitted = adapting.tune(told, 20, train, held_out, context)
    seconds = time.perf_counter() - began
    found = general.of(fitted, context, "lora", 0.0)["general"]
    loss = fitted.curve[-1].validation_loss
    rise, drop = found["perplexity_rise"], found["answers_drop"]
    name = f"share {share:g}, {len(train):,} rows, {seconds:.0f} s, loss of the task {loss:.3f}"
    yield Row(
        f"{name}: perplexity {found['perplexity_before']:.2f} to {found['perplexity_after']:.2f}, "
        f"rise [{rise['low']:+.3f}, {rise['high']:+.3f}]",
        "rise", rise["value"], None, "",
    )  # fmt: skip
    yield Row(
        f"{name}: right answers {found['answers_before']:.3f} to {found['answers_after']:.3f}, "
        f"drop [{drop['low']:+.3f}, {drop['high']:+.3f}]",
        "drop", drop["value"], None, "",
    )  # fmt: skip


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--rows", type=int, default=96, help="training rows")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1e-3, help="learning rate of the adapters")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.0, 0.3])
    told = parser.parse_args()
    show(rows(told.rows, told.epochs, told.rate, told.shares), as_json=told.json)


if __name__ == "__main__":
    main()
