"""`ship`: freeze what was tested as a versioned release (R71, R72).

What is deployed is the export, so the export is what must answer as the evaluated model did:
it is asked every validation row again before the release gets its name.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from rungwise import plugins
from rungwise.data.seal import open_test
from rungwise.decision_rule import DecisionRule
from rungwise.decisions.holding import EXPORT, before
from rungwise.errors import GateHolds
from rungwise.evaluation.text_failures import cut
from rungwise.evaluation.unlabelled_faults import ask_for_json
from rungwise.plugins import kind_of
from rungwise.records import Evidence, ReleaseRecord, TestResult, to_json
from rungwise.release import reference
from rungwise.release.build import about_digest, build, digest
from rungwise.release.manifest import Manifest, contents
from rungwise.release.opened import opened
from rungwise.reporting.card import card, personal_words
from rungwise.reporting.runbook import runbook
from rungwise.workflow.alarms import owner
from rungwise.workflow.export_check import compared, notes
from rungwise.workflow.go import below_target, require_go, standing_open
from rungwise.workflow.judge import judge, require
from rungwise.workflow.monitoring_plan import confirmed, require_plan
from rungwise.workflow.release_version import next_version
from rungwise.workflow.test import restored
from rungwise.workflow.workspace import Workspace


def ship(
    workspace: Workspace, confirm_monitoring: str = "", *, candidate: bool = False
) -> ReleaseRecord:
    """Export the tested attempt, check the export, and keep it as the next version.

    What was shipped already is not shipped again: its release is returned.

    Args:
        workspace: The task folder.
        confirm_monitoring: Who in operations confirms the monitoring plan; "" if it was confirmed.
        candidate: Package it whatever the test leaves open: a refresh, whose promotion asks.

    Raises:
        GateHolds: There is no test that confirms and nobody has accepted what it left open; nobody
            has confirmed the monitoring plan; or the export answers differently.
        ModelError: The attempt cannot be exported (predictions read from a file).
    """
    open_gates = _left_open(workspace) if candidate else ()
    if not candidate:
        require(workspace, "ship", skip=(EXPORT,))
        require_go(workspace)
    result = workspace.state.test
    if result is None:
        raise GateHolds("Nothing was tested yet", "Run `rungwise test` first.")
    evidence = workspace.attempt(result.attempt)
    tested = workspace.state.refit(evidence.id) if result.refit else evidence
    assert tested is not None, "a test of a refit follows it"
    for release in workspace.state.releases:
        if release.attempt == evidence.id and (workspace.folder / release.folder).is_dir():
            return release
    require_plan(workspace, confirm_monitoring)
    return packaged(workspace, evidence, tested, result, open_gates)


def packaged(
    workspace: Workspace,
    evidence: Evidence,
    tested: Evidence,
    result: TestResult | None,
    open_gates: tuple[str, ...] = (),
) -> ReleaseRecord:
    """Export an attempt, check the export against it, and keep it as the next version.

    Args:
        workspace: The task folder.
        evidence: The attempt.
        tested: What is exported: the attempt, or what was made of it by training it once more.
        result: Its test; None for what was measured again after documents changed.
        open_gates: Gates that did not pass, which whoever promotes the release answers for.

    Raises:
        GateHolds: The export answers differently.
        ModelError: The attempt cannot be exported.
    """
    with tempfile.TemporaryDirectory(dir=workspace.hidden) as temporary:
        exported = Path(temporary) / "export"
        exported.mkdir()
        restored(workspace, tested).export(exported)
        for told in notes(exported):
            workspace.progress.say(told)
        if held_words := personal_words(workspace.state, contents(exported)):
            workspace.progress.say(held_words)
        found = compared(workspace, tested, exported)
        require(workspace, "ship", export=found, skip=_others() if result is None else open_gates)
        measures_distance = _keep_reference(workspace, exported, result)
        manifest = _manifest(workspace, evidence, result, tested.versions)

        def lay(folder: Path) -> None:
            for path in exported.iterdir():
                shutil.move(path, folder / path.name)

        held = replace(manifest, files=dict.fromkeys(contents(exported), ""))
        pages = (
            card(workspace.state, held),
            runbook(manifest, measures_distance=measures_distance, owner=owner(workspace)),
        )
        folder = build(workspace.releases, manifest, lay, *pages)
    record = ReleaseRecord(
        version=manifest.version,
        attempt=evidence.id,
        data=evidence.data,
        manifest=digest(folder),
        folder=folder.relative_to(workspace.folder).as_posix(),
        evidence=manifest.evidence,
        below_target=manifest.below_target,
        about=about_digest(folder),
        left_open=open_gates,
    )
    workspace.record("release", to_json(record))
    judge(workspace, export=found)
    return record


def _others() -> tuple[str, ...]:
    """Gates before `ship` that ask about a test."""
    return tuple(
        name for name in plugins.names("gates") if name != EXPORT and "ship" in before(name)
    )


def _left_open(workspace: Workspace) -> tuple[str, ...]:
    """Gates that do not pass, so that whoever promotes the release answers for them."""
    held = [
        verdict.code
        for verdict in judge(workspace, "ship")
        if verdict.verdict == "hold" and verdict.code != EXPORT
    ]
    return (*held, *(verdict.code for verdict in standing_open(workspace)))


def _keep_reference(workspace: Workspace, exported: Path, result: TestResult | None) -> bool:
    """Lay what monitoring compares requests with beside the model; the test's rule calibrates it.

    Returns:
        Whether distances can be measured by it.
    """
    served = opened(exported, exported=True)
    served.rule = (result.rule if result else None) or DecisionRule()
    train, test = workspace.part("train"), workspace.part("test")
    shares, expected = {}, None
    if kind_of(workspace.task).labels:
        counts = train["expected"].drop_nulls().value_counts(normalize=True, sort=True)
        shares = dict(counts.sort("expected").iter_rows())
        split = workspace.state.split
        assert split is not None, "a test stands behind the gate split_sealed"
        # The test was opened, on record: which rows are right says how far confidence can be
        # trusted once there are no labels.
        opened_rows = open_test(split, workspace.objects, workspace.sealed, workspace.cache)
        expected = opened_rows["expected"]
    texts, json = None, False
    if result is not None and not served.classes:
        json = ask_for_json(train["expected"].drop_nulls())
        told = workspace.predictions(result.predictions)
        written = pl.DataFrame({"id": told.ids, "output": told.outputs, "cut": cut(told)})
        texts = test.select("id").join(written, on="id", how="left", maintain_order="left")
    kept = reference.of_rows(
        served, train["input"], shares, test["input"], workspace.progress, expected, texts,
        json=json,
    )  # fmt: skip
    reference.write(kept, exported)
    if kept.embeddings is None:
        workspace.progress.say(
            "The release has no encoder: how far an input lies from the training rows is not "
            "watched."
        )
    return kept.embeddings is not None


def _manifest(
    workspace: Workspace,
    evidence: Evidence,
    result: TestResult | None,
    versions: Mapping[str, str],
) -> Manifest:
    state, task = workspace.state, workspace.task
    assert state.split is not None, "a test stands behind the gate split_sealed"
    target, planned = task.task.target, confirmed(workspace)
    name, _, model_digest = evidence.model.rpartition("@")
    return Manifest(
        version=next_version(workspace, evidence),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        task=task.model_dump(mode="json", include={"task", "data"}),
        classes=state.split.classes,
        model={"name": name, "digest": model_digest},
        rung=evidence.rung,
        attempt=evidence.id,
        configuration=evidence.configuration,
        evidence=tuple(attempt.id for attempt in workspace.attempts),
        data=state.split.id,
        sources=state.split.sources,
        validation=(evidence.goal, *evidence.metrics, *evidence.per_class),
        test=(result.goal, *result.metrics, *result.per_class) if result else (),
        unseal=result.unseal if result else 0,
        overrides=state.overrides,
        go=next((one for one in reversed(state.goes) if one.is_about(result, target)), None),
        below_target=below_target(workspace, result) if result else False,
        versions=versions,
        refit=result.refit if result else "",
        thresholds=result.rule if result else None,
        monitoring=to_json(planned) if planned else {},
    )
