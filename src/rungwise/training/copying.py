"""Answers that are copied, not written: the cheapest baselines of generated text (R29, C2).

`copied.json` holds what is copied from: the training rows, or the way to cut a lead sentence from
an index of documents that lies beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from rungwise.conversation import of_input
from rungwise.errors import ModelError
from rungwise.progress import Progress
from rungwise.protocols import RungContext
from rungwise.records import Epoch, Numbers
from rungwise.table import Examples, Inputs, Predictions
from rungwise.training.prompting import export, shots
from rungwise.training.retrieval import build
from rungwise.training.retrieval.best import NONE
from rungwise.training.retrieval.dense import Embedder
from rungwise.training.retrieval.index import Index, load
from rungwise.training.retrieval.passages import FOLDER, asked
from rungwise.training.retrieval.titles import lead

FILE = "copied.json"
AT_A_TIME = 256
"""Questions whose likeness to the training rows is in memory."""


@dataclass(frozen=True)
class NearestAnswer:
    """The output of the training row whose input is most alike, by TF-IDF.

    Attributes:
        examples: The training rows: `input`, `expected`.
    """

    examples: pl.DataFrame
    curve: tuple[Epoch, ...] = ()
    train_metric: float | None = None
    details: Numbers = field(default_factory=dict)

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Copy one output for each input; an input that shares no word gets the first row's."""
        expected = self.examples["expected"]
        outputs = [
            expected.gather(shots.nearest(self.examples, piece, 1)[:, -1])
            for piece in _pieces(inputs.values)
        ]
        return _copied(inputs.ids, pl.concat([expected.clear(), *outputs]))

    def save(self, folder: Path) -> None:
        """Write the training rows."""
        _write(folder, {"examples": self.examples.to_dict(as_series=False)})

    def export(self, folder: Path) -> None:
        """Write all that answers on another machine: no weights."""
        self.save(folder)
        export.Serving("copy_nearest", 1, "", "").write(folder)


@dataclass(frozen=True)
class LeadSentence:
    """The first sentence of the document that a search by words finds first.

    Attributes:
        index: The documents' chunks.
    """

    index: Index
    curve: tuple[Epoch, ...] = ()
    train_metric: float | None = None
    details: Numbers = field(default_factory=dict)

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Quote one sentence for each input; "" if no document shares a word with it."""
        leads = [*_leads(self.index.chunks), ""]
        questions = asked([of_input(text) for text in inputs.values])
        found = self.index.search(questions, "lexical", 1)
        firsts = found[:, 0] if found.shape[1] else [NONE] * len(found)
        return _copied(inputs.ids, pl.Series([leads[place] for place in firsts], dtype=pl.String))

    def save(self, folder: Path) -> None:
        """Write `retrieval/`, as an attempt with retrieval does."""
        self.index.save(folder / FOLDER, "lexical")

    def export(self, folder: Path) -> None:
        """Write all that answers on another machine: no weights."""
        self.save(folder)
        export.Serving("lead_sentence", 1, "", "").write(folder)


def nearest_answer(train: Examples) -> NearestAnswer:
    """Remember the training rows; nothing is fitted."""
    return NearestAnswer(pl.DataFrame({"input": train.inputs.values, "expected": train.expected}))


def lead_sentence(rows: Examples, context: RungContext) -> LeadSentence:
    """Index the documents by their words; the search is measured by itself on `rows`."""
    looked_up = build.passages("lexical", 1, context, by_words=True)
    return LeadSentence(looked_up.index, details=build.measured(looked_up, rows, context))


def read_nearest(folder: Path) -> NearestAnswer:
    """What `NearestAnswer.save` wrote.

    Raises:
        ModelError: The file is missing, torn, or not what it writes.
    """
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        columns = {"input": pl.String, "expected": pl.String}
        return NearestAnswer(pl.DataFrame(told["examples"], columns))
    except (OSError, ValueError, TypeError, KeyError, pl.exceptions.PolarsError) as error:
        raise _broken(folder / FILE) from error


def read_lead(folder: Path) -> LeadSentence:
    """What `LeadSentence.save` wrote.

    Raises:
        ModelError: A file is missing, torn, or not what it writes.
    """
    try:
        return LeadSentence(load(folder / FOLDER, _no_encoder))
    except (OSError, ValueError, TypeError, KeyError, pl.exceptions.PolarsError) as error:
        raise _broken(folder / FOLDER) from error


def _leads(chunks: pl.DataFrame) -> list[str]:
    """The first sentence of the document of each chunk (n)."""
    first: dict[str, str] = {}
    for document, text in chunks.sort("start", maintain_order=True)["document", "text"].iter_rows():
        first.setdefault(document, lead(text))
    return [first[document] for document in chunks["document"]]


def _pieces(values: pl.Series) -> Iterator[pl.Series]:
    for start in range(0, len(values), AT_A_TIME):
        yield values.slice(start, AT_A_TIME)


def _copied(ids: pl.Series, outputs: pl.Series) -> Predictions:
    """Texts that no model wrote: they have an end, and cost no token."""
    written = pl.DataFrame(
        {"prompt_tokens": [0] * len(ids), "output_tokens": [0] * len(ids),
         "ended": ["stop"] * len(ids)},
        {"prompt_tokens": pl.Int64, "output_tokens": pl.Int64, "ended": pl.String},
    )  # fmt: skip
    return Predictions(ids, outputs.alias("output"), None, (), written)


def _write(folder: Path, told: Numbers) -> None:
    (folder / FILE).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _no_encoder() -> Embedder:
    raise ValueError("a search by words has no embeddings")


def _broken(place: Path) -> ModelError:
    return ModelError(
        f"{place} does not hold what an attempt saves",
        "Get the release again, or export the attempt again.",
    )
