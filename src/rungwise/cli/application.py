"""The Typer application: every file in `commands/` is one command of that name."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from rungwise.cli import commands
from rungwise.cli.options import ending

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

GROUPS = {
    "Begin": ("init", "check"),
    "Climb": ("run", "split", "audit", "curate", "climb"),
    "Compare and decide": ("diagnose", "compare", "rescore", "decide", "cost"),
    "Ship": ("test", "ship", "predict"),
    "See what is on record": ("status", "checklist", "report", "log", "verify"),
}
"""Heading → commands, both in the order of the way."""
OTHER = "Others"
"""The heading of commands that no group names."""


class Grouped(TyperGroup):
    """Commands under headings, each with the whole of its first sentence."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the headings, their commands and what these do."""
        named = {name for names in GROUPS.values() for name in names}
        others = tuple(name for name in self.commands if name not in named)
        width = max(map(len, self.commands), default=0)
        for heading, names in (GROUPS | {OTHER: others}).items():
            rows = [
                (name.ljust(width), _summary(self.commands[name].help))
                for name in names
                if name in self.commands
            ]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


def _summary(text: str | None) -> str:
    return " ".join((text or "").partition("\n\n")[0].split())


def _version(asked: bool) -> None:
    if asked:
        from rungwise import __version__

        typer.echo(f"rungwise {__version__}")
        raise typer.Exit


def _application(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Decide with evidence whether to tune a model, with what, and whether to ship it."""


def _build() -> typer.Typer:
    app = typer.Typer(
        name="rungwise",
        cls=Grouped,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_application)
    order = [name for names in GROUPS.values() for name in names]
    found = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    for name in sorted(found, key=lambda n: (order.index(n) if n in order else len(order), n)):
        module = importlib.import_module(f"rungwise.cli.commands.{name}")
        app.command(name)(ending(name, module.command))
    return app


application = _build()
