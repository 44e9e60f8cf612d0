"""`rungwise serve`: a release behind HTTP."""

from __future__ import annotations

import os
import shlex
import shutil
from datetime import datetime
from typing import Annotated

import typer

from rungwise.cli.heartbeat import asking
from rungwise.cli.options import HERE, Folder, day_of, shown
from rungwise.errors import InputError


def command(
    release: Annotated[
        str, typer.Option(help="Which release answers: v1.0, or the folder of one.")
    ] = "",
    folder: Folder = HERE,
    engine: Annotated[
        str,
        typer.Option(
            help="What answers: rungwise, or vllm, whose command is printed and started for a "
            "release of generated text."
        ),
    ] = "rungwise",
    dockerfile: Annotated[
        bool, typer.Option("--dockerfile", help="Print a Dockerfile for the release, and end.")
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    deadline: Annotated[
        float | None,
        typer.Option(
            help="Seconds in which a request must be answerable to be let in; 1 for labels, half "
            "of the time limit for text."
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            help="Seconds after which a request is given up; 30 for labels, 300 for text."
        ),
    ] = None,
    rows: Annotated[int, typer.Option(help="Texts that a request may have.")] = 256,
    characters: Annotated[int, typer.Option(help="Characters that a text may have.")] = 100_000,
    tokens: Annotated[int, typer.Option(help="Tokens that a request may have.")] = 32_768,
    body: Annotated[int, typer.Option(help="Bytes that a request may have.")] = 1_000_000,
    sample: Annotated[
        bool, typer.Option(help="Keep some requests in the sample of production.")
    ] = True,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on",
            formats=["%Y-%m-%d"],
            help="The day in UTC that requests in the sample are dated, to replay a quarter.",
        ),
    ] = None,
) -> None:
    """Answer requests over HTTP with a release, until the process is asked to end."""
    from rungwise.cli import output
    from rungwise.serving.limits import Limits
    from rungwise.workflow.serve import dockerfile_of, serve, vllm_command
    from rungwise.workflow.workspace import Workspace

    output.folder.set(folder)
    if dockerfile:
        print(dockerfile_of(Workspace(folder, shown()), release or None), end="")
        return
    if engine == "vllm":
        _start(vllm_command(Workspace(folder, shown()), release or None, host=host, port=port))
        return
    if engine != "rungwise":
        raise InputError(f"{engine!r} is no engine", "Give rungwise or vllm.")
    limits = Limits(body=body, rows=rows, characters=characters, tokens=tokens)
    server = serve(
        Workspace(folder, shown()), release or None, host=host, port=port, limits=limits,
        deadline=deadline, time_limit=time_limit, sample=sample, day=day_of(on),
    )  # fmt: skip
    with asking():  # clients are: a log needs no sign of life every ten seconds
        server.serve_until_ended()


def _start(command: list[str]) -> None:
    """Print a command, and become it."""
    print(shlex.join(command), flush=True)
    if shutil.which(command[0]) is None:
        raise InputError(
            f"{command[0]} is not installed here",
            f"Install it on a machine with a GPU (`pip install {command[0]}`), and run the command "
            "above there.",
        )
    os.execvp(command[0], command)
