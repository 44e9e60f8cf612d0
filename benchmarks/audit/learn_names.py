"""Learn the reader of names, addresses and telephone numbers from sentences that nobody wrote.

    python -m benchmarks.audit.learn_names --write

makes sentences (`personal_sentences`), adds spoken commands (SNIPS) in which nobody is named,
learns, prints what is found in held-out lines with held-out names, and writes
`rungwise/data/personal/tagger.safetensors`. Neither the texts of `pii_presidio` nor any question of
BANKING77 plays a part.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from benchmarks.audit.data import folder
from benchmarks.audit.personal_scores import Spans, score_kinds
from benchmarks.audit.personal_sentences import sentences
from benchmarks.rows import arguments
from rungwise.data.personal.learnt import values
from rungwise.data.personal.written import TRAITS, written
from rungwise.modalities.text import Text, people
from rungwise.training import tagger
from rungwise.training.encoder import Encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = ("name", "address", "phone")
BOUNDARIES = (2, 4)
"""Found best of nine choices on held-out lines among those that leave out the upper blocks."""
MADE, COMMANDS, HELD_OUT = 40_000, 2_500, 2_000
EPOCHS, RATE, ROWS, DROPOUT, SEED = 5, 2e-3, 64, 0.3, 31
LEAST = 0.15
UNKNOWN = -100
MAYBE_PEOPLE = {
    "artist", "movie_name", "object_name", "playlist", "entity_name", "album", "track",
    "playlist_owner", "restaurant_name", "party_size_description",
}  # fmt: skip
"""Slots of SNIPS in which people may be named: nothing is learnt from their words."""
OUT = Path(people.__file__).parents[2] / "data" / "personal" / "tagger.safetensors"


@dataclass(frozen=True, slots=True)
class Row:
    """A text in pieces: their places, what enters the blocks, how they are written, their kind."""

    text: str
    places: NDArray[np.int64]
    hidden: NDArray[np.float16]
    traits: NDArray[np.float32]
    kinds: NDArray[np.int64]


def lessons() -> tuple[list[str], list[Spans]]:
    """Texts and spans; the kind `unknown` marks words that teach nothing."""
    texts, spans = sentences(MADE, SEED, held_out=False)
    file = folder("snips_nlu") / "train.jsonl"
    commands = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for row in random.Random(SEED).sample(commands, COMMANDS):
        texts.append(row["text"])
        maybe = [slot for slot in row["slots"] if slot["entity"] in MAYBE_PEOPLE]
        spans.append([(slot["start"], slot["end"], "unknown") for slot in maybe])
    return texts, spans


def prepared(texts: Sequence[str], spans: Sequence[Spans], backbone: Any) -> list[Row]:
    """Run the frozen blocks once."""
    encoder = Encoder(backbone.network(), backbone.pooling, backbone.normalised).eval()
    pieces = backbone.pieces(texts)
    windows = pieces.windows()
    whole = windows[np.isin(windows[:, 0], pieces.offsets) & np.isin(windows[:, 1], pieces.offsets)]
    texts_of = np.searchsorted(pieces.offsets, whole[:, 0], side="right") - 1
    rows: list[Row] = []
    order = np.argsort(whole[:, 1] - whole[:, 0], kind="stable")
    for at in range(0, len(order), ROWS):
        chosen = order[at : at + ROWS]
        values_, mask = (torch.from_numpy(part) for part in pieces.batch(whole[chosen]))
        with torch.inference_mode():
            inner = tagger.hidden(encoder, values_, mask, BOUNDARIES)[:, 1:-1].half().numpy()
        for one, answer in zip(chosen, inner, strict=True):
            begin, end = whole[one, :2]
            starts, ends = pieces.starts[begin:end], pieces.ends[begin:end]
            text, own = texts[texts_of[one]], spans[texts_of[one]]
            kinds = np.zeros(end - begin, np.int64)
            for first, last, kind in own:
                here = (starts < last) & (ends > first)
                kinds[here] = UNKNOWN if kind == "unknown" else 1 + KINDS.index(kind)
            traits = written(text, starts.tolist(), ends.tolist())
            places = np.stack([starts, ends], 1)
            rows.append(Row(text, places, answer[: end - begin].copy(), traits, kinds))
    return rows


def batches(rows: Sequence[Row], chance: random.Random | None) -> Iterator[list[Row]]:
    """Rows of similar length together; in a new order each time where there is chance."""
    wobble = [chance.random() * 6 if chance else 0 for _ in rows]
    order = sorted(range(len(rows)), key=lambda at: len(rows[at].kinds) + wobble[at])
    found = [[rows[at] for at in order[n : n + ROWS]] for n in range(0, len(order), ROWS)]
    if chance:
        chance.shuffle(found)
    yield from found


def logits(reader: tagger.Tagger, rows: Sequence[Row]) -> torch.Tensor:
    """Answers (rows, longest, 1 + kinds)."""
    hidden = pad_sequence([torch.from_numpy(row.hidden).float() for row in rows], True)
    traits = pad_sequence([torch.from_numpy(row.traits) for row in rows], True)
    answers: torch.Tensor = reader(hidden, traits, torch.tensor([len(row.kinds) for row in rows]))
    return answers


def learn(rows: Sequence[Row], digest: str, seed: int = SEED) -> tagger.Tagger:
    """AdamW with one cycle of the learning rate (Loshchilov & Hutter 2019; Smith 2018)."""
    torch.manual_seed(seed)
    width = rows[0].hidden.shape[1] // len(BOUNDARIES)
    described = tagger.Described(digest, BOUNDARIES, width, TRAITS, KINDS, LEAST)
    reader = tagger.Tagger(described, DROPOUT)
    optimizer = torch.optim.AdamW(reader.parameters(), lr=RATE, weight_decay=0.01)
    steps = EPOCHS * -(-len(rows) // ROWS)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    chance = random.Random(seed)
    for _ in range(EPOCHS):
        for batch in batches(rows, chance):
            kinds = pad_sequence([torch.from_numpy(row.kinds) for row in batch], True, UNKNOWN)
            answers = logits(reader, batch).flatten(0, 1)
            loss = nn.functional.cross_entropy(answers, kinds.flatten(), ignore_index=UNKNOWN)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimizer.step()
            rate.step()
    return reader.eval()


def found(reader: tagger.Tagger, rows: Sequence[Row], least: float) -> dict[str, Spans]:
    """Spans by text."""
    answers: dict[str, Spans] = {}
    for batch in batches(rows, None):
        with torch.inference_mode():
            chances = logits(reader, batch).softmax(-1).numpy()
        for row, own in zip(batch, chances, strict=True):
            starts, ends = row.places.T.tolist()
            answers[row.text] = values(row.text, starts, ends, own[: len(starts)], KINDS, least)
    return answers


def main() -> None:
    """Learn, say what is found in held-out rows, and write."""
    parser = arguments(__doc__)
    parser.add_argument("--write", action="store_true", help="replace the reader in the package")
    told = parser.parse_args()
    backbone = Text().open(people.ENCODER, Path())
    reader = learn(prepared(*lessons(), backbone), backbone.digest)
    texts, truths = sentences(HELD_OUT, SEED + 1, held_out=True)
    rows = prepared(texts, truths, backbone)
    for least in (0.15, 0.2, 0.3, 0.4, 0.5):
        own = found(reader, rows, least)
        scores = score_kinds(truths, [own.get(text, []) for text in texts])
        print(least, {kind: (round(scores.f2([kind]), 4), round(scores.recall([kind]), 4))
                      for kind in KINDS}, round(scores.f2(KINDS), 4))  # fmt: skip
    if told.write:
        tagger.save(reader, OUT)


if __name__ == "__main__":
    main()
