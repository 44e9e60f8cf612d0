"""The report: everything on record as one self-contained page, no network and no script (R11).

It is derived from the record alone, so the same record gives the same page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from rungwise import plugins
from rungwise.data.personal.redact import redacted
from rungwise.data.personal.redactor import Redactor
from rungwise.decisions.go_no_go import confirms
from rungwise.decisions.needed import NOT_NEEDED, as_needed, is_early
from rungwise.errors import PluginError
from rungwise.evaluation import retrieval_recall, standing
from rungwise.evaluation.attempt_names import attempt_name, way_of_asking
from rungwise.evaluation.field_scores import field_scores
from rungwise.evaluation.learning_curve import LearningCurve
from rungwise.evaluation.wording import accepted, usd
from rungwise.ledger.state import State
from rungwise.money import Costs
from rungwise.percent import percent
from rungwise.plugins import kind_named
from rungwise.records import Evidence, Finding
from rungwise.reporting import wording
from rungwise.reporting.charts import curve, ladder, matrix, narrow_ladder, quality
from rungwise.reporting.classes import class_rows
from rungwise.reporting.confusion import closest_first, confused_pairs, confusion
from rungwise.reporting.quality_weeks import Watched
from rungwise.reporting.review import review_section
from rungwise.reporting.standings import STOPPED, most_telling, selected_of, standings
from rungwise.reporting.summary import figures, sentence
from rungwise.reporting.thresholds import thresholds
from rungwise.reporting.worst import worst_answers
from rungwise.reporting.worth import worth
from rungwise.reporting.wrong_texts import wrong_texts
from rungwise.rules import rules_of
from rungwise.table import Predictions

if TYPE_CHECKING:
    from jinja2 import Environment

STEPS = ("split", "audit", "climb", "tune", "full", "test", "ship")
SEVERITIES = ("block", "warn", "info")
PAIRS, WORST, WEAKEST = 12, 20, 12


def render(
    state: State,
    validation: pl.DataFrame | None,
    predictions: Callable[[str], Predictions],
    next_command: str = "",
    written: str = "",
    costs: Costs | None = None,
    redactor: Redactor | None = None,
    top_words: Mapping[str, Sequence[str]] | None = None,
    present: str = "",
    prompts: Callable[[str], Mapping[str, str]] | None = None,
    watched: Watched | None = None,
) -> str:
    """One HTML file.

    Args:
        state: What is in force.
        validation: All measured rows, with the columns `id`, `input` and `expected`, or None before
            the split.
        predictions: Digest of an attempt's predictions → the predictions.
        next_command: The one command that comes next.
        written: When the page was written; shown as it is.
        costs: What the attempts cost, by the prices of the task; None leaves that out.
        redactor: Every text of a row goes through it; the rules alone redact if left out.
        top_words: Label → words that speak loudest for it, for the linear rung.
        present: The step that the task is at; gates of later ones are shown as *not yet*.
        prompts: Digest of an attempt's prompts → row id → what was asked; passages are left out
            without it.
        watched: How the release in production is watched; None leaves that out.
    """
    template = _environment().get_template("report.html")
    page = template.render(
        **_goal(state),
        **(climbed := _climb(state)),
        top_words=_shown_words(top_words or {}),
        **_costs(state, climbed, costs or Costs()),
        **_errors(state, validation, predictions, redactor or Redactor(), prompts),
        state=state,
        refits={one.id: LearningCurve.of(one) for one in state.refits},
        findings=sorted(state.findings, key=lambda found: SEVERITIES.index(found.severity)),
        gates=_gates(state, climbed, present),
        next_command=next_command,
        written=written,
        watched=watched,
        quality_weeks=quality.quality(watched) if watched is not None else "",
    )
    return wording.CONTROL.sub("�", page)


def _goal(state: State) -> dict[str, Any]:
    task = state.task["task"] if state.task else {}
    return {
        "goal": task.get("goal", "No goal yet"),
        "metric": task.get("metric", ""),
        "target": float(task.get("target", 0.0)),
        "greater": bool(state.goal["greater"]) if state.goal else True,
        "kind": task.get("kind", "classify"),
        "generates": not kind_named(task.get("kind", "classify")).labels,
    }


def _costs(state: State, climbed: dict[str, Any], costs: Costs) -> dict[str, Any]:
    shown = climbed["attempts"], climbed["baseline"], climbed["selected"]
    return {"calls": costs.calls, "worth": worth(state, *shown, costs)}


def _attempts(state: State) -> list[Evidence]:
    """Those measured with the goal's present metric, as the goal may have been changed."""
    metric = _goal(state)["metric"]
    return [attempt for attempt in state.attempts if attempt.goal.metric == metric]


