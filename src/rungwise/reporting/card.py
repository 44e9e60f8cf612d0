"""The model card: what a release is for, what it was measured to do, and where it fails (R71).

After Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv:1810.03993), with the front
matter that the Hugging Face hub reads.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePosixPath
from typing import Any

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
    sections = [
        _heading(manifest),
        _overrides(manifest),
        _accepted(manifest),
        _measured(state, manifest),
        _review(state, manifest),
        _limits(state, attempt),
        _data(state, manifest),
        _use(manifest),
        _chosen(state, manifest),
        _provenance(manifest),
    ]
    return _front_matter(manifest) + "\n".join(section for section in sections if section)


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
    return f"---\n{yaml.safe_dump(facts, sort_keys=False, allow_unicode=True)}---\n\n"


def _heading(manifest: Manifest) -> str:
    task, test = manifest.task["task"], manifest.test
    base = manifest.model.get("name")
    told = f" from {escaped(base)}" if base else ""
    said = f": {_measurement(test[0])}" if test else ""
    said += f" on the test, **{BELOW_TARGET}**" if manifest.below_target else ""
    return f"""# {escaped(task["goal"])}

Version **{manifest.version}**, made by the rung `{manifest.rung}`{told}{said}.

**Intended use.** {words(manifest).intended}
"""


def _overrides(manifest: Manifest) -> str:
    if not manifest.overrides:
        return ""
    told = "\n".join(
        f"> - `{one.gate}` by {escaped(one.name)} ({escaped(one.role)}), {one.time}: "
        f"{escaped(one.reason)}"
        for one in manifest.overrides
    )
    return f"> **Gates were overridden on the way to this release:**\n>\n{told}\n"


def _accepted(manifest: Manifest) -> str:
    go = manifest.go
    if go is None:
        return ""
    left_open = "\n".join(f"> - `{gate}`: {escaped(why)}" for gate, why in go.accepted.items())
    return (
        f"> **Go decision.** {escaped(go.name)} ({escaped(go.role)}) {escaped(accepted(go))}, "
        f"{go.time}: {escaped(go.reason)}\n>\n> The test left open:\n>\n{left_open}\n"
    )


def _measured(state: State, manifest: Manifest) -> str:
    seen = (
        f"\n**The test part was opened {manifest.unseal} times, so its numbers are no longer those "
        "of unseen rows.**\n"
        if manifest.unseal > 1
        else "\nThe test part was sealed before anything was trained and opened once.\n"
    )
    if not manifest.test:
        seen = (
            "\nThe documents that it looks answers up in have changed since the version before was "
            "tested. It was measured again on validation, and not tested.\n"
        )
    shown = [one for one in (*manifest.test, *manifest.validation) if "[" not in one.metric]
    lines = "\n".join(
        f"| {one.metric} | {wording.value(one)} | {wording.interval(one)} | {wording.rows(one)} |"
        for one in shown
    )
    apart = (
        "\nOn the test rows that nearly repeat no training row: "
        f"{_measurement(state.test.apart)}.\n"
        if manifest.test and state.test and state.test.apart
        else ""
    )
    foretold = state.test.expected if manifest.test and state.test else None
    expected = (
        f"\nFrom validation {_measurement(foretold)} was expected of rows composed as the test's.\n"
        if foretold
        else ""
    )
    return f"""## What it was measured to do
{seen}
| metric | value | interval | measured on |
|---|---|---|---|
{lines}
{apart}{expected}
Validation chose the settings and the rung, so its numbers are optimistic; the test's are not.
"""


def _review(state: State, manifest: Manifest) -> str:
    """How labels are decided, and when a person should look at one."""
    rule, test = manifest.thresholds, state.test
    if rule is None or test is None or test.review is None:
        return ""
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
    told.append(calibration(test))
    lines = "\n".join(f"- {line}" for line in told if line)
    return f"## When to ask a person\n\n{lines}\n"


def _limits(state: State, attempt: Evidence | None) -> str:
    if attempt is None:
        return ""
    weak = "\n".join(
        f"- {escaped(row.label)}: recall {wording.measurement(row.recall)}"
        for row in class_rows(attempt.per_class)[:WEAKEST]
        if row.recall is not None
    )
    wrong = "\n".join(_mistakes(state.failures.get(attempt.id, ())))
    read = "\n".join(
        f"- {finding.code}: {escaped(finding.title)}. {escaped(finding.advice)}"
        for finding in state.diagnoses.get(attempt.id, ())
    )
    told = (("Weakest classes", weak), ("Most frequent mistakes", wrong), ("Diagnosis", read))
    where = "cross-validated" if attempt.goal.on == "folds" else "on validation"
    parts = [f"{title}, {where}:\n\n{lines}\n" for title, lines in told if lines]
    return "## Limits\n\n" + "\n".join(parts) if parts else ""


def _mistakes(groups: Sequence[FailureGroup]) -> list[str]:
    """The largest groups of like failures; what is in none of them is no mistake of its own."""
    alike = [group for group in groups if group.name != MIXED]
    if groups and not alike:
        count = sum(group.count for group in groups)
        told = "no two alike" if count <= FEW else "no kind of them frequent"
        return [f"- {counted(count, 'mistake')}, {told}"]
    return [
        f"- {escaped(group.name)}: {group.count} ({percent(group.share)} of its failures)"
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


def _data(state: State, manifest: Manifest) -> str:
    split = state.split
    rows = wording.parts(split.rows) if split else "?"
    files = [f"| {escaped(path)} | `{digest}` |" for path, digest in manifest.sources.items()]
    aside = split.quarantined if split else {}
    told = [f"- {counted(count, 'row')} set aside: {escaped(why)}" for why, count in aside.items()]
    told += [
        f"- {finding.severity}: {escaped(finding.title)}"
        for finding in state.findings
        if finding.severity != "info"
    ]
    if words_held := personal_words(state, manifest.files):
        told.append(f"- {words_held}")
    lines = [
        "## Data",
        "",
        f"{rows} rows; split `{manifest.data}`.",
        "",
        "| file | sha256 |",
        "|---|---|",
        *files,
        "",
        *told,
    ]
    return "\n".join(lines).rstrip() + "\n"


def _use(manifest: Manifest) -> str:
    return f"""## How to use it

