"""Signs carry meaning: texts that differ in one are two texts, wherever texts are compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data_made import frame, parts_of, reading, task
from tests.small_task import write
from tests.test_every_audit import context_of

from rungwise import Project, plugins
from rungwise.data.near.find import near_pairs
from rungwise.progress import Silent
from rungwise.training.retrieval.lexical import Lexical

SIGNED = {
    "money": ("Balance change: -{} EUR", "Balance change: +{} EUR"),
    "comparison": ("Show readings <{} please", "Show readings >{} please"),
    "currency": ("A charge of ${} on my card", "A charge of €{} on my card"),
    "share": ("The limit is {} for each", "The limit is {}% for each"),
    "point": ("Set the dose to {}.5 grams", "Set the dose to {}5 grams"),
    "arrow": ("Move item {} → storage", "Move item {} ← storage"),
    "unequal": ("Check that value {} = limit", "Check that value {} ≠ limit"),
    "bound": ("Alarm when level ≤ {}", "Alarm when level ≥ {}"),
    "not": ("Rule {}: ¬p holds", "Rule {}: p holds"),
    "element": ("Rule {}: x ∈ A", "Rule {}: x ∉ A"),
    "emoji": ("My order {} came 😀", "My order {} came 😡"),
    "thumb": ("Review number {} 👍", "Review number {} 👎"),
    "smiley": ("The answer to {} was nice :)", "The answer to {} was nice :("),
    "tick": ("Task {} is done ✓", "Task {} is done ✗"),
    "stars": ("Hotel {} has ★★★", "Hotel {} has ★★★★"),
    "flag": ("Shipping {} to 🇫🇷", "Shipping {} to 🇩🇪"),
    "sex": ("Patient {} is ♂", "Patient {} is ♀"),
    "key": ("Play piece {} in F♯", "Play piece {} in F♭"),
    "rhesus": ("Patient {} is Rh -", "Patient {} is Rh +"),
    "booking": ("Statement {}: - EUR 30", "Statement {}: + EUR 30"),
    "degree": ("The oven is at {}°C now", "The oven is at {}°F now"),
    "power": ("The area is {} m²", "The area is {} m³"),
    "inch": ('Board of {}" width', "Board of {}' width"),
    "logic": ("Step {}: a && b", "Step {}: a || b"),
    "change": ("Change of balance {}: -", "Change of balance {}: +"),
    "angle": ("Rotate part {} by the angle α now", "Rotate part {} by the angle a now"),
    "density": ("Sample {} has ρ of the fluid", "Sample {} has p of the fluid"),
    "prefix": ("The laser has {} MW of power", "The laser has {} mW of power"),
    "frequency": ("Set clock to {} MHz now", "Set clock to {} mHz now"),
    "dot": ("Give {}·5 mg of it", "Give {} 5 mg of it"),
    "derivative": ("Solve x' = {} now", "Solve x = {} now"),
    "image": ("Draw line {} to A'", "Draw line {} to A"),
    "spoken": ("In step {} what does ';' do", "In step {} what does ':' do"),
}
AUDITS = ("conflicts", "copies", "overlap", "near_copies")


def rows(kind: str, count: int = 60) -> list[tuple[str, str]]:
    first, second = SIGNED[kind]
    return [
        (text.format(number), label)
        for number in range(1, count + 1)
        for text, label in ((first, "down"), (second, "up"))
    ]


LANGUAGES = [
    (f"{ask} in {language}", language)
    for ask in (
        "How do I sort a list", "Write a loop", "Read a file", "Parse a date", "Open a socket",
        "Print a table", "Start a thread", "Join two strings", "Count the words", "Draw a line",
        "Define a class", "Handle an error", "Make a set", "Copy an array", "Hash a password",
        "Split a text", "Reverse a word", "Sum the numbers", "Find a file", "Close a window",
    )
    for language in ("C", "C++", "C#", "F#", "F")
]  # fmt: skip


@pytest.mark.parametrize("kind", [*SIGNED, "language"])
def test_no_conflicts_no_copies_no_overlap(tmp_path: Path, kind: str) -> None:
    content = LANGUAGES if kind == "language" else rows(kind)
    context = context_of(tmp_path, task(), reading(source=frame(content)))
    assert len(context.quarantine) == 0
    for name in AUDITS:
        assert plugins.load("audits", name).examine(context) == [], name


@pytest.mark.parametrize("kind", SIGNED)
def test_a_train_file_beside_a_test_file_of_the_other_sign(kind: str) -> None:
    given = rows(kind)
    train, test = frame(given[::2]), frame(given[1::2])
    train = train.with_columns(expected=pl.col("id").cast(pl.Int64) % 2 == 0).cast(pl.String)
    train = train.with_columns(pl.col("line").cast(pl.Int64))
    parts = parts_of(task(test="test.csv"), source=train, test=test)
    assert len(parts.train) + len(parts.validation) == len(train)
    assert len(parts.test) == len(test) and parts.quarantine.is_empty()


def test_both_files_of_a_task_are_usable(tmp_path: Path) -> None:
    temperatures = [(f"It is -{n} degrees in town {n % 7}", "ab"[n % 2]) for n in range(1, 90)]
    data = write(tmp_path / "train.csv", temperatures)
    other = [(text.replace("-", "+"), label) for text, label in temperatures]
    project = Project.init(
        tmp_path / "task",
        data=data,
        test=write(tmp_path / "test.csv", other),
        goal="Classify readings into two kinds with at least 90 percent accuracy",
    )
    project.split()
    found = {finding.code for finding in project.audit() if finding.severity == "block"}
    assert not found
    assert project.status()["splits"]["test"] == len(other)
    assert project.quarantined() == []


def test_a_copy_of_another_case_or_punctuation_is_still_one() -> None:
    texts = ["Balance change: -3 EUR", "BALANCE CHANGE -3 EUR.", "balance change: \u22123 eur!"]
    parts = parts_of(task(), source=frame([*rows("money"), *[(text, "down") for text in texts]]))
    homes = {
        name
        for name in ("train", "validation", "test")
        for text in getattr(parts, name)["input"]
        if "-3 " in text or "\u22123" in text
    }
    assert len(homes) == 1


def test_near_copies_of_short_texts_look_at_signs() -> None:
    asked = "Reverse a linked list twice in {}"
    filler = [f"filler text number {n} about thing {n * 7}" for n in range(40)]
    for one, other in (("C", "C++"), ("C++", "C#"), ("-3", "+3"), ("<5", ">5")):
        texts = pl.Series([asked.format(one), asked.format(other), *filler])
        near = near_pairs(texts, "deep", Silent())
        assert not any(pair == [0, 1] for pair in near.rows().tolist()), (one, other)
    same = pl.Series([asked.format("C++"), asked.format("c++") + " please", *filler])
    assert [0, 1] in np.sort(near_pairs(same, "deep", Silent()).rows(), axis=1).tolist()


def test_search_finds_what_has_the_sign() -> None:
    texts = [f"Sorting in {language}" for language in ("C", "C#", "C++", "F")]
    found = Lexical.of(pl.Series(texts)).search(pl.Series(["C++", "in C#?", "F"]), 1)
    assert found[:, 0].tolist() == [2, 1, 3]
    arrows = Lexical.of(pl.Series(["move it ← there", "move it → there", "move it there"]))
    assert arrows.search(pl.Series(["move it →", "move it ←"]), 1)[:, 0].tolist() == [1, 0]
    dates = Lexical.of(pl.Series(["change of +3 EUR", "change of -3 EUR"]))
    assert dates.search(pl.Series(["why -3 EUR", "why +3 EUR"]), 1)[:, 0].tolist() == [1, 0]
