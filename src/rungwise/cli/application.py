"""The Typer application: every file in `commands/` is one command of that name.

A folder there is a group: each of its files is a command of the group. A file whose name is a word
of Python ends in an underscore, as `import_.py` does.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from rungwise.cli import commands
from rungwise.cli.options import ending

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

GROUPS = {
    "Begin": ("init", "check"),
    "Climb": ("run", "split", "add", "audit", "curate", "climb"),
    "Compare and decide": ("diagnose", "compare", "rescore", "decide", "cost"),
    "Ship": ("test", "ship", "release", "predict", "serve", "keys"),
    "Watch what is in production": ("monitor", "refresh", "watch"),
    "See what is on record": ("status", "checklist", "report", "log", "verify"),
}
"""Heading → commands, both in the order of the way."""
OTHER = "Others"
"""The heading of commands that no group names."""


class Commands(MutableMapping[str, "Command"]):
    """Every command by name; a command's file is imported when that command is looked up."""

    def __init__(self) -> None:
        order = [name for names in GROUPS.values() for name in names]
        files = [module.name for module in pkgutil.iter_modules(commands.__path__)]
        files.sort(key=lambda n: (order.index(n) if n in order else len(order), n))
        self._made: dict[str, Command | None] = dict.fromkeys(files)

    def __getitem__(self, name: str) -> Command:
        made = self._made[name]
        if made is None:
            made = self._made[name] = _command(name)
        return made

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def __setitem__(self, name: str, command: Command) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class Grouped(TyperGroup):
    """Commands under headings, each with the whole of its first sentence."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Commands()

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


def _command(name: str) -> Command:
    """The command of a file in `commands/`, or the group of a folder there."""
    module = importlib.import_module(f"rungwise.cli.commands.{name}")
    alone = typer.Typer(
        name=name,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        help=module.__doc__,
        no_args_is_help=hasattr(module, "__path__"),
    )
    if not hasattr(module, "__path__"):
        alone.command(name)(ending(name, module.command))
        return typer.main.get_command(alone)
    alone.callback()(lambda: None)
    for file in pkgutil.iter_modules(module.__path__):
        part = importlib.import_module(f"{module.__name__}.{file.name}")
        called = file.name.removesuffix("_")
        alone.command(called)(ending(f"{name} {called}", part.command))
    return typer.main.get_command(alone)


def _build() -> typer.Typer:
    app = typer.Typer(
        name="rungwise",
        cls=Grouped,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_application)
    return app


application = _build()