def selected_attempt(state: State) -> Evidence | None:
    """The attempt that was tested, else the one that would be."""
    goal, attempts = _goal(state), _attempts(state)
    if state.test is not None:
        return next((a for a in attempts if a.id == state.test.attempt), None)
    return selected_of(state, attempts, goal["target"], goal["greater"])


def _climb(state: State) -> dict[str, Any]:
    goal, attempts, selected = _goal(state), _attempts(state), selected_attempt(state)
    target, greater = goal["target"], goal["greater"]
    baseline = standing.baseline(attempts, greater)
    rungs = standings(
        attempts, state.skipped, selected, baseline, greater=greater, kind=goal["kind"]
    )
    return {
        "selected": selected,
        "baseline": baseline,
        "attempts": sorted(attempts, key=lambda attempt: attempt.height),
        "stopped": {rung: why for rung, why in state.skipped.items() if why.startswith(STOPPED)},
        "sentence": sentence(state, selected, target, greater=greater),
        "figures": figures(state, selected, target, greater=greater),
        "standings": rungs,
        "ladder": ladder.ladder(rungs, goal["metric"], target, greater=greater),
        "narrow_ladder": narrow_ladder.ladder(rungs, goal["metric"], target, greater=greater),
        "ci": f"{100 * selected.goal.level if selected else 95:g} % CI",
        "searches": _searches(attempts),
        "curves": [_curves(attempt, target) for attempt in attempts if attempt.curve],
    }


def _searches(attempts: Sequence[Evidence]) -> dict[str, Any] | None:
    """Recall of every search that was compared, and of what would find more."""
    found = retrieval_recall.of(attempts)
    if found is None:
        return None
    every = found.get("searches") or [found]
    rows = [{"name": retrieval_recall.NAMES[one["search"]], **one} for one in every]
    ideas = [
        {**one, "name": f"{one['name']}, by {retrieval_recall.NAMES[one['search']]}"}
        for one in found.get("ideas", ())
    ]
    return {"rows": [*rows, *ideas], "chosen": retrieval_recall.says(found)}


