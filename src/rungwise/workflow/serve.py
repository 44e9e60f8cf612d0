"""`serve`: a release behind HTTP, until the process is asked to end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rungwise.errors import InputError
from rungwise.release.version import is_version
from rungwise.serving.limits import Limits
from rungwise.workflow.predict import opened_release
from rungwise.workflow.workspace import Workspace

TEXT_SECONDS = 300.0
"""Seconds after which a request for text is given up: a long answer of a large model on CPUs."""

if TYPE_CHECKING:
    from rungwise.protocols import Served
    from rungwise.release.opened import Answers
    from rungwise.serving.server import Server


def serve(
    workspace: Workspace,
    release: str | None,
    *,
    host: str,
    port: int,
    limits: Limits,
    deadline: float | None = None,
    time_limit: float | None = None,
) -> Server:
    """Open a release and listen; `serve_until_ended` of what is returned answers.

    Args:
        workspace: The task folder.
        release: As for `predict`.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        limits: What a request may ask for.
        deadline, time_limit: In place of those of `limits`, which are for labels; unless given,
            text gets `TEXT_SECONDS`, and half of them to be let in.

    Raises:
        InputError: There is no such release, the address cannot be listened on, the packages of
            the server are not installed, or others could reach it without a key.
        LedgerError: The release is not the one that was shipped.
        ModelError: A file of the release has changed.
    """
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"{error.name} is not installed", "Install it with `pip install 'rungwise[serve]'`."
        ) from error
    from rungwise.serving.api_keys import FILE_NAME, ApiKeys
    from rungwise.serving.server import Server, is_loopback
    from rungwise.serving.service import Service
    from rungwise.serving.versions import Versions

    keys = ApiKeys(workspace.hidden / FILE_NAME)
    needed = bool(keys.all())
    if not needed and not is_loopback(host):
        raise InputError(
            f"Others could reach {host} without a key",
            "Make one with `rungwise keys new --api predict`, or listen on 127.0.0.1.",
        )
    predictor, folder = opened_release(workspace, release)
    live = _ready(predictor)
    own = release is None or is_version(release)

    def find(version: str) -> Served:
        assert is_version(version), "a version names no other folder"
        # Opened anew: it may have been shipped after the server began.
        now = Workspace(workspace.folder, workspace.progress)
        return _ready(opened_release(now, version if own else str(folder.parent / version))[0])

    limits = _within(limits, live, deadline, time_limit)
    server = Server(Service(Versions(live, find), limits, keys), host, port)
    name, number = server.address
    kind = f"{len(live.classes)} classes" if live.classes else "generated text"
    workspace.progress.say(
        f"Release {live.version} ({live.digest[:12]}, {kind}) answers on "
        f"http://{name}:{number}, described at /docs. A request is let in if it can be answered "
        f"within {limits.deadline:g} s (`--deadline`), and given up after {limits.time:g} s "
        "(`--time-limit`). "
        + ("A key is needed." if needed else "Only this machine can reach it; no key is needed.")
    )
    return server


def _within(
    limits: Limits, model: Served, deadline: float | None, time_limit: float | None
) -> Limits:
    """The limits with those times that are given, else those for what the release answers."""
    if time_limit is None:
        time_limit = limits.time if model.classes else TEXT_SECONDS
    if deadline is None:
        deadline = min(limits.deadline, time_limit) if model.classes else time_limit / 2
    return replace(limits, deadline=deadline, time=time_limit)


def _ready(predictor: Answers) -> Served:
    """A release that is warm."""
    predictor.warm()
    return predictor