```
rungwise predict --release {manifest.version} new.csv -o answers.jsonl
```

{words(manifest).use}
"""


def _chosen(state: State, manifest: Manifest) -> str:
    known = {attempt.id: attempt for attempt in state.attempts}
    rows = "\n".join(
        f"| {one.rung} | {escaped(wording.settings(one.configuration)) or '–'} "
        f"| {_measurement(one.goal)} | `{one.id}` |"
        for one in (known[id_] for id_ in manifest.evidence if id_ in known)
    )
    if not rows:
        return ""
    return f"""## What it was chosen among

| rung | settings | goal | evidence |
|---|---|---|---|
{rows}
"""


def _provenance(manifest: Manifest) -> str:
    digest, versions = manifest.model.get("digest"), manifest.versions
    base = f" (`{digest}`)" if digest else ""
    lines = [
        f"- made: {manifest.created}",
        f"- attempt: `{manifest.attempt}`",
        *(
            [f"- fitted once more, to train and validation: `{manifest.refit}`"]
            if manifest.refit
            else []
        ),
        f"- settings: {escaped(wording.settings(manifest.configuration)) or '–'}",
        f"- base model: {escaped(manifest.model.get('name') or 'none')}{base}",
        f"- versions: {', '.join(f'{name} {number}' for name, number in versions.items())}",
    ]
    return "## Provenance\n\n" + "\n".join(lines) + "\n"


def _measurement(measured: Measurement) -> str:
    return f"{escaped(measured.metric)} {wording.measurement(measured)}"
