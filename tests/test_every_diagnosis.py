"""One suite over every diagnosis there is, those of other packages included."""

from __future__ import annotations

import math
import re
from itertools import product
from pathlib import Path

import pytest
from tests.constructed import attempt, curve, diagnosed, measured

from rungwise import plugins
from rungwise.objects import canonical
from rungwise.protocols import Diagnosis, DiagnosisContext
from rungwise.records import Epoch, Finding, to_json

NAMES = plugins.names("diagnoses")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "diagnoses.md"
NAN = math.nan

CURVES: dict[str, tuple[Epoch, ...]] = {
    "no curve": (),
    "one epoch": curve([0.5], [0.6], [0.7]),
    "losses that are not numbers": curve([0.5, NAN, NAN], [0.6, math.inf, NAN], [0.5, NAN, 0.1]),
    "zeros": curve([0.0, 0.0], [0.0, 0.0], [0.0, 0.0]),
    "no metric": curve([0.9, 0.5, 0.1], [0.8, 0.5, 0.9]),
    "no training loss to speak of": curve([0.0, 0.0, 0.4], [0.3, 0.2, 0.4], [1, 1, 1]),
    "improving": curve([0.9, 0.6, 0.4], [0.8, 0.6, 0.5], [0.6, 0.7, 0.8]),
    "converged": curve([0.9, 0.4, 0.2], [0.8, 0.5, 0.5], [0.7, 0.8, 0.8]),
    "decayed": curve([0.9, 0.4, 0.2], [0.8, 0.5, 0.499], [0.7, 0.8, 0.8], [2e-4, 1e-4, 1e-6]),
    "overfitting": curve([0.9, 0.4, 0.1], [0.8, 0.5, 0.7], [0.7, 0.8, 0.7]),
    "overconfident": curve([0.9, 0.4, 0.1], [0.8, 0.5, 0.7], [0.7, 0.8, 0.9]),
    "swinging": curve([0.9, 0.5, 0.9, 0.5, 0.9], [0.8, 0.6, 0.8, 0.6, 0.8], rates=[1e-4] * 5),
    "flat": curve([0.693] * 3, [0.693] * 3, [0.5] * 3),
    "diverging": curve([0.7, 1.4], [0.7, 1.3], [0.5, 0.5]),
}
GOALS = {
    "high": measured(0.93, 0.91, 0.95),
    "low": measured(0.30, 0.27, 0.33),
    "on target": measured(0.90, 0.88, 0.92),
    "no interval": measured(0.999),
    "zero": measured(0.0, 0.0, 0.0),
    "one": measured(1.0, 1.0, 1.0, rows=1),
}
COPIES = Finding("overlap", "warn", "25 rows", "Look.", requirement="R21", count=25)


def contexts() -> list[DiagnosisContext]:
    """Every kind of attempt, beside none, one or many others, with full and empty classes."""
    recalls = (
        measured(0.95, 0.9, 1.0, metric="recall[late]"),
        measured(0.30, 0.2, 0.4, metric="recall[lost]"),
        measured(NAN, metric="recall[never seen]"),
    )
    made = []
    for points, goal, greater in product(CURVES.values(), GOALS.values(), (True, False)):
        for rung, rate in (("majority", None), ("nearest", None), ("frozen", None), ("lora", 2e-4)):
            about = attempt(
                rung,
                goal,
                curve=points,
                per_class=recalls,
                train_metric=0.5,
                configuration={"learning_rate": rate} if rate else {},
                details={"cut": 9, "rows": 50, "max_tokens": 16} if rate else {},
            )
            others = (
                attempt("majority", measured(0.2)),
                attempt("frozen", measured(0.92)),
                attempt("lora", measured(0.8), curve=points, configuration={"learning_rate": 1}),
            )
            target = 0.9 if greater else 0.1
            made.append(diagnosed(about, target=target, greater=greater))
            made.append(diagnosed(about, *others, target=target, greater=greater))
            made.append(
                diagnosed(
                    about,
                    *others,
                    target=0.2,
                    greater=greater,
                    train_counts={"late": 0, "lost": 0},
                    validation_counts={"late": 0, "lost": 0},
                    findings=(COPIES,),
                )
            )
    return made


@pytest.fixture(scope="module")
def everything() -> list[DiagnosisContext]:
    return contexts()


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_the_protocol(name: str) -> None:
    diagnosis: Diagnosis = plugins.load("diagnoses", name)
    assert re.fullmatch(r"R\d{1,2}", diagnosis.requirement)
    assert diagnosis.title and diagnosis.title[0].isupper()
    assert isinstance(diagnosis.rank, int)
    assert (type(diagnosis).__doc__ or "").startswith("Holds ")


@pytest.mark.parametrize("name", NAMES)
def test_it_never_fails_and_says_the_same_twice(
    name: str, everything: list[DiagnosisContext]
) -> None:
    diagnosis: Diagnosis = plugins.load("diagnoses", name)
    findings = [diagnosis.read(context) for context in everything]
    assert findings == [diagnosis.read(context) for context in everything]
    assert any(findings), "no context of the suite makes it hold"
    assert not all(findings), "it holds everywhere, so it says nothing"


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_carries_its_numbers_and_can_be_put_on_record(
    name: str, everything: list[DiagnosisContext]
) -> None:
    diagnosis: Diagnosis = plugins.load("diagnoses", name)
    for finding in filter(None, map(diagnosis.read, everything)):
        assert finding.code == name
        assert finding.requirement == diagnosis.requirement
        assert re.search(r"\d", finding.title), finding.title
        assert not re.search(r"\b(nan|inf|None)\b", finding.title + finding.advice), finding
        assert "\n" not in finding.title
        assert finding.advice.endswith(".")
        assert finding.numbers
        canonical(to_json(finding))


# ── the page ─────────────────────────────────────────────────────────────────────────────
def sections() -> dict[str, list[str]]:
    """Heading → its code blocks; what comes before the first named heading is under ""."""
    found: dict[str, list[str]] = {}
    heading = ""
    pattern = r"^#{2,3} +(?P<heading>[^\n]+)$|^```python\n(?P<code>.*?)^```$"
    for match in re.finditer(pattern, PAGE.read_text(encoding="utf-8"), re.M | re.S):
        if match["heading"]:
            heading = match["heading"].strip()
        else:
            found.setdefault(heading, []).append(match["code"])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_an_example_that_runs(name: str) -> None:
    blocks = sections()
    assert name in blocks, f"{PAGE.name} has no heading {name!r} with an example"
    example = "\n".join(blocks[name])
    assert f'diagnose("{name}"' in example
    assert "assert " in example
    space: dict[str, object] = {}
    exec(compile("\n".join(blocks[""]), PAGE.name, "exec"), space)
    exec(compile(example, f"{PAGE.name} {name}", "exec"), space)


def test_the_page_names_no_diagnosis_that_is_not_there() -> None:
    written = {heading for heading in sections() if re.fullmatch(r"[a-z_]+", heading)}
    assert written == set(NAMES)
