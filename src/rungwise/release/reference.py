"""The reference of a release: how its training rows and its held-out rows look to its model.

Monitoring compares requests with it. `reference.json` and `reference.safetensors` lie among the
files of the release that its manifest digests. Neither holds a text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from rungwise.data.languages import languages
from rungwise.data.personal.redact import REPLACED, redacted
from rungwise.errors import ModelError
from rungwise.evaluation.unlabelled_faults import unlabelled_faults
from rungwise.protocols import HeldOut, Reference, Served
from rungwise.release.package import Package

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.progress import Progress

FACTS, ARRAYS = "reference.json", "reference.safetensors"
ROWS, HELD_OUT = 1024, 2048
"""The most training rows and held-out rows that are kept."""
NEIGHBOUR = 3
"""Distances are measured to the third nearest row: one odd row or a copy decides nothing."""
SEED = 0
BLOCK, ASKED = 1024, 256
"""Rows whose distances are computed at a time, and rows between two reports of progress."""


def drawn(rows: int, most: int, seed: int = SEED) -> NDArray[np.int64]:
    """Places of at most `most` of so many rows, drawn without replacement, ascending."""
    order = np.argsort(np.random.Philox(seed).random_raw(rows), kind="stable")
    places: NDArray[np.int64] = np.sort(order[:most])
    return places


def of_rows(
    served: Served,
    train: pl.Series,
    shares: Mapping[str, float],
    held_out: pl.Series,
    progress: Progress,
    expected: pl.Series | None = None,
    texts_of: pl.DataFrame | None = None,
    *,
    json: bool = False,
) -> Reference:
    """Ask a release for a sample of its training rows and of rows that it has not seen.

    Args:
        served: The release, or the export that is to become one.
        train: Inputs that it was trained on.
        shares: Label → share of the training rows; empty for generated text.
        held_out: Inputs that it was not trained on: the test part, after it was opened.
        progress: Where to report.
        expected: Labels of `held_out`, if the release answers with labels.
        texts_of: What it wrote to `held_out`, if it writes: `output`, and whether it was `cut`.
        json: Whether its texts are to be JSON objects or lists.
    """
    places = drawn(len(held_out), HELD_OUT)
    texts = train.gather(drawn(len(train), ROWS)).to_list()
    unseen = held_out.gather(places).to_list()
    characters = "".join(sorted(set().union(*texts)))
    lengths, unseen_lengths = served.sizes(texts), served.sizes(unseen)
    strange = unknown_characters(redacted(pl.Series(unseen, dtype=pl.String)), characters)
    spoken = _languages(texts)
    if not served.classes:
        written = fault = None
        if texts_of is not None:
            written, fault = written_texts(texts_of[places.tolist()], pl.Series(unseen), json=json)
        held = HeldOut(len(held_out), unseen_lengths, unknown=strange, written=written, fault=fault)
        return Reference(len(train), SEED, lengths, characters, held, languages=spoken, json=json)
    answers, vectors = _asked(served, [*texts, *unseen], progress)
    probabilities, answered = answers[: len(texts)], answers[len(texts) :]
    embeddings = embedded = None
    if vectors is not None:
        embeddings, embedded = vectors[: len(texts)], vectors[len(texts) :]
    within = away = None
    if embeddings is not None and embedded is not None and len(embeddings) > 1:
        within = np.sort(distances(embeddings, embeddings, NEIGHBOUR, leave_one_out=True))
        away = distances(embedded, embeddings, NEIGHBOUR)
    right = None
    if expected is not None:
        decided = served.rule.decide(answered, served.classes)
        said = np.array(served.classes, dtype=object)[decided.labels]
        right = said == expected.gather(places).to_numpy()
    held = HeldOut(len(held_out), unseen_lengths, answered, away, embedded, strange, right)
    return Reference(
        len(train), SEED, lengths, characters, held, dict(shares), probabilities, embeddings,
        NEIGHBOUR if within is not None else 0, within, spoken,
    )  # fmt: skip


def unknown_characters(texts: pl.Series, characters: str) -> NDArray[np.float32]:
    """Share of each redacted text's characters that are not among the given ones (n)."""
    known = set(characters)
    read = texts.str.replace_all(REPLACED, "").to_list()
    shares = [sum(sign not in known for sign in text) / max(1, len(text)) for text in read]
    return np.array(shares, np.float32)


