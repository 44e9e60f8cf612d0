"""`test`: open the seal once, measure the selected attempt, and write down what it said (R68).

The ledger entry is written before the sealed part is read: a look cannot be taken back.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from rungwise import plugins
from rungwise.data.seal import open_test
from rungwise.evaluation.intervals import measure_all
from rungwise.plugins import kind_of
from rungwise.protocols import Fitted, Rung
from rungwise.records import Evidence, SplitRecord, TestResult, Unsealing, to_json
from rungwise.reporting.wording import seconds as duration
from rungwise.table import Examples
from rungwise.workflow.apart import TRAIN, apart
from rungwise.workflow.attempt import same_answers
from rungwise.workflow.expectation import expectation
from rungwise.workflow.judge import judge, require
from rungwise.workflow.measured_rows import own_rows
from rungwise.workflow.next_command import interrupted
from rungwise.workflow.piecewise import forget, in_pieces
from rungwise.workflow.refit import refitted
from rungwise.workflow.review_threshold import confirm, propose
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.workspace import Workspace

LEARNT = TRAIN | {"validation"}
"""The parts that a refit has learnt from."""


def test(workspace: Workspace, *, skip: tuple[str, ...] = ()) -> TestResult:
    """Measure the selected attempt on the sealed rows.

    A look that was interrupted before it gave a number is finished, not counted again.

    Args:
        workspace: The task folder.
        skip: Gates that are not asked: a refresh does not climb the ladder again.

    Raises:
        GateHolds: The seal was opened before, the target is not met, or validation has not
            settled; the message says how a named override works.
    """
    unfinished = interrupted(workspace)
    if unfinished is None:
        require(workspace, "test", skip=skip)
    selected, split = workspace.selected, workspace.state.split
    assert selected is not None and split is not None, "the gates before test need both"
    if unfinished is None:
        # what new rows bring to a release in production, the comparison with it says
        refit = refitted(workspace, selected, curve=not skip)
    else:  # the seal is open: what was made before it was opened is what is tested
        refit = workspace.state.refit(selected.id)
    tested = refit or selected
    fitted = restored(workspace, tested)
    validation = own_rows(workspace, tested)
    began = time.perf_counter()
    same_answers(workspace, tested, fitted.predict(validation, workspace.progress))
    texts = kind_of(workspace.task).writes
    if texts:
        _say_how_long(workspace, split, (time.perf_counter() - began) / len(validation))
    look = unfinished
    if look is None:
        rule, proposal = propose(workspace, selected, fitted)
        number = len(workspace.state.looks) + 1
        expected = split.test_expected
        look = Unsealing(number, selected.id, split.division, expected, rule, proposal)
    if unfinished is None:
        workspace.record("unsealing", to_json(look))
    rows = open_test(split, workspace.objects, workspace.sealed, workspace.cache)
    inputs, pieces = Examples.of(rows).inputs, workspace.cache / "test"
    predictions = (
        in_pieces(fitted, inputs, selected.id, pieces, workspace.progress)
        if texts
        else fitted.predict(inputs, workspace.progress)
    )
    predictions, rule, review = confirm(workspace, look, rows, predictions, fitted)
    goal, metrics, per_class = measure_all(
        workspace.metric,
        rows["expected"],
        predictions,
        "test",
        workspace.task.policy,
        workspace.beside,
    )
    result = TestResult(
        attempt=selected.id,
        data=split.division,
        unseal=look.number,
        goal=goal,
        metrics=metrics,
        per_class=per_class,
        predictions=workspace.keep_predictions(predictions),
        prompts=workspace.keep_prompts(predictions),
        apart=apart(workspace, "test", rows, predictions, LEARNT if refit else TRAIN),
        refit=refit.id if refit else "",
        expected=expectation(workspace, selected),
        rule=rule,
        review=review,
    )
    workspace.record("test", to_json(result))
    forget(pieces, selected.id, inputs)
    judge(workspace)
    return result


def _say_how_long(workspace: Workspace, split: SplitRecord, seconds: float) -> None:
    """All rows of the test part are asked: at seconds a row, a user wants to know before."""
    rows = split.rows["test"]
    workspace.progress.say(
        f"All {rows:,} rows of the test part are asked: about {duration(rows * seconds)} at "
        f"{seconds:.2g} s a row, as validation just took. An interrupted test goes on where it was."
    )


def restored(workspace: Workspace, evidence: Evidence) -> Fitted:
    """The fitted model of an attempt, laid out afresh from the object store, which checks it.

    The folder stays for the length of the process: tensors may be mapped from it.
    """
    rung: Rung = plugins.load("rungs", evidence.rung, workspace.task.task.kind)
    place = workspace.hidden / "restored"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=place))
    workspace.objects.folder_to(evidence.artefact, folder)
    return rung.restore(evidence.configuration, folder, rung_context(workspace))
