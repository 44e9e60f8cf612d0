"""What the attempts on record cost, by the prices that the task names."""

from __future__ import annotations

from collections.abc import Iterable

from rungwise.cost import call, prices
from rungwise.money import Costs
from rungwise.need import Cost
from rungwise.records import Evidence
from rungwise.workflow.workspace import Workspace


def priced(workspace: Workspace) -> Costs:
    """Each attempt's answers, what tuning took, and what was assumed.

    Raises:
        DataError: The task's own table of prices cannot be read.
        TaskError: The machine that the task names is not in the table.
    """
    cost = _stated(workspace)
    own = cost.prices
    table = prices.load(workspace.folder / own) if own else prices.load()
    attempts = workspace.attempts
    found = {one.id: call.call_cost(one, cost, table) for one in attempts}
    answered = sum((found[one.id].usd or 0.0) * one.goal.rows for one in _asked(attempts))
    refits = workspace.state.refits
    local = [one for one in (*attempts, *refits) if one not in _asked(attempts)]
    return Costs(
        calls=found,
        tuning_usd=sum(call.machine_usd(one, cost, table) for one in local if one.trains),
        measuring_usd=answered
        + sum(call.machine_usd(one, cost, table) for one in local if not one.trains),
        assumptions=tuple(_assumed(attempts, workspace, table)),
    )


def _stated(workspace: Workspace) -> Cost:
    """What the task states; a price of tokens may stand with the endpoint that asks it."""
    cost, endpoint = workspace.task.cost, workspace.task.endpoint
    if cost.price_in is not None or cost.price_out is not None:
        return cost
    if not endpoint.price_in and not endpoint.price_out:
        return cost
    told = {"price_in": endpoint.price_in, "price_out": endpoint.price_out}
    return cost.model_copy(update=told)


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
