"""Asking at a terminal why to tune, where the task does not say it yet (R34–R40)."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, get_args

import typer

from rungwise.cli.heartbeat import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from rungwise.workflow.project import Project


def ask_need(opened: Project, *, json: bool) -> None:
    """Ask for what is missing, once, and write it into `rungwise.yaml`.

    Where nobody can answer (no terminal, `--json`), the gate `tuning_earned` says what is missing.
    """
    if json or not at_terminal():
        return
    with asking():
        answers = {key: ASK[key]() for key in opened.unstated_need()}
    if answers:
        opened.state_need(**answers)
        typer.echo("Written under `need:` in rungwise.yaml.", err=True)


def at_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _wrong() -> tuple[str, ...]:
    from rungwise.need import Wrong

    return _named(
        "What is wrong with answers of a model that is not tuned", get_args(Wrong), several=True
    )


def _calls() -> int | None:
    while True:
        text = typer.prompt("How many calls a month (a number)", default="", err=True)
        digits = re.sub(r"(?<=\d)[ ,._'](?=\d{3}\b)", "", text.strip())
        if not digits or digits.isdigit():
            return int(digits) if digits else None
        typer.echo(f"{text!r} is no whole number, such as 20000; Enter leaves it open.", err=True)


def _changes() -> str | None:
    from rungwise.need import Changes

    found = _named("How often does what it must know change", get_args(Changes), several=False)
    return found[0] if found else None


def _named(question: str, known: tuple[str, ...], *, several: bool) -> tuple[str, ...]:
    """Words among those known; asked again where one is not, and nothing is an answer too."""
    while True:
        told = typer.prompt(f"{question} ({', '.join(known)})", default="", err=True)
        words = tuple(told.replace(",", " ").split())
        if set(words) <= set(known) and (several or len(words) <= 1):
            return words
        typer.echo(f"Known: {', '.join(known)}.", err=True)


ASK: dict[str, Callable[[], Any]] = {
    "wrong": _wrong,
    "calls_per_month": _calls,
    "knowledge_changes": _changes,
}
