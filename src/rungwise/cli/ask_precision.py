"""Asking at a terminal for the precision that goes with a goal of recall (R54)."""

from __future__ import annotations

import typer

from rungwise.cli.ask_need import at_terminal
from rungwise.cli.heartbeat import asking


def ask_precision(goal: str, metric: str | None) -> float | None:
    """The precision, from 0 to 1; None if nobody is asked, or the answer is left open."""
    from rungwise import goal as sentence

    name = metric or sentence.read(goal).metric or ""
    if not name.startswith("recall") or not at_terminal():
        return None
    question = (
        "How many of the rows that are answered with this class must be of it, in percent "
        "(Enter leaves it open: attempts are then compared by it)"
    )
    while True:
        with asking():
            text = typer.prompt(question, default="", err=True).strip().removesuffix("%").strip()
        if not text:
            return None
        try:
            share = float(text.replace(",", "."))
        except ValueError:
            share = -1.0
        share = share / 100 if share > 1 else share
        if 0 < share <= 1:
            return share
        typer.echo(f"{text!r} is no share, such as 50 or 0.5.", err=True)
