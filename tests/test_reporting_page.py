"""The report: one file, complete, safe to open, and readable however large the task."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import polars as pl
import pytest
from tests.constructed import attempt, curve, measured, split_record, task_facts
from tests.rendered_pages import CLASSES, EVIL, Reader, answered, page_of, whole

from rungwise.ledger.state import State
from rungwise.records import Override, Verdict
from rungwise.reporting.page import render


# ── one file ─────────────────────────────────────────────────────────────────────────────
def test_the_page_needs_nothing_but_itself() -> None:
    page = page_of()
    tags = Reader(page).tags
    assert not {"script", "link", "img", "iframe", "object", "embed"} & {tag for tag, _ in tags}
    for _, attributes in tags:
        assert "src" not in attributes and "srcset" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|https?:", page)


def test_the_same_record_gives_the_same_page() -> None:
    assert page_of() == page_of()


def test_the_page_can_be_read_aloud() -> None:
    tags = Reader(page_of()).tags
    assert ("html", {"lang": "en"}) in tags
    identifiers = [found["id"] for _, found in tags if "id" in found]
    assert len(set(identifiers)) == len(identifiers)
    pictures = [attributes for tag, attributes in tags if tag == "svg"]
    assert len(pictures) == 6  # ladder, the same for a phone, loss, metric, confusion, review
    for attributes in pictures:
        assert attributes["role"] == "img"
        for named in (attributes["aria-labelledby"] or "").split():
            assert named in identifiers
    tables = sum(tag == "table" for tag, _ in tags)
    assert tables >= 6
    heads = [attributes for tag, attributes in tags if tag == "th"]
    assert all(attributes.get("scope") in ("col", "row") for attributes in heads)
    for _, attributes in tags:
        if (attributes.get("href") or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in identifiers


def test_it_has_a_dark_and_a_printed_form() -> None:
    page = page_of()
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page


# ── on a phone ───────────────────────────────────────────────────────────────────────────
def test_every_table_becomes_cards_whose_lines_name_their_column() -> None:
    tags = Reader(page_of()).tags
    tables = [attributes.get("class") or "" for tag, attributes in tags if tag == "table"]
    assert len(tables) > 4 and all("cards" in classes.split() for classes in tables)
    cells = [attributes for tag, attributes in tags if tag == "td"]
    assert len(cells) > 20 and all(attributes.get("data-label") for attributes in cells)


def test_the_ladder_of_a_phone_fits_and_says_the_same() -> None:
    page = page_of()
    wide, narrow = (
        page[page.index(f'<div class="ladder {name}-only">') :].split("</svg>")[0]
        for name in ("wide", "narrow")
    )
    assert 'viewBox="0 0 350 ' in narrow  # 390 pixels less the margins
    for value in ("33.0 %", "70.0 %", "80.0 %", "91.0 %", "[89.0, 93.0]"):
        assert value in wide and value in narrow
    assert "@media screen and (max-width: 760px)" in page


def test_the_field_has_its_own_words() -> None:
    words = Reader(page_of()).text
    for term in ("Confusion matrix", "Per-class metrics", "Confidence", "95 % CI", "misclassified"):
        assert term in words
    for private in ("surest", "taken for what", "Class by class", "speak loudest"):
        assert private not in words


# ── complete ─────────────────────────────────────────────────────────────────────────────
def test_all_that_was_decided_is_on_the_page() -> None:
    words = Reader(page_of()).text
    for said in (
        "Route support tickets to eight teams",
        "accuracy ≥ 90 %",
        "91.0 % [89.0, 93.0]",  # selected, with its interval
        "90.5 %",  # the test
        "500 test rows, seen once",
        "1 gate was overridden",
        "by Maria ( lead )",
        "We accept it",
        "Gate full_tuning_justified: no business value is on record.",
        "not needed",
        "12 rows repeat another",
        "Overconfident since epoch 2",
        "late taken for lost",
        "text of row 0",
        "The best of 4 attempts is optimistic.",
        "9b1d" * 16,
        "releases/v1.0",
        "rungwise predict --release v1.0 FILE",
    ):
        assert said in words, said


def test_every_attempt_says_what_it_was_measured_on() -> None:
    page = page_of()
    for value, interval in (
        ("33.0 %", "[30.0, 36.0]"),
        ("70.0 %", "[67.0, 73.0]"),
        ("80.0 %", "[77.0, 83.0]"),
        ("91.0 %", "[89.0, 93.0]"),
    ):
        row = page[page.index("<tbody>") :]
        cell = re.search(rf"{value}</td>\s*<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>", row)
        assert cell is not None, value
        assert cell.groups() == (interval, "1,000 validation rows")


def test_a_second_look_is_told_at_the_top_and_beside_the_number() -> None:
    state, *_ = whole()
    again = replace(state.tests[0], unseal=2)
    words = Reader(page_of(tests=(*state.tests, again))).text
    assert "on look 2, when it was no longer unseen" in words
    assert "look 2: no longer unseen" in words
    assert "Look 2: no longer unseen." in words


def test_a_test_that_does_not_settle_the_target_is_not_called_a_confirmation() -> None:
    settled = replace(whole()[0].tests[0], goal=replace(measured(0.95, 0.93, 0.97), on="test"))
    for tests, said in (
        (whole()[0].tests, "The test reaches the target, but its interval does not settle it"),
        ((settled,), "The test confirms the target"),
    ):
        assert f"{said}, and v1.0 is released." in Reader(page_of(tests=tests)).text


def test_before_the_test_the_sealed_part_is_only_counted() -> None:
    words = Reader(page_of(tests=(), releases=())).text
    assert (
        "lora (rate 0.0001) reaches the target on validation; the test part is still sealed."
        in words
    )
    assert "The test part is sealed. It is opened once" in words


def test_a_target_that_is_not_reached_is_said() -> None:
    words = Reader(page_of(tests=(), releases=(), **task_facts(target=0.95))).text
    assert "No rung reaches the target yet; lora (rate 0.0001) comes closest." in words


def test_where_lower_is_better_the_lowest_is_selected() -> None:
    facts = task_facts(metric="log_loss", target=0.3, greater=False)
    goals = (0.9, 0.5, 0.25)
    attempts = tuple(
        attempt(rung, measured(value, value - 0.02, value + 0.02, metric="log_loss"))
        for rung, value in zip(("majority", "nearest", "frozen"), goals, strict=True)
    )
    words = Reader(page_of(attempts=attempts, tests=(), releases=(), **facts)).text
    assert "log_loss ≤ 0.3" in words
    assert "frozen reaches the target on validation" in words


@pytest.mark.parametrize(
    "state",
    [
        State(),
        State(**task_facts()),
        State(**task_facts(), split=split_record(CLASSES)),
        State(**task_facts(), split=split_record(CLASSES), skipped={"current": "none imported"}),
    ],
    ids=["nothing", "a goal", "a split", "a skipped rung"],
)
def test_an_unfinished_task_has_a_page_too(state: State) -> None:
    frame, predictions = answered(CLASSES)
    page = render(state, frame if state.split else None, lambda digest: predictions)
    assert "Nothing has been measured yet." in Reader(page).text


# ── safe ─────────────────────────────────────────────────────────────────────────────────
def test_user_text_is_shown_as_text() -> None:
    classes = (EVIL, "lost & found", '"quoted"')
    state, frame, predictions = whole(classes)
    frame = frame.with_columns(input=pl.lit(EVIL + "</title></style><b>"), id=pl.col("id") + EVIL)
    override = Override(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL)
    state = replace(
        state,
        **task_facts(goal=EVIL),
        overrides=(override,),
        skipped={EVIL: EVIL},
        split=split_record(
            classes, sources={EVIL: EVIL}, quarantined={EVIL: 1}, assumptions=(EVIL,)
        ),
    )
    page = render(state, frame, predictions, EVIL, EVIL)
    assert "<script" not in page
    words = Reader(page).text
    assert words.count(EVIL) >= 15
    assert "lost & found" in words


def test_commands_in_backticks_are_set_as_code_and_nothing_else_is() -> None:
    reason = f"Run `rungwise climb` first; {EVIL} and one ` alone."
    page = page_of(verdicts={"gap_closed": Verdict("gap_closed", "R63", "pass", reason)})
    assert "<code>rungwise climb</code>" in page
    assert "<script" not in page
    assert "one ` alone" in page


def test_text_that_no_page_may_hold_is_replaced() -> None:
    state, frame, predictions = whole()
    frame = frame.with_columns(input=pl.lit("a\x00b\x1bc"))
    page = render(state, frame, predictions)
    assert "a�b�c" in page
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", page)
    page.encode("utf-8")


def test_losses_that_are_not_numbers_leave_a_gap() -> None:
    points = curve([0.9, math.nan, math.inf], [0.8, math.nan, math.nan], [0.5, math.nan, None])
    broken = attempt("lora", measured(0.5), id="broken", curve=points, predictions="p")
    page = page_of(attempts=(broken,), tests=(), releases=())
    assert not re.search(r'="[^"]*\b(nan|inf)\b', page)
    Reader(page)


# ── readable ─────────────────────────────────────────────────────────────────────────────
def test_a_wide_task_keeps_a_compact_page() -> None:
    classes = [f"intent_number_{number:02d}" for number in range(77)]
    page = page_of(classes)
    words = Reader(page).text
    assert "Heat map of confusions" in words
    assert "77 classes" in words
    assert "The other 65 classes" in words
    assert len(page) < 250_000


def test_few_classes_show_every_count() -> None:
    words = Reader(page_of()).text
    assert "Confusion matrix" in words
    assert "Heat map" not in words


def test_top_words_are_shown_escaped_and_without_personal_values() -> None:
    words = {"late": ["when", "a<b", "ann@example.org"], "lost": []}
    state, frame, predictions = whole()
    page = render(state, frame, predictions, top_words=words)
    section = page.partition('id="top-words"')[2].partition("</details>")[0]
    assert "a&lt;b" in section and "&lt;EMAIL&gt;" in section
    assert "ann@example.org" not in page
    assert 'id="top-words"' not in page_of()
