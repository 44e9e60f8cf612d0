"""`rungwise keys`: API keys of the server."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli.options import HERE, Folder
from rungwise.errors import InputError


def command(
    action: Annotated[str, typer.Argument(help="new, list or revoke.")],
    key: Annotated[str, typer.Argument(help="The id of the key to revoke.")] = "",
    api: Annotated[
        str, typer.Option(help="What a new key allows: predict, admin or review.")
    ] = "predict",
    days: Annotated[
        float | None, typer.Option(help="Days for which a new key is valid; for ever if not given.")
    ] = None,
    folder: Folder = HERE,
) -> None:
    """Make, list or revoke the API keys that `serve` asks for."""
    from rungwise.serving.api_keys import FILE_NAME, ApiKeys

    keys = ApiKeys(folder / ".rungwise" / FILE_NAME)
    if action == "new":
        print(keys.new(api, days))
        typer.echo("It is shown this once: only its hash is kept.", err=True)
    elif action == "list":
        for each in keys.all():
            print(f"{each.id}  {each.scope:<8} {'valid' if each.valid else 'not valid'}")
    elif action == "revoke":
        keys.revoke(key)
    else:
        raise InputError(f"{action!r} is none of new, list and revoke", "Give one of these.")
