"""What the attempts on record cost, by the prices that the task names."""

from __future__ import annotations

from collections.abc import Iterable

from rungwise.cost import call, prices
from rungwise.money import Costs
from rungwise.records import Evidence
from rungwise.workflow.workspace import Workspace


def priced(workspace: Workspace) -> Costs:
    """Each attempt's answers, what tuning took, and what was assumed.

    Raises:
        DataError: The task's own table of prices cannot be read.
        TaskError: The machine that the task names is not in the table.
    """
    cost = workspace.task.cost
    own = cost.prices
    table = prices.load(workspace.folder / own) if own else prices.load()
    attempts = workspace.attempts
    found = {one.id: call.call_cost(one, cost, table) for one in attempts}
    answered = sum((found[one.id].usd or 0.0) * one.goal.rows for one in _asked(attempts))
    local = [one for one in attempts if one not in _asked(attempts)]
    return Costs(
        calls=found,
        tuning_usd=sum(call.machine_usd(one, cost, table) for one in local if one.trains),
        measuring_usd=answered
        + sum(call.machine_usd(one, cost, table) for one in local if not one.trains),
        assumptions=tuple(_assumed(attempts, workspace, table)),
    )


def _asked(attempts: Iterable[Evidence]) -> list[Evidence]:
    """Those whose answers a server made."""
    return [one for one in attempts if one.model.startswith(call.ENDPOINT)]


def _assumed(
    attempts: Iterable[Evidence], workspace: Workspace, table: prices.Prices
) -> Iterable[str]:
    local = {
        str(one.details.get("device", "cpu"))
        for one in attempts
        if one.rung != "current" and not one.model.startswith(call.ENDPOINT)
    }
    for device in sorted(local):
        hour = call.rate(workspace.task.cost, table, device)
        if hour.assumed:
            yield (
                f"`cost.machine_per_hour` is not stated: {hour.usd_hour:g} USD an hour are assumed "
                f"({hour.basis})."
            )
