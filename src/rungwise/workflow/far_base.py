"""A few rows are asked of a base first: one that is far from the task is called so at once (R59).

The best of an instruction and of examples counts, and answers are read for what they say, not for
how. Nothing is skipped where anything is right.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rungwise import plugins
from rungwise.base_probe import Probe
from rungwise.evaluation.base_fit import is_far
from rungwise.evaluation.proportions import wilson
from rungwise.evaluation.standing import reaches
from rungwise.plugins import kind_of
from rungwise.progress import Titled
from rungwise.protocols import GateContext, Rung
from rungwise.records import Numbers, to_json
from rungwise.workflow.rung_context import model_identity, rung_context
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

    from rungwise.evaluation.text_failures import Known

FIRST = "prompt"
"""The first rung that asks a language model."""
ROOM = 200
"""Tokens of an answer at least: what says something right may have words around it."""
ONE_IN = 20
"""A base that is right in one of so many rows, or in none, may be far from the task."""


def probe_of(workspace: Workspace) -> Probe | None:
    """What is on record of the base that is named now; None if nothing is."""
    probes = workspace.state.probes
    if not probes or not kind_of(workspace.task).writes:
        return None
    base = f"{workspace.task.models[0]}@"
    return next((one for one in probes.values() if one.model.startswith(base)), None)


def is_due(workspace: Workspace) -> bool:
    """Whether a base is to be asked before the rungs: it was not asked anything yet.

    If knowledge is what is wrong, no base has it: then retrieval comes before another base (R39).
    """
    task, state = workspace.task, workspace.state
    if not kind_of(task).writes or not task.policy.probe_rows:
        return False
    if "knowledge" in task.need.wrong:
        return False
    asked = any(one.model for one in state.attempts)
    return not asked and probe_of(workspace) is None and task.data.documents is None


def ask(workspace: Workspace) -> Probe:
    """Ask the rows, put what came of it on record, and say it."""
    from rungwise.data.representative_rows import representative_rows
    from rungwise.reporting.wording import seconds as duration

    task, say = workspace.task, workspace.progress.say
    rows = representative_rows(workspace.measured(), task.policy.probe_rows, task.policy.seed)
    say(f"Asking {len(rows):,} rows first, to see whether the base is near to the task …")
    began = time.perf_counter()
    ways: dict[str, int] = {}
    best: dict[str, Any] = {"right": -1, "cut": 0}
    tokens: list[tuple[float, float]] = []
    values: list[float] = []
    for name, right, cut, details, value in _asked(workspace, rows):
        ways[name] = right
        values.append(value)
        if right > best["right"]:
            best = {"right": right, "cut": cut}
        if "prompt_tokens" in details:
            tokens.append((details["prompt_tokens"] / len(rows),
                           details["output_tokens"] / len(rows)))  # fmt: skip
        if right > len(rows) // ONE_IN:
            break
    taken = time.perf_counter() - began
    model = model_identity(workspace, plugins.load("rungs", FIRST))
    found = _read(
        workspace, model, len(rows), best["right"], best["cut"], ways, tokens, taken, values
    )
    workspace.record("probe", to_json(found))
    say(f"  {found.reason} It took {duration(taken)}.")
    return found


def why_not(workspace: Workspace, rung: Rung) -> str:
    """Why a rung that asks the base is left out; "" if it is not.

    What trains is left to the gates, so that a named override lets it go on.
    """
    if not rung.needs_model or rung.step != "climb" or probe_of(workspace) is None:
        return ""
    context = _view(workspace)
    return context.probe.reason if context.probe is not None and is_far(context) else ""


def _view(workspace: Workspace) -> GateContext:
    """What `is_far` reads."""
    return GateContext(
        task=workspace.task,
        greater=workspace.greater,
        bounds=workspace.bounds,
        attempts=workspace.attempts,
        probe=probe_of(workspace),
    )


def _asked(
    workspace: Workspace, rows: pl.DataFrame
) -> Iterator[tuple[str, int, int, Numbers, float]]:
    """Each way to ask: its name, rows that were right, those cut, what it left, and the goal."""
    from rungwise.data.languages import languages
    from rungwise.evaluation.right_in_content import right_in_content, unknown
    from rungwise.evaluation.text_failures import Known, cut
    from rungwise.table import Examples

    context, asked = rung_context(workspace), Examples.of(rows)
    train, seed = Examples.of(workspace.part("train")), workspace.task.policy.seed
    measured = Examples.of(workspace.measured())  # so that the pilot is that of the attempts
    for rung, name, configuration in _ways(workspace, train.expected):
        progress = Titled(workspace.progress, f"probe, {name}")
        fitted: Any = plugins.load("rungs", rung).fit(
            configuration, seed, train, measured, replace(context, progress=progress)
        )
        fitted.asked = replace(fitted.asked, max_tokens=max(fitted.asked.max_tokens, ROOM))
        told = fitted.predict(asked.inputs, progress)
        known: Known = Known(inputs=rows["input"], cut=cut(told), languages=languages)
        right = sum(right_in_content(rows["expected"], told, known))
        yield (
            name,
            right,
            unknown(rows["expected"], told, known),
            fitted.details,
            workspace.metric.value(rows["expected"], told),
        )


def _ways(workspace: Workspace, expected: pl.Series) -> list[tuple[str, str, Numbers]]:
    """The instruction that says most, then with examples: rung, name and configuration."""
    from rungwise.training.prompting.instruction import instructions

    told = instructions(workspace.task, expected)
    last = len(told) - 1
    shots = workspace.task.generation.shots
    shown = {"prompt": last, "selection": "random", "shots": shots}
    return [
        ("prompt", f"the prompt `{list(told)[last]}`", {"prompt": last}),
        ("few_shot", f"the same with {shots} examples", shown),
    ]


def _read(
    workspace: Workspace,
    model: str,
    rows: int,
    right: int,
    cut: int,
    ways: dict[str, int],
    tokens: list[tuple[float, float]],
    seconds: float,
    values: list[float],
) -> Probe:
    """What the rows say.

    A text may come near to the goal by a metric of words and hold no half of the expected ones, so
    the goal's own value on these rows counts too.
    """
    from rungwise.evaluation.figures import is_share

    goal, policy, split = workspace.task.task, workspace.task.policy, workspace.state.split
    assert split is not None, "the gate split_sealed stands before climb"
    low, high = wilson(right, rows, policy.confidence)
    short = high < policy.poor_fit * goal.target if is_share(goal.metric) else right == 0
    near = [one for one in values if reaches(one, policy.poor_fit * goal.target, workspace.greater)]
    few = right <= rows // ONE_IN
    far = few and short and not near and 2 * cut <= rows and rows >= ONE_IN
    name = model.rpartition("@")[0]
    told = ", ".join(f"{count} under {way}" for way, count in ways.items())
    said = f"{name} says something right in {right} of {rows} rows ({told})"
    reason = f"{said}."
    if far:
        reason = f"The base is far from the task: {said}, whatever the form."
    elif few and near:
        reason = f"{said}, but {goal.metric} is {near[0]:.2f} on these rows."
    elif few and 2 * cut > rows:
        reason = f"{said}, and {cut} were cut before they said anything: nothing follows from it."
    return Probe(
        data=split.id,
        model=model,
        rows=rows,
        right=right,
        low=low,
        high=high,
        cut=cut,
        ways=ways,
        prompt_tokens=max((read for read, _ in tokens), default=None),
        output_tokens=max((written for _, written in tokens), default=None),
        seconds=seconds,
        far=far,
        reason=reason,
    )
