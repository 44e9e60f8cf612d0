"""The model card: what a release is for, what it was measured to do, and where it fails (R71).

After Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv:1810.03993), with the front
matter that the Hugging Face hub reads.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from rungwise.evaluation.calibration import calibration
from rungwise.evaluation.failures import EVEN_PART, MIXED, NAMED_FROM
from rungwise.evaluation.wording import BELOW_TARGET, accepted, counted
from rungwise.ledger.state import State
from rungwise.percent import percent
from rungwise.records import Evidence, FailureGroup, Measurement
from rungwise.release.manifest import Manifest
from rungwise.reporting import wording
from rungwise.reporting.card_words import words
from rungwise.reporting.classes import class_rows
from rungwise.reporting.guideline import escaped

if TYPE_CHECKING:
    from jinja2 import Environment

WEAKEST, GROUPS = 5, 5
VOCABULARY = "vocabulary.json"
FEW = NAMED_FROM * EVEN_PART
"""Among so many failures every two that are alike have a group of their own."""


def card(state: State, manifest: Manifest) -> str:
    """The release's README.md.

    Args:
        state: What is in force when the release is made.
        manifest: The release's facts.
    """
    attempt = next((one for one in state.attempts if one.id == manifest.attempt), None)
    attempts = {one.id: one for one in state.attempts}
    on = "cross-validated" if attempt and attempt.goal.on == "folds" else "on validation"
    measured = [one for one in (*manifest.test, *manifest.validation) if "[" not in one.metric]
    return (
        _environment()
        .get_template("card.md")
        .render(
            release=manifest,
            front_matter=_front_matter(manifest),
            base=manifest.model.get("name"),
            below_target=BELOW_TARGET,
            words=words(manifest),
            measured=measured,
            test=state.test if manifest.test else None,
            review=_review(state, manifest),
            limits=_limits(state, attempt) if attempt else [],
            limits_on=on,
            rows=wording.parts(state.split.rows) if state.split else "?",
            data=_data(state, manifest),
            chosen=[attempts[id_] for id_ in manifest.evidence if id_ in attempts],
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("rungwise.reporting"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    named = ("value", "interval", "rows", "settings")
    environment.filters |= {name: getattr(wording, name) for name in named}
    environment.filters |= {"md": escaped, "measured": _measurement, "accepted": accepted}
    return environment


def _front_matter(manifest: Manifest) -> str:
    import yaml

    source, told = next(iter(manifest.sources), "data"), words(manifest)
    result = {
        "task": {"type": told.pipeline},
        "dataset": {
            "name": PurePosixPath(source).name,
            "type": "private",
            "split": "test",
            "revision": manifest.data[:16],
        },
        "metrics": [
            {"type": one.metric, "value": round(one.value, 4), "name": f"{one.metric} (test)"}
            for one in manifest.test
            if "[" not in one.metric
        ],
    }
    facts: dict[str, Any] = {
        "library_name": told.library,
        "pipeline_tag": told.pipeline,
        "tags": ["rungwise", told.pipeline],
        "metrics": [manifest.task["task"]["metric"]],
        "model-index": [{"name": f"rungwise {manifest.version}", "results": [result]}],
    }
    if manifest.model.get("name"):
        facts["base_model"] = manifest.model["name"]
    return str(yaml.safe_dump(facts, sort_keys=False, allow_unicode=True))


def _review(state: State, manifest: Manifest) -> list[str]:
    """How labels are decided, and when a person should look at one."""
    rule, test = manifest.thresholds, state.test
    if rule is None or test is None or test.review is None:
        return []
    told = [test.review.reason]
    if rule.least is not None:
        told.insert(
            0,
            f"`{escaped(rule.label)}` is answered from a probability of {rule.least:.3f} on, else "
            "the most probable other label.",
        )
    if rule.review is not None:
        kinds = [f"has a confidence below {rule.review:.3f}"] if rule.review else []
        if rule.distance is not None:
            kinds.append("lies far from every training row")
        if kinds:
            told.append(f"A row that {' or '.join(kinds)} has `review` set: ask a person.")
    return [line for line in (*told, calibration(test)) if line]


def _limits(state: State, attempt: Evidence) -> list[tuple[str, list[str]]]:
    weak = [
        f"{escaped(row.label)}: recall {wording.measurement(row.recall)}"
        for row in class_rows(attempt.per_class)[:WEAKEST]
        if row.recall is not None
    ]
    read = [
        f"{finding.code}: {escaped(finding.title)}. {escaped(finding.advice)}"
        for finding in state.diagnoses.get(attempt.id, ())
    ]
    wrong = _mistakes(state.failures.get(attempt.id, ()))
    told = (("Weakest classes", weak), ("Most frequent mistakes", wrong), ("Diagnosis", read))
    return [(title, lines) for title, lines in told if lines]


def _mistakes(groups: Sequence[FailureGroup]) -> list[str]:
    """The largest groups of like failures; what is in none of them is no mistake of its own."""
    alike = [group for group in groups if group.name != MIXED]
    if groups and not alike:
        count = sum(group.count for group in groups)
        told = "no two alike" if count <= FEW else "no kind of them frequent"
        return [f"{counted(count, 'mistake')}, {told}"]
    return [
        f"{escaped(group.name)}: {group.count} ({percent(group.share)} of its failures)"
        for group in alike[:GROUPS]
    ]


def personal_words(state: State, files: Collection[str]) -> str:
    """What a release of words says of personal values in them, and how to leave them out.

    Args:
        state: What is in force; its findings say what training rows hold.
        files: Names of the files of the release.

    Returns:
        One line, or "" if no file holds words of the training texts or nothing was found in them.
    """
    found = [
        finding
        for finding in state.findings
        if finding.code.startswith("personal.")
        and not finding.code.endswith("_in_output")
        and finding.numbers.get("values")
        and finding.points_into("train")
    ]
    if VOCABULARY not in files or not found:
        return ""
    codes = ", ".join(f"{one.code} in {counted(one.numbers['train'], 'row')}" for one in found)
    accepted = " ".join(f"--accept {one.code}=redact" for one in found)
    return (
        f"`{VOCABULARY}` holds words of the training texts, and these hold personal values: "
        f"{codes}. Whoever gets the release can read such words. To leave them out: "
        f"`rungwise curate {accepted}`, then audit and run again"
        + (
            "; a further look at the test part needs a named override of `test_once`."
            if state.looks
            else ", before the test part is opened."
        )
    )


def _data(state: State, manifest: Manifest) -> list[str]:
    aside = state.split.quarantined if state.split else {}
    told = [f"{counted(count, 'row')} set aside: {escaped(why)}" for why, count in aside.items()]
    told += [
        f"{finding.severity}: {escaped(finding.title)}"
        for finding in state.findings
        if finding.severity != "info"
    ]
    held = personal_words(state, manifest.files)
    return [*told, held] if held else told


def _measurement(measured: Measurement) -> str:
    return f"{escaped(measured.metric)} {wording.measurement(measured)}"
