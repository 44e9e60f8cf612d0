"""`curate`: apply decisions to the training part, as a new data version (R15, R19, C5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl

from rungwise.data.curation import decisions as decided
from rungwise.data.curation.chain import Curated, apply, vanishing
from rungwise.data.curation.decision_file import read_decisions
from rungwise.data.curation.new_texts import with_outputs, with_texts
from rungwise.data.curation.permission import (
    check_changed,
    check_labels,
    check_left,
    check_rows,
    unchanged,
)
from rungwise.data.curation.record import ACTIONS, Action, Curation, Transform
from rungwise.data.personal.detect import known
from rungwise.data.stored import parquet
from rungwise.errors import TaskError
from rungwise.evaluation.wording import counted
from rungwise.plugins import kind_of
from rungwise.records import MERGES, Finding, SplitRecord, to_json
from rungwise.workflow.data_version import at, parts_of, store
from rungwise.workflow.finding_rows import whole
from rungwise.workflow.judge import judge, require
from rungwise.workflow.recorded_spans import AUDIT, IN_OUTPUT, redactor
from rungwise.workflow.workspace import Workspace

ORDER: tuple[Action, ...] = ("drop", "relabel", "redact", "merge")
"""In which accepted findings are applied."""
REPEATS, CONFLICTS = ("copies", "near_copies"), "conflicts"
"""Audits whose rows repeat another row, and the finding on texts with several labels."""
REVIEWED = "reviews"
"""Origin of the transforms that apply what people decided in review files."""


def curate(
    workspace: Workspace,
    *,
    decisions: Path | None = None,
    reviewed: bool = False,
    accept: Sequence[str] = (),
) -> Curation:
    """Make a new data version and put it in force; attempts on the one before no longer count.

    Args:
        workspace: The task folder.
        decisions: A file of decisions, one a row.
        reviewed: Apply what people decided in review files and no version has yet.
        accept: Codes of findings whose training rows are dropped, or `CODE=redact`,
            `CODE=relabel` where the finding suggests labels, or `CODE=merge` where it suggests
            which labels are one; such labels are merged also by `CODE` alone.

    Raises:
        TaskError: Nothing to apply, or a code that no audit has found.
        DataError: A decision that cannot be applied; nothing is changed then.
        GateHolds: There is no split yet.
    """
    require(workspace, "audit")
    split = workspace.state.split
    assert split is not None, "the gate split_sealed stands before audit"
    if decisions is None and not accept and not reviewed:
        raise TaskError("There is nothing to apply", _offer(workspace))
    parts, last = parts_of(workspace), workspace.state.curation
    chain = list(last.chain if last else ())
    changed: dict[str, set[str]] = {action: set() for action in ACTIONS}
    kinds = _kinds_to_redact(accept)
    for origin, asked, shared in _decided(workspace, parts, decisions, reviewed, accept):
        by_file = decisions is not None and origin == decisions.name
        only = None if by_file else kinds
        table = _allowed(asked, parts, split, workspace, origin, only, by_file=by_file)
        for action in ACTIONS:
            chosen = table.filter(pl.col("action") == action)
            # Two findings may name one row, which changes once: each says how many of its rows do.
            also = changed[action].intersection(shared.filter(pl.col("action") == action)["id"])
            if len(chosen) or also:
                digest, count = workspace.objects.put(parquet(chosen)), len(chosen)
                rows = count + len(also) if also else None
                chain.append(Transform(action, digest, count, origin, split.id, rows))
                parts = apply(parts, action, chosen) if count else parts
                changed[action].update(chosen["id"])
    if len(chain) == len(last.chain if last else ()):
        raise TaskError(
            "No row would change",
            "`--decisions FILE` gives rows their new texts in its column `text`.",
        )
    if kind_of(workspace.task).labels:
        check_left(parts)
    return _record(workspace, parts, tuple(chain))


def undo(workspace: Workspace) -> Curation:
    """Take the last curation back: the version before it is in force again.

    Raises:
        TaskError: The rows are as they were divided.
    """
    last = workspace.state.curation
    if last is None:
        raise TaskError("Nothing was curated: the rows are as they were divided", "Go on.")
    parent = last.chain[-1].parent
    earlier = tuple(one for one in last.chain if one.parent != parent)
    return _record(workspace, parts_of(at(workspace, parent)), earlier)


def _decided(
    workspace: Workspace, parts: Curated, file: Path | None, reviewed: bool, accept: Sequence[str]
) -> list[tuple[str, pl.DataFrame, pl.DataFrame]]:
    """Origin and decisions: the file's, then the reviews', then each finding's; a row once.

    The third of each are decisions of a finding that an earlier origin makes alike.
    """
    found: list[tuple[str, pl.DataFrame, pl.DataFrame]] = []
    if file is not None:
        table = read_decisions(file)
        check_rows(table, parts, workspace.part("test")["id"], file.name)
        found.append((file.name, table, decided.empty()))
    if reviewed:
        due = _undecided(decided.of_reviews(workspace.state.reviews, parts), found)
        if due.is_empty() and not found and not accept:
            raise TaskError(
                "No decision of a review is left to apply",
                "`rungwise audit --review FILE` writes the rows in doubt and reads them back.",
            )
        if len(due):
            found.append((REVIEWED, due, decided.empty()))
    accepted = [_asked(workspace, one) for one in accept]
    # What is dropped need not be redacted, and a label vanishes once nobody names it any more.
    for finding, action in sorted(accepted, key=lambda one: ORDER.index(one[1])):
        code = finding.code
        table, elsewhere = decided.of_finding(finding, action, parts.train["id"])
        if action == "redact" and code.endswith(IN_OUTPUT):
            kinds = _kinds_to_redact(accept)
            table = with_outputs(table, parts.train, redactor(workspace), kinds)
        if action == "drop" and code.partition(".")[0] in REPEATS:
            table = _without_conflicts(table, code, workspace)
        table, shared = _undecided(table, found), _alike(table, found)
        if elsewhere:
            workspace.progress.say(
                f"{counted(elsewhere, 'row')} of {code} outside train: left as they are."
            )
        if len(table) or len(shared):
            found.append((code, table, shared))
    return found


def _without_conflicts(table: pl.DataFrame, code: str, workspace: Workspace) -> pl.DataFrame:
    """Leave out copies that carry another label: which of the labels is right nobody has said."""
    conflicts = [one for one in workspace.state.findings if one.code == CONFLICTS]
    rows = [row.id for one in conflicts for row in whole(one, workspace.objects).rows]
    kept = table.filter(~pl.col("id").is_in(rows))
    if left := len(table) - len(kept):
        workspace.progress.say(
            f"{counted(left, 'row')} of {code} with a text that carries several labels: left as "
            "they are, as the row that stays may be the wrong one. `rungwise audit --review FILE` "
            "puts them to a person."
        )
    return kept


def _alike(table: pl.DataFrame, found: Sequence[tuple[str, pl.DataFrame, object]]) -> pl.DataFrame:
    """Decisions that an earlier origin makes, too, with the same new value."""
    earlier = pl.concat([decided.empty(), *(one for _, one, _ in found)])
    return table.join(earlier, on=["id", "action", "value"], how="semi", nulls_equal=True)


def _undecided(
    table: pl.DataFrame, found: Sequence[tuple[str, pl.DataFrame, object]]
) -> pl.DataFrame:
    """Leave out rows about which an earlier decision says the same, or says otherwise.

    A row may be relabelled and redacted; but what is dropped needs neither.
    """
    taken = [one.select("id", earlier="action") for _, one, _ in found if len(one)]
    if not taken:
        return table
    action, earlier = pl.col("action"), pl.col("earlier")
    # The id of a merge is a label, never a row.
    merges, dropped = action == "merge", (action == "drop") | (earlier == "drop")
    both = table.select("id", "action").join(pl.concat(taken), on="id")
    settled = both.filter((action == earlier) | (~merges & (earlier != "merge") & dropped))
    return table.join(settled, on=["id", "action"], how="anti", maintain_order="left")


def _asked(workspace: Workspace, accept: str) -> tuple[Finding, Action]:
    """A finding and its action: `CODE` drops, or merges where the finding says what is one."""
    code, _, word = accept.partition("=")
    action = next((one for one in ACTIONS if one == (word or "drop")), None)
    if action is None:
        raise TaskError(f"`--accept {accept}` has no known action", f"Known: {', '.join(ACTIONS)}.")
    finding = _finding(workspace, code)
    return finding, "merge" if not word and MERGES in finding.numbers else action


def _kinds_to_redact(accept: Sequence[str]) -> Collection[str] | None:
    """Kinds of value whose redaction is accepted; None if a finding is of no one kind."""
    codes = [code for code, _, word in (one.partition("=") for one in accept) if word == "redact"]
    named = {code.removeprefix(AUDIT).removesuffix(IN_OUTPUT) for code in codes}
    return named if named and named <= set(known()) else None


def _finding(workspace: Workspace, code: str) -> Finding:
    for finding in workspace.state.findings:
        if finding.code == code:
            return whole(finding, workspace.objects)
    raise TaskError(f"No audit of this data has found {code!r}", _offer(workspace))


def _offer(workspace: Workspace) -> str:
    """What could be accepted here."""
    codes = [
        f"{one.code}=merge" if MERGES in one.numbers else one.code
        for one in workspace.state.findings
        if one.points_into("train") or MERGES in one.numbers
    ]
    if not codes and not workspace.state.findings:
        return (
            "Run `rungwise audit` first: a curation makes a new data version with findings of its "
            "own. Several findings of one audit can be accepted in one call."
        )
    if not codes:
        return "Give `--decisions FILE`; no finding of this data has rows in train."
    return f"Give `--decisions FILE`, or `--accept` one of {', '.join(codes)}."


def _allowed(
    table: pl.DataFrame, parts: Curated, split: SplitRecord, workspace: Workspace, origin: str,
    only: Collection[str] | None, *, by_file: bool,
) -> pl.DataFrame:  # fmt: skip
    """The decisions, their labels checked; redactions with their new texts.

    A redaction that changes nothing is refused where a file asks for it, as somebody has seen what
    the tool does not; of a finding it is left out, and said.
    """
    if kind_of(workspace.task).labels:
        merged = vanishing(parts.merged)
        classes = sorted({merged.get(label, label) for label in split.classes})
        check_labels(table, classes, origin)
    redactions = table.filter(pl.col("action") == "redact")
    if redactions.is_empty():
        return table
    others = table.filter(pl.col("action") != "redact")
    written = with_texts(redactions, parts.train, redactor(workspace), only)
    if by_file:
        check_changed(written, parts.train, origin)
    elif len(same := unchanged(written, parts.train)):
        workspace.progress.say(
            f"{counted(len(same), 'row')} of {origin} with nothing in them that the tool knows as "
            "personal: left as they are."
        )
        written = written.join(same, on="id", how="anti", maintain_order="left")
    return pl.concat([others, written])


def _record(workspace: Workspace, parts: Curated, chain: tuple[Transform, ...]) -> Curation:
    curation = store(workspace, parts, chain)
    workspace.record("curation", to_json(curation))
    judge(workspace)
    return curation
