"""Asking at a terminal how long a climb may take, where a rung is about to take long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from rungwise.cli.ask_need import at_terminal
from rungwise.cli.heartbeat import asking

if TYPE_CHECKING:
    from rungwise.workflow.project import Project


def watch(opened: Project, answers: int, *, json: bool) -> None:
    """Show some answers of every attempt, and ask for `budget.hours` if somebody can answer."""
    opened.watch(hours=None if json or not at_terminal() else _hours, answers=answers)


def _hours(told: str) -> float | None:
    """Hours for all attempts together; None for no limit."""
    question = f"{told}. How many hours may all attempts take together (Enter: no limit)"
    while True:
        with asking():
            text = typer.prompt(question, default="", show_default=False, err=True).strip()
        if not text:
            return None
        try:
            hours = float(text.replace(",", "."))
        except ValueError:
            hours = 0.0
        if 0 < hours < float("inf"):
            return hours
        typer.echo(f"{text!r} is no number of hours, such as 0.5 or 2.", err=True)
