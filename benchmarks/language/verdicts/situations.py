"""The twelve situations and their right verdicts, cheapest first; written before anything was run.

Requirements are those of `docs/requirements.md`.
"""

from __future__ import annotations

from typing import Any

from benchmarks.language.verdicts import made_rows, public_rows
from benchmarks.language.verdicts.situation import Premise, Right, Situation

THIRD, TWENTY = "policy.validation_share=0.3", "policy.evaluation_rows=20"
FEW = (THIRD, TWENTY, "generation.shots=10")
"""Twenty answers an attempt, ten examples: what two cores do in minutes."""
HALF, MOST = 0.5, 0.9
NONE, TEN = 0.1, 10


def _best(found: dict[str, Any]) -> dict[str, Any]:
    """The best attempt that asks a model and trains nothing."""
    asking = [one for one in found["attempts"] if one["rung"] in ("prompt", "few_shot", "rag")]
    return max(
        asking, key=lambda one: one["value"], default={"value": 0.0, "high": 1.0, "low": 0.0}
    )


def _solved_by(rung: str, target: float) -> Premise:
    def holds(found: dict[str, Any]) -> bool:
        own = [one["low"] for one in found["attempts"] if one["rung"] == rung]
        cheaper = [one["low"] for one in found["attempts"] if one["rung"] != rung]
        return max(own, default=0.0) >= target > max(cheaper, default=0.0)

    return Premise(f"the interval of {rung} clears {target:g}, that of nothing cheaper does", holds)


def _near(target: float) -> Premise:
    return Premise(
        f"the best prompt or examples have {HALF} or more, and less than {target:g} for certain",
        lambda found: _best(found)["value"] >= HALF and _best(found)["high"] < target,
    )


def _recall(found: dict[str, Any], end: str) -> float:
    return float(((found["retrieval"] or {}).get("recall@5") or {}).get(end, HALF))