def written_texts(
    texts: pl.DataFrame, asked: pl.Series, *, json: bool
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Characters of generated texts after redaction (n), and what rules find wrong with each.

    Args:
        texts: `output`, and whether it was `cut`, null if that is not known (n).
        asked: The inputs (n), null if one is not known.
        json: Whether the texts are to be JSON objects or lists.
    """
    plain = redacted(texts["output"].fill_null("")).str.replace_all(REPLACED, "")
    safe = redacted(asked.fill_null("")).str.replace_all(REPLACED, "")
    found = unlabelled_faults(plain.to_list(), safe.to_list(), texts["cut"].to_list(), json=json)
    return plain.str.len_chars().cast(pl.Int64).to_numpy(), tuple(found)


def _languages(texts: list[str]) -> dict[str, float]:
    """Shares of the texts that are long enough to say."""
    found = languages(pl.Series(texts, dtype=pl.String)).drop_nulls()
    counts = found.value_counts(normalize=True, sort=True, name="share")
    return {code: round(share, 4) for code, share in counts.iter_rows()}


def _asked(
    served: Served, texts: list[str], progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    starts = range(0, len(texts), ASKED)
    title = "Keeping what is normal for this model"
    pieces = [
        served.both(texts[at : at + ASKED]) for at in progress.over(starts, title, len(starts))
    ]
    vectors = [piece[1] for piece in pieces if piece[1] is not None]
    answers = np.concatenate([piece[0] for piece in pieces])
    return answers, np.concatenate(vectors) if vectors else None


def distances(
    embeddings: NDArray[np.float32],
    reference: NDArray[np.float32],
    neighbour: int,
    *,
    leave_one_out: bool = False,
) -> NDArray[np.float32]:
    """Cosine distance of each row to its `neighbour`-th nearest reference row (rows).

    A row of zeros, such as an empty text, has the distance 1 to every row.

    Args:
        embeddings: float32 (rows, width).
        reference: float32 (n, width).
        neighbour: Counted from 1; the farthest if there are fewer.
        leave_one_out: `embeddings` are the reference: no row is its own neighbour.
    """
    near, found = normalised(reference), np.empty(len(embeddings), np.float32)
    place = min(neighbour, len(reference) - leave_one_out) - 1
    for start in range(0, len(embeddings), BLOCK):
        away = 1 - normalised(embeddings[start : start + BLOCK]) @ near.T
        if leave_one_out:
            rows = np.arange(len(away))
            away[rows, start + rows] = np.inf
        found[start : start + BLOCK] = np.partition(away, place, axis=1)[:, place]
    return found


def write(reference: Reference, folder: Path) -> None:
    """Write the two files; the folder exists."""
    from safetensors.numpy import save_file

    held = reference.held_out
    facts = {
        "rows": reference.rows,
        "seed": reference.seed,
        "characters": reference.characters,
        "shares": dict(reference.shares),
        "neighbours": reference.neighbours,
        "languages": dict(reference.languages),
        "held_out_rows": held.rows,
    }
    fault = None
    if held.fault is not None:
        names = sorted({one for one in held.fault if one})
        facts |= {"json": reference.json, "faults": names}
        place = {"": -1} | {name: at for at, name in enumerate(names)}
        fault = np.array([place[one] for one in held.fault], np.int64)
    arrays = {
        "lengths": reference.lengths,
        "probabilities": reference.probabilities,
        "embeddings": reference.embeddings,
        "distances": reference.distances,
        "held_out.lengths": held.lengths,
        "held_out.probabilities": held.probabilities,
        "held_out.distances": held.distances,
        "held_out.embeddings": held.embeddings,
        "held_out.unknown": held.unknown,
        "held_out.right": held.right,
        "held_out.written": held.written,
        "held_out.fault": fault,
    }
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8")
    given = {name: np.ascontiguousarray(one) for name, one in arrays.items() if one is not None}
    save_file(given, folder / ARRAYS)


def read(package: Package) -> Reference | None:
    """Read what `write` wrote; None for an export, and for a release made before there was one.

    Raises:
        ModelError: A file is missing, damaged, or does not fit the other.
    """
    if FACTS not in package.names and ARRAYS not in package.names:
        return None
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        facts = json.loads(package.read(FACTS).decode("utf-8"))
        return _built(facts, load(package.read(ARRAYS)))
    except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        told = str(error).splitlines() or [type(error).__name__]
        raise ModelError(
            f"The reference in {package.folder} cannot be read: {told[0]}",
            "Get the release again, or ship a new version.",
        ) from error


def _built(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> Reference:
    fault = None
    if (places := arrays.get("held_out.fault")) is not None:
        fault = tuple([*facts["faults"], ""][place] for place in places.tolist())
    held = HeldOut(
        int(facts["held_out_rows"]),
        arrays["held_out.lengths"],
        arrays.get("held_out.probabilities"),
        arrays.get("held_out.distances"),
        arrays.get("held_out.embeddings"),
        arrays.get("held_out.unknown"),
        arrays.get("held_out.right"),
        arrays.get("held_out.written"),
        fault,
    )
    made = Reference(
        int(facts["rows"]), int(facts["seed"]), arrays["lengths"], str(facts["characters"]), held,
        {str(label): float(share) for label, share in facts["shares"].items()},
        arrays.get("probabilities"), arrays.get("embeddings"), int(facts["neighbours"]),
        arrays.get("distances"),
        {str(code): float(share) for code, share in facts.get("languages", {}).items()},
        bool(facts.get("json", False)),
    )  # fmt: skip
    for rows, name in ((len(made.lengths), ""), (len(held.lengths), "held_out.")):
        for key, array in arrays.items():
            if key.startswith("held_out.") == bool(name) and len(array) != rows:
                raise ValueError(f"{key} has {len(array)} rows, and {name}lengths has {rows}")
            if not np.isfinite(array).all():
                raise ValueError(f"{key} has numbers that are not finite")
    return made


def normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1; rows of zeros stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.maximum(length, 1e-12)).astype(np.float32)
    return unit
