"""The pictures and the numbers behind them: places, ticks, counts."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from sklearn.metrics import confusion_matrix
from tests.constructed import attempt, curve, measured

from rungwise.data.personal.redactor import Redactor
from rungwise.reporting.charts import curve as curves
from rungwise.reporting.charts import ladder, matrix
from rungwise.reporting.classes import class_rows
from rungwise.reporting.confusion import closest_first, confused_pairs, confusion
from rungwise.reporting.standings import Standing, standings
from rungwise.reporting.svg import Scale, element, fitted, scale, tick_labels
from rungwise.reporting.worst import worst_answers
from rungwise.table import Predictions

LABELS = ("a", "b", "c", "d")
answers = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from((*LABELS, "elsewhere"))), max_size=40
)


def parsed(picture: Markup) -> ElementTree.Element:
    """The picture as XML: it must be well formed."""
    return ElementTree.fromstring(str(picture))


def of_class(picture: Markup, name: str) -> list[ElementTree.Element]:
    return [e for e in parsed(picture).iter() if name in e.get("class", "").split()]


# ── scales ───────────────────────────────────────────────────────────────────────────────
finite = st.floats(-1e6, 1e6)


@given(st.lists(finite, min_size=1, max_size=8))
def test_a_scale_holds_every_value_and_keeps_their_order(values: list[float]) -> None:
    axis = scale(values, 0.0, 100.0)
    places = [axis(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)
    assert axis.low < min(values) and max(values) < axis.high


@given(st.floats(-1e5, 1e5), st.floats(1e-4, 1e5), st.integers(3, 8))
def test_ticks_are_round_even_and_inside(low: float, width: float, about: int) -> None:
    axis = Scale(low, low + width, 0.0, 100.0)
    ticks = axis.ticks(about)
    steps = np.diff(ticks)
    assert 1 <= len(ticks) <= about + 1
    assert np.allclose(steps, steps[:1], rtol=1e-6)
    slack = width * 1e-6
    assert all(low - slack <= tick <= low + width + slack for tick in ticks)


@pytest.mark.parametrize(
    ("ticks", "labels"),
    [
        ([0.8, 0.85, 0.9], ["0.80", "0.85", "0.90"]),
        ([0.0, 0.025, 0.05], ["0.000", "0.025", "0.050"]),
        ([0.0, 2.5, 5.0], ["0.0", "2.5", "5.0"]),
        ([10.0, 20.0], ["10", "20"]),
        ([], []),
    ],
)
def test_tick_labels_tell_ticks_apart_and_no_more(ticks: list[float], labels: list[str]) -> None:
    assert tick_labels(ticks) == labels


def test_elements_escape_text_and_attributes() -> None:
    made = element("text", "<b>", data_label='"x"&')
    assert made == '<text data-label="&#34;x&#34;&amp;">&lt;b&gt;</text>'


def test_long_words_are_cut_and_kept_in_a_tooltip() -> None:
    whole = "a_very_long_label_that_does_not_fit"
    assert fitted("short", 100) == "short"
    assert fitted(whole, 100).startswith(f"<title>{whole}</title>a_very")


# ── the ladder ───────────────────────────────────────────────────────────────────────────
def climbed() -> list[Standing]:
    attempts = [
        attempt("majority", measured(0.10, 0.08, 0.12)),
        attempt("nearest", measured(0.80, 0.78, 0.82)),
        attempt("frozen", measured(0.86, 0.84, 0.88)),
        attempt("lora", measured(0.90, 0.88, 0.92), id="first"),
        attempt("lora", measured(0.92, 0.90, 0.94), id="second"),
    ]
    return standings(
        attempts, {"full": "Gate tuning_earned: not earned"}, attempts[4], attempts[1], greater=True
    )


def test_every_rung_stands_in_its_place_with_its_part() -> None:
    found = {one.rung: one for one in climbed()}
    assert [r for r in found if r in ("majority", "nearest", "frozen", "lora", "full")] == [
        "majority",
        "nearest",
        "frozen",
        "lora",
        "full",
    ]
    roles = {rung: one.role for rung, one in found.items()}
    assert roles["nearest"] == "baseline" and roles["lora"] == "selected"
    assert roles["frozen"] == "tried" and roles["full"] == "skipped"
    assert found["lora"].others == (0.90,)
    assert found["full"].why == "Gate tuning_earned: not earned"


def test_the_picture_puts_better_values_further_right_and_the_target_between() -> None:
    shown = [one for one in climbed() if one.rung in ("nearest", "frozen", "lora")]
    picture = ladder.ladder(shown, "accuracy", 0.89, greater=True)
    dots = [float(e.get("cx", "")) for e in of_class(picture, "value")]
    target = float(of_class(picture, "target")[0].get("x1", ""))
    lora, frozen, nearest = dots  # drawn from the top of the ladder down
    assert nearest < frozen < target < lora
    bars = of_class(picture, "interval")
    assert len(bars) == 3
    for bar, dot in zip(bars, dots, strict=True):
        assert float(bar.get("x1", "")) < dot < float(bar.get("x2", ""))


def test_a_trivial_answer_far_below_does_not_press_the_rest_together() -> None:
    picture = ladder.ladder(climbed(), "accuracy", 0.89, greater=True)
    assert len(of_class(picture, "value")) == 3
    arrows = list(parsed(picture).iter("polygon"))
    assert len(arrows) == 1
    assert "majority 10.0 %" in (parsed(picture).findtext("desc") or "")


def test_reasons_of_skipped_rungs_are_on_the_picture() -> None:
    words = " ".join(parsed(ladder.ladder(climbed(), "f1", 0.9, greater=True)).itertext())
    assert "skipped: Gate tuning_earned: not earned" in words


# ── curves ───────────────────────────────────────────────────────────────────────────────
def test_a_curve_has_a_point_an_epoch_and_marks_the_lowest_validation_loss() -> None:
    points = curve([0.9, 0.4, 0.1], [0.8, 0.5, 0.7], [0.7, 0.8, 0.9])
    picture = curves.losses("one", points)
    train, validation = (
        [tuple(map(float, pair.split(","))) for pair in line.get("points", "").split()]
        for line in of_class(picture, "line")
    )
    assert len(train) == len(validation) == 3
    assert [y for _, y in train] == sorted(y for _, y in train)  # lower loss is lower on the page
    marked = float(of_class(picture, "marked")[0].get("x1", ""))
    assert marked == pytest.approx(validation[1][0], abs=0.1)


def test_a_metric_is_drawn_against_the_target() -> None:
    points = curve([0.9, 0.4], [0.8, 0.5], [0.7, 0.95])
    picture = curves.metrics("one", "accuracy", points, 0.9)
    target = float(of_class(picture, "target")[0].get("y1", ""))
    (line,) = of_class(picture, "line")
    first, last = (float(pair.split(",")[1]) for pair in line.get("points", "").split())
    assert last < target < first  # y grows downwards


def test_a_single_epoch_can_be_drawn() -> None:
    dots = of_class(curves.losses("one", curve([0.5], [0.6])), "dot")
    assert [dot.get("class") for dot in dots] == ["dot train", "dot validation"]


# ── confusions ───────────────────────────────────────────────────────────────────────────
@given(answers)
def test_counts_are_those_of_scikit_learn(drawn: list[tuple[str, str]]) -> None:
    expected, outputs = [e for e, _ in drawn], [p for _, p in drawn]
    found = confusion(
        pl.Series(expected, dtype=pl.String), pl.Series(outputs, dtype=pl.String), LABELS
    )
    inside = [(e, p) for e, p in drawn if p in LABELS]
    if inside:
        peer = confusion_matrix([e for e, _ in inside], [p for _, p in inside], labels=LABELS)
        assert (found.counts == peer).all()
    assert found.outside == len(drawn) - len(inside)
    assert found.rows == len(drawn)
    assert found.wrong == sum(e != p for e, p in drawn)


@given(answers)
def test_ordering_the_classes_moves_counts_and_changes_none(drawn: list[tuple[str, str]]) -> None:
    expected = pl.Series([e for e, _ in drawn], dtype=pl.String)
    outputs = pl.Series([p for _, p in drawn], dtype=pl.String)
    found = confusion(expected, outputs, LABELS)
    ordered = closest_first(found)
    assert sorted(ordered.classes) == sorted(LABELS)
    again = confusion(expected, outputs, ordered.classes)
    assert (ordered.counts == again.counts).all()
    assert confused_pairs(ordered, 99) == confused_pairs(found, 99)


def test_classes_that_are_confused_stand_side_by_side() -> None:
    expected, outputs = ["a"] * 5 + ["b"] * 2, ["d"] * 5 + ["c"] * 2
    ordered = closest_first(confusion(pl.Series(expected), pl.Series(outputs), LABELS)).classes
    assert abs(ordered.index("a") - ordered.index("d")) == 1
    assert abs(ordered.index("b") - ordered.index("c")) == 1


def test_pairs_are_ranked_by_count_and_carry_their_share() -> None:
    expected = pl.Series(["a"] * 4 + ["b"] * 2)
    found = confusion(expected, pl.Series(["b", "b", "c", "a", "a", "b"]), LABELS)
    first, *_ = confused_pairs(found, 10)
    assert (first.expected, first.predicted, first.count, first.share) == ("a", "b", 2, 0.5)
    assert len(confused_pairs(found, 10)) == 3


def test_the_heat_map_rings_and_numbers_the_pairs_of_its_table() -> None:
    classes = tuple(f"class {number}" for number in range(30))
    expected = pl.Series([classes[number] for number in range(30)] + ["class 3"] * 3)
    outputs = pl.Series([classes[number] for number in range(30)] + ["class 9"] * 3)
    found = confusion(expected, outputs, classes)
    pairs = confused_pairs(found, 12)
    picture = matrix.matrix(found, pairs)
    assert len(of_class(picture, "ring")) == len(pairs) == 1
    tips = [e.findtext("title") for e in of_class(picture, "wrong")]
    assert tips == ["class 3 taken for class 9: 3"]


def test_few_classes_show_counts_in_every_cell() -> None:
    found = confusion(pl.Series(["a", "a", "b"]), pl.Series(["a", "b", "b"]), ("a", "b"))
    picture = matrix.matrix(found, [])
    assert [e.text for e in of_class(picture, "count")] == ["1", "1", "1"]
    assert len(of_class(picture, "cell")) == 4


# ── tables ───────────────────────────────────────────────────────────────────────────────
def test_the_weakest_class_comes_first_and_one_without_rows_last() -> None:
    rows = class_rows(
        [
            measured(0.9, metric="recall[a]"),
            measured(0.5, metric="recall[b [old]]"),
            measured(0.0, metric="recall[none]", rows=0),
            measured(0.7, metric="precision[a]"),
            measured(0.8),
        ]
    )
    assert [row.label for row in rows] == ["b [old]", "a", "none"]
    assert rows[1].precision is not None and rows[1].precision.value == 0.7
    assert rows[1].f1 is None


def test_the_worst_errors_are_those_that_the_model_was_surest_of() -> None:
    frame = pl.DataFrame(
        {"id": ["1", "2", "3"], "input": ["x", "y", "z"], "expected": ["a", "a", "b"]}
    )
    scores = np.array([[0.4, 0.6], [0.1, 0.9], [0.2, 0.8]], dtype=np.float32)
    predictions = Predictions(frame["id"], pl.Series(["b", "b", "b"]), scores, ("a", "b"))
    found = worst_answers(frame, predictions, 5, Redactor())
    assert [(one.id, one.predicted) for one in found] == [("2", "b"), ("1", "b")]
    assert found[0].sure == pytest.approx(0.9)
    unsure = Predictions(frame["id"], predictions.outputs, None, ())
    silent = worst_answers(frame, unsure, 5, Redactor())
    assert [(one.id, one.sure) for one in silent] == [("1", None), ("2", None)]


def test_pictures_carry_classes_and_no_colours() -> None:
    picture = str(ladder.ladder(climbed(), "accuracy", 0.9, greater=True))
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb\(", picture)