def _letters(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


def _right_but_for_form(found: dict[str, Any]) -> bool:
    """Most wrong answers have the letters and digits of the right one, in its order."""
    wrong = [pair for pair in found["answers"] if pair[0] != pair[1]]
    form = sum(_letters(expected) in _letters(given) for expected, given in wrong)
    return len(wrong) >= TEN and form > HALF * len(wrong)


SITUATIONS = (
    Situation(
        name="labels",
        told="Requests to an assistant are to get one of seven names, and the team asks for text.",
        goal="Write the name of the intent of each request with at least 90 percent exact match",
        metric="exact_match", target=0.9, rows=public_rows.intents,
        need=("need.wrong=[style]", "need.calls_per_month=20000"),
        settings=FEW,
        right=Right(
            tunes=False, requirement="C6",
            because="seven outputs are labels: that is to classify, where seconds of a linear "
            "model do what a language model is tuned for",
            names=("task.kind=classify",),
        ),
        premise=Premise("at most ten different outputs", lambda found: found["outputs"] <= TEN),
    ),
    Situation(
        name="copying",
        told="Questions to a bank, and a desk that has one of twenty replies to each.",
        goal="Write the reply of the desk to each question with at least 50 percent exact match",
        metric="exact_match", target=0.5, rows=public_rows.replies,
        need=("need.wrong=[style]", "need.calls_per_month=20000", "need.knowledge_changes=never"),
        settings=(THIRD, "policy.evaluation_rows=100", "generation.shots=10"),
        right=Right(
            tunes=False, requirement="R43", move="stop", selected="copy_nearest",
            because="the output of the nearest row reaches the target and asks no model (C2): stop",
        ),
        premise=_solved_by("copy_nearest", 0.5),
    ),
    Situation(
        name="sums",
        told="Sums of three steps, and a model of 135 million parameters.",
        goal="Answer each sum with at least 50 percent final number match",
        metric="final_number", target=0.5, rows=made_rows.sums,
        need=("need.wrong=[style]", "need.calls_per_month=20000", "need.knowledge_changes=never"),
        settings=FEW,
        right=Right(
            tunes=False, requirement="R59", move="change the base",
            because="no answer is right in content: what the base cannot do is no style (R34)",
        ),
        premise=Premise(
            "at most one sum in ten is right",
            lambda found: _best(found)["value"] <= NONE,
        ),
    ),
    Situation(
        name="examples",
        told="The city of each order; the model needs to be shown what the answer looks like.",
        goal="Extract the city that each order is sent to with at least 60 percent exact match",
        metric="exact_match", target=0.6, rows=made_rows.deliveries,
        need=("need.wrong=[style]", "need.calls_per_month=20000", "need.knowledge_changes=never"),
        settings=FEW,
        right=Right(
            tunes=False, requirement="R43", move="stop", selected="few_shot",
            because="prompting is exhausted first (R29, R30), and examples reach the target: stop",
        ),
        premise=_solved_by("few_shot", 0.6),
    ),
    Situation(
        name="cut",
        told="Whole addresses, and a longest answer of eight tokens that somebody has set.",
        goal="Extract the address of each order with at least 60 percent exact match",
        metric="exact_match", target=0.6, rows=made_rows.addresses,
        need=("need.wrong=[style]", "need.calls_per_month=20000", "need.knowledge_changes=never"),
        settings=(*FEW, "generation.max_tokens=8"),
        right=Right(
            tunes=False, requirement="R34",
            because="what a cut answer would have said is not known: more room comes first",
            names=("generation.max_tokens",),
        ),
        premise=Premise(
            "no answer is as long as the expected one",
            lambda found: all(len(given) < len(expected) for expected, given in found["answers"]),
        ),
    ),
    Situation(
        name="knowledge",
        told="Who leads which team: only the rows say it, and no documents are given.",
        goal="Answer who leads which team with at least 60 percent exact match",
        metric="exact_match", target=0.6, rows=made_rows.teams,
        need=("need.wrong=[knowledge]", "need.calls_per_month=20000",
              "need.knowledge_changes=monthly"),
        settings=FEW,
        right=Right(
            tunes=False, requirement="R39", move="improve retrieval", names=("data.documents",),
            because="knowledge is looked up before it is trained (R29): nothing was searched yet",
        ),
        premise=Premise(
            "at most one answer in ten is right", lambda found: _best(found)["value"] <= NONE
        ),
    ),
    Situation(
        name="low_volume",
        told="Orders to JSON, right in most fields, for a shop with 200 orders a month.",
        goal="Extract each order as JSON with at least 97 percent field F1",
        metric="json_f1", target=0.97, rows=made_rows.orders,
        need=("need.wrong=[volume]", "need.calls_per_month=200", "need.value_per_point=0.5",
              "need.knowledge_changes=never", "cost.people=8000"),
        settings=FEW,
        right=Right(
            tunes=False, requirement="R35", names=("200 calls",),
            because="at low volume the return rarely closes",
        ),
        premise=_near(0.97),
    ),
    Situation(
        name="high_volume",
        told="The same orders, and two million of them a month: a small gain, many times.",
        goal="Extract each order as JSON with at least 97 percent field F1",
        metric="json_f1", target=0.97, rows=made_rows.orders,
        need=("need.wrong=[volume]", "need.calls_per_month=2000000", "need.value_per_point=0.5",
              "need.knowledge_changes=never", "cost.people=8000"),
        settings=FEW, after="low_volume",
        right=Right(
            tunes=True, requirement="R35", move="go on",
            because="a point is worth 1,000 USD a month, so that small gains compound",
        ),
        premise=_near(0.97),
    ),
    Situation(
        name="form",
        told="The city of each order as the label printer takes it: short names in small letters.",
        goal="Write the city of each order for the label with at least 90 percent exact match",
        metric="exact_match", target=0.9, rows=made_rows.label_names,
        need=("need.wrong=[style]", "need.calls_per_month=20000", "need.knowledge_changes=never"),
        settings=(THIRD, "policy.evaluation_rows=30", "generation.shots=10"),
        right=Right(
            tunes=True, requirement="R34", move="go on",
            because="what is said is right, how it is written is not, and no example mends it",
        ),
        premise=Premise(
            "most wrong answers hold the right letters and digits in the right order",
            _right_but_for_form,
        ),
    ),
    Situation(
        name="style",
        told="Facts about a restaurant to the sentence of a guide (E2E), 400,000 times a month.",
        goal="Write a sentence about a restaurant from its facts with at least 60 percent ROUGE-L",
        metric="rouge_l", target=0.6, rows=public_rows.restaurants,
        need=("need.wrong=[style, volume]", "need.calls_per_month=400000",
              "need.value_per_point=1", "need.knowledge_changes=never", "cost.people=8000"),
        settings=FEW,
        right=Right(
            tunes=True, requirement="R35", move="go on",
            because="consistent quality over many calls pays: a point is worth 400 USD a month",
        ),
        premise=Premise(
            "the best prompt or examples miss .6 for certain and have .2 or more",
            lambda found: _best(found)["high"] < 0.6 and _best(found)["value"] >= 0.2,
        ),
    ),
    Situation(
        name="poor_recall",
        told="Extensions of 60 branches: the page names its place once, far from the number.",
        goal="Answer which number to call with at least 40 percent answer F1",
        metric="answer_f1", target=0.4, rows=made_rows.branch_questions,
        documents=made_rows.branch_documents,
        need=("need.wrong=[knowledge]", "need.calls_per_month=20000",
              "need.knowledge_changes=monthly"),
        settings=FEW,
        right=Right(
            tunes=False, requirement="R39", move="improve retrieval",
            because="retrieval is not exhausted (R29): it misses what would help",
        ),
        premise=Premise(
            "all of recall@5 lies below .75", lambda found: _recall(found, "high") < 0.75
        ),
    ),
    Situation(
        name="good_recall",
        told="Questions about Wikipedia (SQuAD): the passage is found, and the answer is wrong.",
        goal="Answer the question about the documents with at least 60 percent answer F1",
        metric="answer_f1", target=0.6, rows=public_rows.wikipedia_questions,
        documents=public_rows.wikipedia,
        need=("need.wrong=[knowledge]", "need.calls_per_month=20000",
              "need.knowledge_changes=yearly"),
        settings=("policy.validation_share=0.4", "policy.evaluation_rows=12",
                  "generation.shots=10", "data.document=document"),
        right=Right(
            tunes=True, requirement="R39", move="go on",
            because="retrieval finds what is needed, the answers miss the target all the same "
            "(R36): tuning for structure, together with retrieval",
        ),
        premise=Premise(
            "recall@5 is .9 or more for certain, and the best answers miss .6 for certain",
            lambda found: _recall(found, "low") >= MOST and _best(found)["high"] < 0.6,
        ),
    ),
)  # fmt: skip
