"""The four reasons to tune, each with evidence that establishes it and evidence that does not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from tests.judged import sealed_result
from tests.made_colours import ROWS, context, task, tried

from rungwise import plugins
from rungwise.decisions.direction import decide
from rungwise.evaluation import retrieval_recall
from rungwise.evaluation.intervals import measure
from rungwise.evaluation.metrics import find
from rungwise.evaluation.proportions import wilson
from rungwise.money import CallCost, Costs, Latency
from rungwise.records import Evidence, ReleaseRecord, Verdict, to_json
from rungwise.table import Predictions
from rungwise.task import parse


def judged(*ladder: tuple[Evidence, Predictions], **facts: Any) -> Verdict:
    verdict: Verdict = plugins.load("gates", "tuning_earned").judge(context(*ladder, **facts))
    assert verdict.reason.endswith(".") and "  " not in verdict.reason
    assert "None" not in verdict.reason
    json.dumps(to_json(verdict.numbers), allow_nan=False)
    return verdict


def costs(**calls: CallCost) -> Costs:
    return Costs({name.replace("__", "-"): call for name, call in calls.items()})


PROMPT, SHOTS = tried("prompt", 10, 100), tried("few_shot", 50, 62)


def test_form_is_wrong_and_no_prompt_mends_it() -> None:
    found = judged(PROMPT, SHOTS, about=task(need={"wrong": ["style"]}))
    assert found.verdict == "pass"
    assert "62 of 100 failures of few_shot (62 % [52, 71]) are of form (42) or structure (20)" in (
        found.reason
    )
    assert "style (as stated)" in found.reason
    told = found.numbers["triggers"]["style"]
    assert (told["low"], told["high"]) == wilson(62, 100, 0.95)


def test_prompts_that_were_never_asked_have_no_style() -> None:
    attempt, outputs = SHOTS
    for unasked, standing in ((0, "holds"), (ROWS // 2, "holds"), (ROWS // 2 + 1, "unknown")):
        facts = {**attempt.details, "unasked": unasked, "rows": ROWS}
        found = judged(PROMPT, (replace(attempt, details=facts), outputs))
        assert found.numbers["triggers"]["style"]["standing"] == standing
    assert found.verdict != "pass"


ENGLISH = "The shop in the old town opens at nine o'clock in the morning on every day of the week."
GERMAN = "Das Geschäft in der Altstadt öffnet jeden Tag der Woche um neun Uhr morgens seine Türen."
OTHER = "Nobody has told us when the shop in the old town will be open, so please ask there again."


@pytest.mark.parametrize(
    ("told", "ended", "counts", "standing"),
    [
        (OTHER, "stop", (0, 100, 0), "fails"),
        (OTHER, "length", (0, 0, 100), "unknown"),
        (GERMAN, "stop", (100, 0, 0), "holds"),
    ],
)
def test_another_language_is_of_form_and_a_cut_is_neither_form_nor_content(
    told: str, ended: str, counts: tuple[int, int, int], standing: str
) -> None:
    attempt, answers = SHOTS
    outputs = pl.Series([ENGLISH] * 50 + [told] * 100)
    written = pl.DataFrame({"ended": ["stop"] * 50 + [ended] * 100})
    texts = replace(answers, outputs=outputs, written=written)
    truth = pl.Series([ENGLISH] * ROWS)
    found = judged((attempt, texts), expected=lambda: truth).numbers["triggers"]["style"]
    assert (found["of_form"], found["of_content"], found["cut"]) == counts
    assert (found["failures"], found["standing"]) == (100, standing)


def test_evidence_speaks_where_nobody_did() -> None:
    found = judged(PROMPT, SHOTS)
    assert found.verdict == "pass" and "which nobody stated" in found.reason
    assert "nobody is named who maintains it" in found.reason
    kept = judged(PROMPT, SHOTS, about=task(owners={"operations": "Ada"}))
    assert kept.numbers["resources"] == {
        "train": 5000, "measured_on": ROWS, "maintained_by": "Ada",
    }  # fmt: skip


def test_a_stated_reason_without_evidence_does_not_pass() -> None:
    content = tried("few_shot", 50, 20)
    found = judged(PROMPT, content, about=task(need={"wrong": ["style"]}))
    assert found.verdict == "hold"
    assert "20 of 100 failures" in found.reason and "80 say something wrong" in found.reason
    assert "calls_per_month: 40000" in found.reason, "what could still be stated"


@pytest.mark.parametrize(
    ("told", "ruling"), [("The answer is 7.", "hold"), ("The answer is {right}.", "pass")]
)
def test_a_base_that_computes_wrong_is_changed_and_not_trained(told: str, ruling: str) -> None:
    """Sums: the right number stands in each answer, and in the first case another is the last."""
    attempt, answers = SHOTS
    truth = [str(20 + row) for row in range(ROWS)]
    outputs = [f"{right} apples and some more. {told.format(right=right)}" for right in truth]
    texts = replace(answers, outputs=pl.Series(outputs))
    goal = measure(find("exact_match"), pl.Series(truth), texts, "validation", task().policy)
    ladder = [(replace(attempt, goal=goal), texts)]
    found = judged(*ladder, expected=lambda: pl.Series(truth))
    assert found.verdict == ruling, found.reason
    assert ("change the base" in found.reason) == (ruling == "hold")
    facts = context(*ladder, expected=lambda: pl.Series(truth), remaining=("lora",))
    direction = decide(facts, [found])
    assert direction.move == ("change the base" if ruling == "hold" else "go on")
    if ruling == "hold":
        assert "150 of 150 failures say something wrong" in direction.reason
        assert direction.ways[0].startswith("Another base model")


@pytest.mark.parametrize("remaining", [(), ("lora",)])
def test_answers_that_were_cut_ask_for_room_and_not_for_another_base(
    remaining: tuple[str, ...],
) -> None:
    attempt, answers = SHOTS
    outputs = pl.Series([ENGLISH] * 50 + [OTHER] * 100)
    written = pl.DataFrame({"ended": ["stop"] * 50 + ["length"] * 100})
    texts = replace(answers, outputs=outputs, written=written)
    truth, ladder = pl.Series([ENGLISH] * ROWS), [(attempt, texts)]
    found = judged(*ladder, expected=lambda: truth)
    assert found.verdict == "hold"
    direction = decide(context(*ladder, expected=lambda: truth, remaining=remaining), [found])
    assert direction.move == "go on" and "100 of 100 failures were cut" in direction.reason
    assert "`generation.max_tokens`" in direction.ways[0]


def test_half_of_the_failures_is_open() -> None:
    found = judged(PROMPT, tried("few_shot", 50, 52))
    assert found.verdict == "inconclusive"
    assert found.numbers["rows_to_settle"] > ROWS


def test_form_alone_is_no_reason_where_the_interval_holds_the_target() -> None:
    near = tried("few_shot", 130, 20)
    assert near[0].goal.high is not None and near[0].goal.high > 0.9
    assert judged(PROMPT, near).verdict == "inconclusive"


VOLUME = {"wrong": ["volume"], "calls_per_month": 40_000}
CONTENT = tried("few_shot", 50, 20)
DEAR = costs(few_shot__50__20=CallCost(0.02, "as stated"), prompt__10__100=CallCost(0.001, "x"))


@pytest.mark.parametrize(
    ("need", "people", "ruling"),
    [
        (VOLUME, 5000, "pass"),  # 0.019 × 40,000 = 760 a month: 6.6 months
        (VOLUME, 10_000, "hold"),  # 13.2 months
        (VOLUME | {"calls_per_month": 400}, 0, "hold"),
    ],
)
def test_volume_pays_tuning_back_or_not(need: Any, people: float, ruling: str) -> None:
    about = task(need=need, cost={"people": people})
    found = judged(PROMPT, CONTENT, about=about, costs=DEAR)
    assert found.verdict == ruling, found.reason
    if need["calls_per_month"] > 1000:
        told = found.numbers["triggers"]["volume"]
        assert told["payback_months"] == pytest.approx(people / (0.019 * 40_000))
    else:
        assert "400 calls a month are few" in found.reason


@pytest.mark.parametrize(
    ("right", "worth", "people", "ruling"),
    [
        # .333 right: 15 % of it are 5 points; 5 × 2 USD × 40 thousand calls are 400 USD a month.
        (50, 2.0, 4_000, "pass"),  # 10 months
        (50, 2.0, 6_000, "hold"),  # 15 months
        (50, 0.0, 4_000, "hold"),
        (0, 1_000.0, 1, "hold"),  # nothing is right yet: the base is what to change
        (150, 2.0, 0, "hold"),  # reaches the target: stop there
        (130, 50.0, 100, "inconclusive"),  # .867 [.80, .91]: the prompt may reach the target
    ],
)
def test_better_answers_pay_tuning_back_or_not(
    right: int, worth: float, people: float, ruling: str
) -> None:
    need = {"wrong": ["volume"], "calls_per_month": 40_000, "value_per_point": worth}
    about = task(need=need, cost={"people": people})
    found = judged(tried("prompt", 0), tried("few_shot", right, 0), about=about)
    assert found.verdict == ruling, found.reason
    if found.verdict == "pass":
        told = found.numbers["triggers"]["volume"]
        assert told["least_gain"] == pytest.approx(0.05)
        assert told["worth_usd"] == pytest.approx(400)
        assert told["payback_months"] == pytest.approx(10)
        assert "5.0 points of exact_match over few_shot, worth 400 USD a month" in found.reason


def test_what_better_answers_are_worth_is_asked_for_at_a_large_volume() -> None:
    found = judged(PROMPT, CONTENT, about=task(need=VOLUME, cost={"people": 100}))
    assert found.verdict == "hold" and "need.value_per_point" in found.reason
    stated = task(need=VOLUME | {"value_per_point": 2.0})
    unknown = judged(PROMPT, CONTENT, about=stated)
    assert unknown.verdict == "hold"
    assert "paid back if that costs at most 4,800 USD; state it as `cost.people`" in unknown.reason


def test_what_a_call_costs_is_asked_for_where_it_is_not_known() -> None:
    found = judged(PROMPT, CONTENT, about=task(need=VOLUME))
    assert found.verdict == "hold" and "is not known" in found.reason


def rag(recall: float, right: int = 50) -> tuple[Evidence, Predictions]:
    low, high = wilson(recall * 100, 100, 0.95)
    told = {"value": recall, "low": low, "high": high, "rows": 100}
    return tried("rag", right, 5, details={"retrieval": {"recall@5": told}})


def test_retrieval_finds_it_and_the_answers_are_wrong() -> None:
    found = judged(PROMPT, rag(0.97), about=task(need={"wrong": ["knowledge"]}))
    assert found.verdict == "pass"
    assert "retrieval has recall@5 0.97" in found.reason and "yet the answers are wrong" in (
        found.reason
    )


IDEAS = [
    {"kind": "title", "name": "the title above each chunk", "settings": "retrieval.title=given",
     "search": "fused", "recall@5": {"value": 0.52, "low": 0.45, "high": 0.59, "rows": 168}},
]  # fmt: skip


def poor(recall: float = 0.4, rows: int = 168) -> tuple[Evidence, Predictions]:
    shares = {}
    for k, share in ((1, recall / 2), (5, recall), (10, recall + 0.1)):
        low, high = wilson(share * rows, rows, 0.95)
        shares[f"recall@{k}"] = {"value": share, "low": low, "high": high, "rows": rows}
    told = {"search": "fused", "by": "document", **shares, "ideas": IDEAS}
    return tried("rag", 40, 40, details={"retrieval": told})


def test_retrieval_that_misses_is_improved_first() -> None:
    found = judged(PROMPT, rag(0.5), about=task(need={"wrong": ["knowledge"]}))
    assert found.verdict == "hold" and "improve it first" in found.reason
    assert judged(PROMPT, rag(0.91)).verdict == "inconclusive"


@pytest.mark.parametrize(
    "need",
    [{"wrong": ["knowledge"], "knowledge_changes": "monthly"}, {"wrong": ["knowledge"]},
     {"wrong": ["privacy"]}, {"knowledge_changes": "daily"}],
)  # fmt: skip
def test_poor_retrieval_holds_whatever_the_style_is(need: Any) -> None:
    """Style is open, then it holds, and nobody has stated it."""
    for formal in (55, 90):
        style = tried("few_shot", 45, formal)
        found = judged(PROMPT, style, poor(), about=task(need=need))
        assert found.verdict == "hold", found.reason
        assert "retrieval misses what would help in 60 % of questions (recall@5 40 % [33, 48]" in (
            found.reason
        )
        assert "the title above each chunk, searched by words and meaning: recall@5 52 %" in (
            found.reason
        )
        assert found.numbers["triggers"]["knowledge"]["improve"] == "R39"


def test_poor_retrieval_beside_another_stated_reason_that_holds() -> None:
    style = tried("few_shot", 45, 90)
    found = judged(PROMPT, style, poor(), about=task(need={"wrong": ["knowledge", "style"]}))
    assert found.verdict == "pass" and "style (as stated)" in found.reason
    assert judged(PROMPT, style, poor()).verdict == "pass", "nobody says that knowledge is wrong"
    about = task().model_copy(update={"data": task().data.model_copy(update={"documents": "d"})})
    assert judged(PROMPT, style, poor(), about=about).verdict == "pass"
    found = judged(PROMPT, tried("few_shot", 45, 0), poor(), about=about)
    assert found.verdict == "hold" and "Tuning is not earned: retrieval" in found.reason


def test_what_nobody_stated_does_not_open_what_was_stated() -> None:
    half = tried("few_shot", 50, 52)  # whether style is what is wrong is open
    assert judged(PROMPT, half).verdict == "inconclusive"
    for wrong in (["volume"], ["latency"]):
        found = judged(PROMPT, half, about=task(need={"wrong": wrong}))
        told = found.reason.partition("reasons to tune holds: ")[2]
        assert found.verdict == "hold"
        assert told.startswith(f"{'speed' if wrong == ['latency'] else wrong[0]} (as stated): ")


@pytest.mark.parametrize("changes", [None, "never", "monthly"])
def test_knowledge_without_documents_is_looked_up_before_it_is_trained(changes: str | None) -> None:
    need = {"wrong": ["knowledge"], "knowledge_changes": changes}
    about = task(need=need)
    ladder = (PROMPT, tried("few_shot", 5, 5))
    found = judged(*ladder, about=about)
    assert found.verdict == "hold" and "data.documents" in found.reason
    direction = decide(context(*ladder, about=about, remaining=("lora",)), [found])
    assert direction.move == "improve retrieval"
    assert len(direction.ways) == 1 and "`data.documents`" in direction.ways[0]
    hidden = judged(*ladder, about=task(need=need | {"private": True}))
    assert "data.documents" not in hidden.reason, "what is private cannot be looked up"


def test_decide_names_the_ideas_with_their_recall() -> None:
    about = task(need={"wrong": ["knowledge"]})
    facts = context(PROMPT, poor(), about=about, remaining=("lora", "rag_lora"))
    earned = judged(PROMPT, poor(), about=about)
    found = decide(facts, [earned])
    assert found.move == "improve retrieval"
    assert "retrieval misses what would help in 60 % of questions" in found.reason
    assert (
        "The title above each chunk, searched by words and meaning: recall@5 52 % [45, 59]"
        in (found.ways[0])
    )
    assert "`rungwise run --set retrieval.title=given`" in found.ways[0]


def test_the_search_on_record_is_the_one_that_finds_most() -> None:
    found = retrieval_recall.of([poor(0.4)[0], poor(0.6)[0], poor(0.5)[0], PROMPT[0]])
    assert found is not None and found["recall@5"]["value"] == 0.6
    assert retrieval_recall.says(found).startswith(
        "Search by words and meaning: recall@1 30 % [24, 37], recall@5 60 % [52, 67], recall@10"
    )


def test_copies_are_no_reason_to_tune_or_not() -> None:
    """Style is read from what a model wrote, though copying has the higher value."""
    copied = tried("copy_nearest", 60)
    found = judged(copied, PROMPT, SHOTS)
    assert found.verdict == "pass" and "failures of few_shot" in found.reason
    recorded = plugins.load("gates", "baseline_recorded").judge(context(copied, PROMPT, SHOTS))
    assert recorded.reason.startswith("The baseline is copy_nearest")
    told = recorded.numbers["copying"]
    assert told["difference"] == pytest.approx(-10 / 150) and told["high"] < 0
    assert "copying is better" in recorded.reason
    chosen = decide(context(copied, PROMPT, SHOTS), [])
    assert "Copying alone has exact_match 40.0 %" in chosen.reason, chosen.reason
    test = sealed_result(SHOTS[0], 0.35, 0.3, 0.4)
    about = context(copied, PROMPT, SHOTS, test=test)
    released = ReleaseRecord("v1.0", SHOTS[0].id, "split-1", "m", "releases/v1.0", ())
    for facts in (about, replace(about, releases=(released,))):
        said = decide(facts, []).reason
        assert "Copying alone has exact_match 40.0 %" in said, said


def test_facts_that_change_are_looked_up() -> None:
    need = {"wrong": ["knowledge"], "knowledge_changes": "weekly", "private": True}
    found = judged(PROMPT, CONTENT, about=task(need=need))
    assert found.verdict == "hold" and "retrieval comes first" in found.reason
    lasting = need | {"knowledge_changes": "never", "wrong": ["privacy"]}
    assert judged(PROMPT, CONTENT, about=task(need=lasting)).verdict == "pass"


def slow(milliseconds: float) -> CallCost:
    alone = Latency(milliseconds, 0.9 * milliseconds, 1.1 * milliseconds, 6)
    return CallCost(0.001, "as stated", latency=alone)


@pytest.mark.parametrize(
    ("shots", "prompt", "ruling"),
    [(900, 200, "pass"), (900, 800, "hold"), (300, 200, "hold"), (510, 200, "inconclusive")],
)
def test_answers_are_too_slow_and_a_tuned_models_would_not_be(
    shots: float, prompt: float, ruling: str
) -> None:
    about = task(need={"wrong": ["latency"], "latency_ms": 500})
    measured = costs(few_shot__50__20=slow(shots), prompt__10__100=slow(prompt))
    assert judged(PROMPT, CONTENT, about=about, costs=measured).verdict == ruling


def test_the_time_of_what_was_tuned_replaces_the_estimate() -> None:
    about = task(need={"wrong": ["latency"], "latency_ms": 500})
    lora = tried("lora", 40, 0)
    measured = costs(few_shot__50__20=slow(900), prompt__10__100=slow(200), lora__40__0=slow(700))
    assert judged(PROMPT, CONTENT, lora, about=about, costs=measured).verdict == "hold"


def test_a_call_may_cost_too_much() -> None:
    about = task(need={"wrong": ["cost"], "cost_per_call": 0.005})
    found = judged(PROMPT, CONTENT, about=about, costs=DEAR)
    assert found.verdict == "pass" and "cost 20,000 USD" in found.reason
    roomy = task(need={"wrong": ["cost"], "cost_per_call": 0.05})
    assert judged(PROMPT, CONTENT, about=roomy, costs=DEAR).verdict == "hold"


def test_a_task_of_labels_is_asked_only_where_a_need_is_stated() -> None:
    labels = {"goal": "Route to one of two teams with 90 percent accuracy", "metric": "accuracy",
              "target": 0.9}  # fmt: skip
    shown = tried("nearest", 50), tried("frozen", 60)
    plain = parse({"task": labels, "data": {"source": "x.csv"}})
    assert judged(*shown, about=plain).numbers.keys() == {"target", "rungs"}
    stated = parse({"task": labels, "data": {"source": "x.csv"}, "need": {"private": True}})
    assert "triggers" in judged(*shown, about=stated).numbers