def _shown_words(top_words: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {
        label: redacted(pl.Series(words, dtype=pl.String)).to_list()
        for label, words in top_words.items()
        if words
    }


def _curves(attempt: Evidence, target: float) -> dict[str, Any]:
    name = f"curve-{attempt.id[:12]}"
    pictures = [curve.losses(name, attempt.curve)]
    if any(epoch.validation_metric is not None for epoch in attempt.curve):
        pictures.append(curve.metrics(name, attempt.goal.metric, attempt.curve, target))
    return {"attempt": attempt, "pictures": pictures}


def _gates(state: State, climbed: dict[str, Any], present: str) -> list[dict[str, Any]]:
    """Verdicts in the order of the steps that they stand before, those needed no more marked."""
    goal, chosen = _goal(state), climbed["selected"]
    over = chosen is not None and (
        state.test is not None
        or standing.suffices(
            chosen, goal["target"], goal["greater"], rules_of(state.split), climbed["attempts"]
        )
    )
    told = []
    reached_by = chosen.rung if over else ""
    confirmed = confirms(state.verdicts.values())
    for recorded in state.verdicts.values():
        try:
            gate = plugins.load("gates", recorded.code)
            title, place = gate.title, STEPS.index(gate.before[0])
            looks = len(state.looks)
            verdict = as_needed(recorded, gate.before, reached_by, looks, confirmed=confirmed)
            early = is_early(verdict, gate.before, present)
        except PluginError:
            title, place, verdict, early = recorded.code, len(STEPS), recorded, False
        needless = verdict.reason.startswith(NOT_NEEDED)
        ruling = "not needed" if needless else "not yet" if early else verdict.verdict
        told.append({"verdict": verdict, "ruling": ruling, "title": title, "place": place})
    return sorted(told, key=lambda gate: (gate["place"], gate["verdict"].code))


def _errors(
    state: State,
    validation: pl.DataFrame | None,
    predictions: Callable[[str], Predictions],
    redactor: Redactor,
    prompts: Callable[[str], Mapping[str, str]] | None,
) -> dict[str, Any]:
    goal = _goal(state)
    selected = selected_attempt(state) or most_telling(_attempts(state), greater=goal["greater"])
    if selected is None or validation is None or state.split is None:
        return {"confusion": None, "wrote": None}
    answers = predictions(selected.predictions)
    # Not every attempt answered every row: some rungs are measured on validation alone.
    answered = pl.DataFrame({"id": answers.ids})
    rows = answered.join(validation, on="id", how="left", maintain_order="left")
    if goal["generates"]:
        looked_up = prompts is not None and "search" in selected.configuration
        asked = prompts(selected.prompts) if prompts is not None and looked_up else {}
        return {
            "confusion": None,
            "shown": selected,
            "wrote": wrong_texts(rows, answers, WORST, redactor, asked),
            "fields": sorted(
                field_scores(rows["expected"], answers.outputs),
                key=lambda one: max(one.support, one.answered) - one.right,
                reverse=True,
            ),
            "texts": _texts(state, validation, redactor),
        }
    counted = confusion(rows["expected"], answers.outputs, state.split.classes)
    many = len(counted.classes) > matrix.FEW
    if many:
        counted = closest_first(counted)
    pairs = confused_pairs(counted, PAIRS)
    return {
        "wrote": None,
        "confusion": counted,
        "pairs": pairs,
        "matrix": matrix.matrix(counted, pairs),
        "numbered": many,
        "worst": worst_answers(rows, answers, WORST, redactor),
        "texts": _texts(state, validation, redactor),
        "classes": class_rows(selected.per_class),
        "shown": selected,
        "review": review_section(state, selected, rows, answers),
        "thresholds": thresholds(goal["metric"], rows, answers, selected.goal),
        "weakest": WEAKEST,
    }


def _texts(state: State, validation: pl.DataFrame, redactor: Redactor) -> dict[str, str]:
    """The inputs, redacted, of the rows that failure groups name as examples."""
    named = {id_ for groups in state.failures.values() for g in groups for id_ in g.examples[:1]}
    rows = validation.filter(validation["id"].is_in(sorted(named)))
    return dict(zip(rows["id"].to_list(), redactor.cells(rows).to_list(), strict=True))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("rungwise.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named = (
        "value",
        "difference",
        "interval",
        "rows",
        "measurement",
        "short",
        "line",
        "prose",
        "row_id",
        "settings",
        "seconds",
    )
    environment.filters |= {name: getattr(wording, name) for name in named}
    environment.filters |= {"attempt": attempt_name, "asked": way_of_asking}
    environment.filters |= {
        "share": _share,
        "named": _named,
        "usd": usd,
        "percent": percent,
        "accepted": accepted,
    }
    environment.globals["wanted"] = wording.target
    return environment


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value, 1)


def _named(finding: Finding) -> str:
    """The title of a diagnosis, or the code of a finding whose plug-in is gone."""
    try:
        return str(plugins.load("diagnoses", finding.code).title)
    except PluginError:
        return finding.code
