"""E2E: facts about a restaurant to the sentence a guide would print, by the packaged SmolLM2.

Style and form, not knowledge: the answer is in the question, and how the house writes is not. One
reference a set of facts, as the tool's metrics take one; train and test share no facts. The rows
measured on are validation's, the official test stays sealed.

    python -m benchmarks.language.restaurants --rows 360 --measured 40
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.banking77.commands import rungwise
from benchmarks.language.climbed import DATA, climbed, written
from benchmarks.rows import Row, arguments, show

GOAL = "Write one sentence about a restaurant from its facts with at least 60 percent ROUGE-L"
SEED = 3


def rows(count: int, measured: int, rates: str, rungs: list[str]) -> Iterator[Row]:
    """Write the task, climb it, and tell."""
    with tempfile.TemporaryDirectory() as folder:
        task, here = str(Path(folder) / "task"), Path(folder)
        rungwise(
            "init", task,
            "--data", written(here / "train.jsonl", sentences("dev").head(count).to_dicts()),
            "--test", written(here / "test.jsonl", sentences("test").to_dicts()),
            "--input", "facts", "--label", "sentence",
            "--goal", GOAL, "--metric", "rouge_l", "--min", "0.6",
            "--set", "generation.max_tokens=80", "--set", "need.wrong=[style]",
            "--set", f"policy.evaluation_rows={measured}",
            "--set", f"training.learning_rates={rates}",
        )  # fmt: skip
        yield from climbed("E2E", task, "rouge_l", rungs)


def sentences(part: str) -> pl.DataFrame:
    """One reference a set of facts, drawn by the seed."""
    read = pl.read_csv(DATA / "e2e_nlg" / f"{part}.csv").rename({"mr": "facts", "ref": "sentence"})
    drawn = read.sample(fraction=1.0, shuffle=True, seed=SEED)
    return drawn.unique("facts", keep="first", maintain_order=True)


def main() -> None:
    """Run the climb as the command line says."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--rows", type=int, default=360, help="training rows")
    parser.add_argument("--measured", type=int, default=40, help="validation rows measured on")
    parser.add_argument("--rates", default="[1e-3, 2e-3, 5e-4]", help="learning rates")
    parser.add_argument("--rungs", default="prompt,few_shot,lora", help="in this order")
    told = parser.parse_args()
    show(rows(told.rows, told.measured, told.rates, told.rungs.split(",")), as_json=told.json)


if __name__ == "__main__":
    main()
