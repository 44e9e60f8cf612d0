"""PandaLM: does a small judge agree with people about which of two answers is better?

Pairs that three people labelled, one a prompt, drawn with a fixed seed. The judge is the packaged
SmolLM2, behind a server that holds it to the form of a verdict, or on this machine, where nothing
does. What is shown is what `rungwise` rules.

    python -m benchmarks.language.judge --pairs 60
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.language.llama_server import KEY, serving, weights
from benchmarks.rows import arguments, machine
from rungwise import plugins
from rungwise.conversation import LanguageModel
from rungwise.evaluation.judging.judge import Judge
from rungwise.evaluation.judging.question import Pair
from rungwise.evaluation.judging.scale import PAIRS, scale
from rungwise.evaluation.judging.trust import trust
from rungwise.policy import Policy
from rungwise.progress import for_terminal

ROOT = Path(__file__).resolve().parents[2]
RUBRIC = (
    "The better answer follows the instruction, is right, and says what is needed and no more. "
    "Where both are as good, it is a tie."
)
CONTEXT = 2048
SAID = {"response1": "first", "response2": "second", "tie": "tie"}


def labelled(count: int) -> tuple[list[Pair], list[str]]:
    """Pairs, each of another prompt, and what most of the three people said."""
    data = Path(os.environ.get("RUNGWISE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    path = data / "preference_pandalm" / "pandalm_testset.jsonl"
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()
    ]
    random.Random(1).shuffle(rows)
    one_a_prompt = {f"{row['instruction']}\n\n{row['input'] or ''}".strip(): row for row in rows}
    some = list(one_a_prompt.items())[:count]
    pairs = [Pair(asked, str(row["response1"]), str(row["response2"])) for asked, row in some]
    return pairs, [SAID[row["majority"]] for _, row in some]


def judged(model: LanguageModel, title: str, count: int) -> str:
    """One line of the table."""
    pairs, words = labelled(count)
    people = np.array([PAIRS.points[word] for word in words])
    began = time.perf_counter()
    judge = Judge(model, RUBRIC, scale("1-5"), for_terminal())
    verdicts = judge.preferences(pairs)
    seconds = time.perf_counter() - began
    ruling = trust(people, verdicts, Policy(), pairs=True)
    kappa = ruling.kappa
    told = f"{kappa.value:.3f} [{kappa.low:.3f}, {kappa.high:.3f}]" if kappa else "undefined"
    read = verdicts.values[~np.isnan(verdicts.values)]
    same = f"{verdicts.same:.0%}" if verdicts.same is not None else "–"
    cells = (
        title, str(len(pairs)), str(verdicts.left_out), str(verdicts.retried), same,
        f"{(read == 0).mean():.0%}" if len(read) else "–", told,
        "yes" if ruling.trusted else "no", f"{seconds:.0f}",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def lines(count: int, local: int) -> Iterator[str]:
    """The table: the same model behind a server, then on this machine."""
    yield machine()
    yield ""
    yield (
        "| judge | pairs | left out | asked again | orders agree | ties | kappa with people "
        "| trusted | seconds |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    gguf = weights()
    if isinstance(gguf, Path):
        os.environ["RUNGWISE_ENDPOINT_KEY"] = KEY
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(gguf, CONTEXT, Path(folder) / "log") as address,
        ):
            model = plugins.load("models", "endpoint").open(f"endpoint:smollm2@{address}/v1")
            yield judged(model, "SmolLM2-135M-Instruct Q4_1, llama.cpp, held to the form", count)
    if local:
        model = plugins.load("models", "language").open("SmolLM2-135M-Instruct", Path())
        yield judged(model, "SmolLM2-135M-Instruct, on this machine, held to nothing", local)


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--pairs", type=int, default=60, help="pairs for the served judge")
    parser.add_argument("--local", type=int, default=0, help="pairs for the judge on this machine")
    told = parser.parse_args()
    for line in lines(told.pairs, told.local):
        print(line, flush=True)


if __name__ == "__main__":
    main()
