"""Diagnoses that read numbers rather than a curve: what they say, and when they keep silent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.constructed import attempt, curve, diagnosed, measured

from rungwise import plugins
from rungwise.protocols import DiagnosisContext
from rungwise.records import Evidence, Finding


def read(name: str, context: DiagnosisContext) -> Finding | None:
    finding: Finding | None = plugins.load("diagnoses", name).read(context)
    return finding


def said(name: str, context: DiagnosisContext) -> Finding:
    finding = read(name, context)
    assert finding is not None, f"{name} says nothing"
    return finding


# ── worse_than_frozen (R60) ──────────────────────────────────────────────────────────────
def test_tuning_that_gains_nothing_points_at_the_base() -> None:
    frozen = attempt("frozen", measured(0.82))
    found = said("worse_than_frozen", diagnosed(attempt("lora", measured(0.80)), frozen))
    assert found.title == (
        "No better than frozen 82.0 %: lora has accuracy 80.0 % on 1,000 validation rows"
    )
    assert "too far from your domain" in found.advice


def test_tuning_that_gains_anything_is_left_to_the_gates() -> None:
    frozen = attempt("frozen", measured(0.82))
    assert read("worse_than_frozen", diagnosed(attempt("lora", measured(0.83)), frozen)) is None


def test_the_best_frozen_attempt_is_the_reference() -> None:
    frozen = [attempt("frozen", measured(value)) for value in (0.70, 0.82)]
    found = said("worse_than_frozen", diagnosed(attempt("lora", measured(0.80)), *frozen))
    assert found.numbers["frozen"] == 0.82


def test_another_setting_that_beats_frozen_clears_the_base() -> None:
    others = attempt("frozen", measured(0.82)), attempt("lora", measured(0.88))
    found = said("worse_than_frozen", diagnosed(attempt("lora", measured(0.80)), *others))
    assert "not the base" in found.advice


def test_the_base_is_not_blamed_while_the_audit_has_findings() -> None:
    conflicts = Finding("conflicts", "warn", "34 texts carry two labels", "", "R12", count=34)
    small = Finding("sizes.small_class", "warn", "3 classes have few rows", "", "R8", count=3)
    for findings, blamed in (((small,), True), ((small, conflicts), False)):
        about, frozen = attempt("lora", measured(0.80)), attempt("frozen", measured(0.82))
        found = said("worse_than_frozen", diagnosed(about, frozen, findings=findings))
        assert found.advice.startswith("Deal with the audit's findings") is not blamed


def test_where_lower_is_better_worse_means_higher() -> None:
    frozen = attempt("frozen", measured(0.40, metric="log_loss"))
    for value, holds in ((0.45, True), (0.35, False)):
        about = attempt("lora", measured(value, metric="log_loss"))
        context = diagnosed(about, frozen, target=0.2, greater=False)
        assert (read("worse_than_frozen", context) is not None) is holds


@pytest.mark.parametrize(
    ("frozen", "tuned", "target", "greater"),
    [
        (1.0, 1.0, 0.9, True),
        (1.0, 1.0, 1.0, True),
        (0.999, 0.998, 0.9, True),
        (0.998, 0.998, 1.0, True),
        (0.0, 0.0, 0.1, False),
        (0.001, 0.002, 0.0, False),
    ],
)
def test_at_the_bound_of_the_metric_nothing_is_left_to_gain(
    frozen: float, tuned: float, target: float, greater: bool
) -> None:
    """No base is blamed for what cannot be gained, and the cheaper rung is named."""
    metric = "accuracy" if greater else "expected_calibration_error"
    reference = attempt("frozen", measured(frozen, metric=metric))
    about = attempt("lora", measured(tuned, metric=metric), curve=curve([0.1] * 3, [0.1] * 3))
    context = diagnosed(about, reference, target=target, greater=greater)
    assert read("worse_than_frozen", context) is None
    assert read("poor_fit", context) is None
    found = said("nothing_left", context)
    assert found.title.startswith("Nothing is left to gain on these rows: ")
    assert "Stay with frozen" in found.advice
    names = plugins.names("diagnoses")
    every = [one for name in names if (one := read(name, context)) is not None]
    assert not any("too far" in one.advice or "choose another" in one.advice for one in every)


@pytest.mark.parametrize("rows", [100, 1000, 40])
def test_one_row_from_the_bound_is_at_it(rows: int) -> None:
    value = 1 - 1 / rows
    about = attempt("frozen", measured(value, rows=rows))
    assert (read("nothing_left", diagnosed(about)) is not None) is (rows >= 50)
    short = attempt("frozen", measured(0.97, rows=rows))
    assert read("nothing_left", diagnosed(short)) is None


def test_a_metric_without_a_bound_has_always_something_left() -> None:
    about = attempt("lora", measured(1.0, metric="points"))
    assert read("nothing_left", diagnosed(about, bounds=(0.0, None))) is None


def test_a_base_that_meets_the_target_frozen_is_not_blamed_for_a_setting() -> None:
    for frozen, tuned in ((0.97, 0.93), (1.0, 0.91)):
        context = diagnosed(attempt("lora", measured(tuned)), attempt("frozen", measured(frozen)))
        found = said("worse_than_frozen", context)
        assert found.advice.startswith("The base serves: frozen")
        assert "too far" not in found.advice


# ── poor_fit without a curve (R59) ───────────────────────────────────────────────────────
def test_frozen_features_that_cover_little_of_the_way_are_a_poor_fit() -> None:
    majority, frozen = attempt("majority", measured(0.20)), attempt("frozen", measured(0.38, 0.35))
    context = diagnosed(attempt("frozen", measured(0.38, 0.35, 0.41)), majority, frozen)
    found = said("poor_fit", context)
    # (0.41 - 0.20) / (0.90 - 0.20) = 0.30
    assert found.numbers["covered"] == pytest.approx(0.3)
    assert "covers at most 30 % of the way" in found.title


def test_an_interval_that_reaches_half_way_gives_the_base_a_chance() -> None:
    majority = attempt("majority", measured(0.20))
    about = attempt("frozen", measured(0.50, 0.44, 0.56))
    assert read("poor_fit", diagnosed(about, majority)) is None


def test_untrained_rungs_say_nothing_about_the_fit() -> None:
    majority = attempt("majority", measured(0.20))
    assert read("poor_fit", diagnosed(attempt("zero_shot", measured(0.21)), majority)) is None


# ── lagging_class (R54) ──────────────────────────────────────────────────────────────────
def recalls(**values: tuple[float, float, float]) -> tuple[object, ...]:
    return tuple(
        measured(value, low, high, metric=f"recall[{label}]", rows=100)
        for label, (value, low, high) in values.items()
    )


def test_a_class_far_below_the_others_lags_and_its_rows_are_told() -> None:
    about = attempt(
        "frozen",
        measured(0.85),
        per_class=recalls(late=(0.95, 0.9, 1), lost=(0.93, 0.9, 1), broken=(0.60, 0.5, 0.7)),
    )
    counts = {"late": 400, "lost": 400, "broken": 40}
    context = diagnosed(about, train_counts=counts, validation_counts={"broken": 12})
    found = said("lagging_class", context)
    assert found.title == (
        "broken lags: recall 0.60 on 12 validation rows, 0.34 below the mean of the other classes"
    )
    assert found.count == 1
    assert "40 training rows where a class has 280 on average" in found.advice


def test_a_frequent_class_that_lags_is_not_sent_for_weights() -> None:
    about = attempt(
        "frozen", measured(0.8), per_class=recalls(late=(0.95, 0.9, 1), lost=(0.6, 0.5, 0.7))
    )
    found = said("lagging_class", diagnosed(about, train_counts={"late": 100, "lost": 900}))
    assert "weight" not in found.advice
    assert "guideline" in found.advice


def test_a_class_that_is_weighted_already_is_sent_for_rows_only() -> None:
    about = attempt(
        "frozen",
        measured(0.8),
        per_class=recalls(late=(0.95, 0.9, 1), lost=(0.6, 0.5, 0.7)),
        configuration={"class_weights": "balanced"},
    )
    found = said("lagging_class", diagnosed(about, train_counts={"late": 900, "lost": 100}))
    assert "weighted already: collect more rows" in found.advice


def test_a_low_recall_on_few_rows_may_be_chance() -> None:
    about = attempt(
        "frozen", measured(0.9), per_class=recalls(late=(0.95, 0.9, 1), lost=(0.6, 0.2, 0.96))
    )
    assert read("lagging_class", diagnosed(about)) is None


# ── too_few_validation_rows (C3) ─────────────────────────────────────────────────────────
def test_a_target_inside_the_interval_is_not_settled() -> None:
    about = attempt("frozen", measured(0.91, 0.89, 0.93, rows=1000))
    found = said("too_few_validation_rows", diagnosed(about))
    # The arm of 0.02 must shrink to the distance of 0.01: four times the rows.
    assert found.numbers["rows_to_settle"] == pytest.approx(4000, abs=1)
    assert "[89.0, 93.0] on 1,000 validation rows straddles" in found.title


def test_a_value_on_the_target_is_never_settled() -> None:
    found = said("too_few_validation_rows", diagnosed(attempt("frozen", measured(0.9, 0.88, 0.92))))
    assert found.numbers["rows_to_settle"] is None
    assert "no number of rows" in found.advice.lower()


@pytest.mark.parametrize(("low", "high"), [(0.80, 0.89), (0.91, 0.95), (None, None)])
def test_a_target_outside_the_interval_is_settled(low: float | None, high: float | None) -> None:
    about = attempt("frozen", measured(0.85, low, high))
    assert read("too_few_validation_rows", diagnosed(about)) is None


# ── answers_cut (R34) ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("cut", "rows", "holds"), [(0, 50, 0), (2, 50, 0), (3, 50, 1), (50, 50, 1), (0, 0, 0)]
)
def test_answers_that_were_cut_are_a_finding_about_the_limit(
    cut: int, rows: int, holds: int
) -> None:
    details = {"cut": cut, "rows": rows, "max_tokens": 16}
    about = replace(attempt("lora", measured(0.0)), details=details)
    found = read("answers_cut", diagnosed(about))
    assert (found is not None) == bool(holds)
    if found is not None:
        assert f"{cut} of {rows} answers" in found.title and "16 tokens" in found.title
        assert found.numbers["share"] == cut / rows


# ── leakage_suspected (R21) ──────────────────────────────────────────────────────────────
def test_neighbours_that_are_always_right_are_suspect() -> None:
    found = said("leakage_suspected", diagnosed(attempt("nearest", measured(0.998))))
    assert "99.8 %" in found.title


@pytest.mark.parametrize(
    ("rung", "value", "counts"),
    [
        ("nearest", 0.97, {"late": 500, "lost": 500}),
        ("frozen", 0.999, {"late": 500, "lost": 500}),
        ("majority", 0.998, {"late": 998, "lost": 2}),
    ],
)
def test_good_numbers_with_a_reason_are_not_suspect(
    rung: str, value: float, counts: dict[str, int]
) -> None:
    context = diagnosed(attempt(rung, measured(value)), validation_counts=counts)
    assert read("leakage_suspected", context) is None


def test_validation_above_training_is_suspect_only_with_copies_on_record() -> None:
    about = attempt("lora", measured(0.95, 0.94, 0.96), train_metric=0.90)
    copies = Finding("overlap", "warn", "25 rows", "", requirement="R21", count=25)
    assert read("leakage_suspected", diagnosed(about)) is None
    found = said("leakage_suspected", diagnosed(about, findings=(copies,)))
    assert "25 overlapping rows" in found.title


# ── trivial_target (R2) ──────────────────────────────────────────────────────────────────
def test_a_target_that_the_most_frequent_class_meets_is_trivial_for_everyone() -> None:
    majority = attempt("majority", measured(0.93))
    for about, others in ((majority, ()), (attempt("frozen", measured(0.97)), (majority,))):
        assert "93.0 %" in said("trivial_target", diagnosed(about, *others)).title


def test_a_target_above_the_most_frequent_class_is_not_trivial() -> None:
    assert read("trivial_target", diagnosed(attempt("majority", measured(0.4)))) is None


# ── learning_rate_ignored (R48) ──────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("asked", "used", "holds"),
    [(2e-4, 1e-4, True), (2e-4, 2e-4, False), (1e-4, 1e-4, False)],
)
def test_a_rate_is_ignored_where_another_was_asked_for_and_the_same_used(
    asked: float, used: float, holds: bool
) -> None:
    def ran(configured: float, rate: float, name: str) -> Evidence:
        points = curve([0.9, 0.5], [0.8, 0.6], rates=[rate, rate / 2])
        settings = {"learning_rate": configured}
        return attempt("lora", measured(0.8), id=name, configuration=settings, curve=points)

    first, second = ran(1e-4, 1e-4, "first"), ran(asked, used, "second")
    assert (read("learning_rate_ignored", diagnosed(second, first)) is not None) is holds


# ── headlines ────────────────────────────────────────────────────────────────────────────
def test_ranks_differ_so_that_the_headline_is_one() -> None:
    ranks = [diagnosis.rank for diagnosis in plugins.load_all("diagnoses").values()]
    assert len(set(ranks)) == len(ranks)


def test_a_broken_measurement_is_told_before_what_it_measured() -> None:
    """What makes the number itself doubtful outranks what the number says."""
    ranks = {name: found.rank for name, found in plugins.load_all("diagnoses").items()}
    doubtful = {"leakage_suspected", "trivial_target", "learning_rate_ignored"}
    assert max(ranks[name] for name in doubtful) < min(
        rank for name, rank in ranks.items() if name not in doubtful
    )
