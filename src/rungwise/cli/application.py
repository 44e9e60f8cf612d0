"""The Typer application: every file in `commands/` is one command of that name."""

from __future__ import annotations

import importlib
import pkgutil

import typer

from rungwise.cli import commands
from rungwise.cli.options import ending

ORDER = (
    "init", "check", "run", "split", "audit", "curate", "climb", "diagnose", "compare", "rescore",
    "decide", "cost", "status", "checklist", "test", "ship", "predict", "report", "log", "verify",
    "doctor",
)  # fmt: skip
"""The order of the way, for `--help`; commands that it does not name follow it."""


def _build() -> typer.Typer:
    app = typer.Typer(
        name="rungwise",
        help="Decide with evidence whether to tune a model, with what, and whether to ship it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    found = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    for name in sorted(found, key=lambda n: (ORDER.index(n) if n in ORDER else len(ORDER), n)):
        module = importlib.import_module(f"rungwise.cli.commands.{name}")
        app.command(name)(ending(name, module.command))
    return app


application = _build()
