"""An answer means the class that it is, is spelt like, or names: exactly one, or none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.small_encoder import context, examples
from tests.test_models_endpoint import Said

from rungwise import plugins
from rungwise.data.label_match import Classes
from rungwise.errors import DataError
from rungwise.protocols import Fitted, Rung

SIGNS = ("C", "C++", "C#", "-3", "+3", "<5", ">5", "U.S.", "us")


@pytest.mark.parametrize("label", SIGNS)
@pytest.mark.parametrize("text", ["{}", " {}\n", "The answer is {}", '"{}"', "It is {}, I think."])
def test_signs_keep_classes_apart(label: str, text: str) -> None:
    assert Classes(SIGNS).named(text.format(label)) == (label,)


@pytest.mark.parametrize(
    ("labels", "text", "meant"),
    [
        (("card_arrival", "card"), "Card arrival.", "card_arrival"),
        (("refund", "other"), "REFUND", "refund"),
        (("Refund", "refund"), "REFUND", None),
        (("Refund", "refund"), "refund", "refund"),
        (("refund", "delivery"), "refund or delivery", None),
        (("0", "1"), "1.0", "1"),
        (("0", "1"), "Label: 1.", "1"),
        (("0", "1"), "0.1", None),
        (("1", "2"), "1.5", None),
        (("1", "-1"), "-1", "-1"),
        (("1", "-1"), "It is -1", "-1"),
        (("3", "4"), "-3", None),
        (("C", "Java"), "C++", None),
        (("C", "Java"), "I would say C++", None),
        (("a", "b"), "I think it is a tie", "a"),
        (("caf\u00e9", "bar"), "cafe\u0301", "caf\u00e9"),
        (("10%", "10"), "10%", "10%"),
        (("10", "20"), "10%", None),
        (("x\u00b2", "x2"), "x2", "x2"),
        (("-1", "0", "1"), "- 1", "-1"),
        (("-1", "0", "1"), "The sentiment is \u22121", "-1"),
        (("-1", "0", "1"), "The sentiment is \uff0d1.", "-1"),
        (("-1", "0", "1"), "The sentiment is - 1", None),  # a dash or a minus
        (("1", "2"), "Answer - 2", "2"),
        (("5%", "5"), "5 %", "5%"),
        (("5%", "5"), "It is 5 %.", None),
        (("20\u00b0", "20"), "It is 20\u00b0", "20\u00b0"),
        (("A+", "A", "A-"), "A +", "A+"),
        (("A+", "A", "A-"), "The grade is A\u2013", "A-"),
        (("A+", "A", "A-"), "The grade is A.", "A"),
        (("<5", ">5"), "> 5", ">5"),
        (("20\u00b0C", "20\u00b0F"), "20 \u00b0C", "20\u00b0C"),
        (("m\u00b2", "m"), "in m\u00b2", "m\u00b2"),
        (("spam", "ham"), "not spam", None),
        (("spam", "ham"), "It isn't spam.", None),
        (("spam", "ham"), "This is not spam but ham", "ham"),
        (("spam", "not spam"), "It is not spam", "not spam"),
        (("happy", "sad"), "un-happy", None),
        (("happy", "unhappy"), "un-happy", "unhappy"),
        (("toxic", "non toxic"), "It is non-toxic", "non toxic"),
        (("perro", "gato"), "Es un perro", "perro"),
        (("yes", "no"), "no", "no"),
        (
            (
                "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
                "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            ),
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f ",
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
    ],
)
def test_what_a_text_means(labels: tuple[str, ...], text: str, meant: str | None) -> None:
    found = Classes(labels).named(text)
    assert (found[0] if len(found) == 1 else None) == meant


@pytest.mark.parametrize(
    ("labels", "answer", "classes"),
    [
        (("0", "1"), "1.0", ("1",)),
        (("0.0", "1.0"), "1", ("1.0",)),
        (("1", "2"), "01", ("1",)),
        (("1", "01"), "001", ("1", "01")),
        (("1.5", "2"), "1.50", ("1.5",)),
        (("Yes", "No"), " yes ", ("Yes",)),
        (("true", "false"), "TRUE", ("true",)),
        (("-1", "1"), "-1.0", ("-1",)),
        (("a", "b"), "c", ()),
        (("a", "b"), "a b", ()),
        (("1", "0"), "true", ()),
    ],
)
def test_spellings_of_a_class(
    labels: tuple[str, ...], answer: str, classes: tuple[str, ...]
) -> None:
    assert Classes(labels).spelt(answer) == classes


# ── answers of a system in use today ─────────────────────────────────────────────────────
ROWS = examples(0, 6)


def imported(answers: list[str], classes: tuple[str, ...], said: Said) -> Fitted:
    table = pl.DataFrame({"id": ROWS.inputs.ids, "output": answers})
    about = context(Path(), "encoder", imported={"rules": table})
    rung: Rung = plugins.load("rungs", "current")
    named = about.task.data.model_copy(update={"id": "ticket"})
    told = about.task.model_copy(update={"data": named})
    here = replace(about, task=told, classes=classes, progress=said)
    return rung.fit({"name": "rules"}, 1, ROWS, ROWS, here)


@pytest.mark.parametrize(
    ("answers", "classes"),
    [
        (["1.0", "0.0"], ("0", "1")), (["1", "0"], ("0.0", "1.0")), (["01", "00"], ("0", "1")),
        (["REFUND", "Other "], ("other", "refund")), (["cafe\u0301", "bar"], ("bar", "caf\u00e9")),
    ],
)  # fmt: skip
def test_another_spelling_is_the_class_and_is_said(
    answers: list[str], classes: tuple[str, ...]
) -> None:
    said = Said()
    found = imported(answers * 3, classes, said).predict(ROWS.inputs, said)
    assert set(found.outputs) == set(classes)
    assert len(said.lines) == 1
    strange = set(answers) - set(classes)
    assert all(
        f"{one!r} is read as" in said.lines[0] or ascii(one) in said.lines[0] for one in strange
    )


def test_answers_that_could_be_two_classes_are_refused() -> None:
    with pytest.raises(DataError, match=r"'REFUND', which could be 'Refund' or 'refund'"):
        imported(["REFUND", "refund"] * 3, ("Refund", "refund"), Said())


def test_answers_that_name_no_class_at_all_are_refused_with_both() -> None:
    with pytest.raises(DataError, match=r"they hold 'n', 'y', and the classes are 'no', 'yes'"):
        imported(["y", "n"] * 3, ("no", "yes"), Said())


def test_some_that_name_none_are_counted_and_count_as_wrong() -> None:
    said = Said()
    fitted = imported(["yes", "no", "yes", "maybe", "maybe", "?"], ("no", "yes"), said)
    assert (
        "3 answers of rules without a class of the task count as wrong: 'maybe', '?'"
        in said.lines[0]
    )
    assert fitted.details["unknown"] == 3


def test_what_is_spelt_as_it_should_be_is_not_mentioned() -> None:
    said = Said()
    fitted = imported(["yes", "no"] * 3, ("no", "yes"), said)
    assert (said.lines, dict(fitted.details)) == ([], {})


def test_ids_that_are_lines_are_said() -> None:
    table = pl.DataFrame({"id": ROWS.inputs.ids, "output": ["yes", "no"] * 3})
    about, said = context(Path(), "encoder", imported={"rules": table}), Said()
    here = replace(about, classes=("no", "yes"), progress=said)
    plugins.load("rungs", "current").fit({"name": "rules"}, 1, ROWS, ROWS, here)
    assert "taken for the line of a row" in said.lines[0]
