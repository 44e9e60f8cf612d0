"""`serve`: a release behind HTTP, until the process is asked to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rungwise.errors import InputError
from rungwise.release.version import is_version
from rungwise.serving.limits import Limits
from rungwise.workflow.predict import opened_release
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    from rungwise.protocols import Served
    from rungwise.release.opened import Answers
    from rungwise.serving.server import Server


def serve(
    workspace: Workspace, release: str | None, *, host: str, port: int, limits: Limits
) -> Server:
    """Open a release and listen; `serve_until_ended` of what is returned answers.

    Args:
        workspace: The task folder.
        release: As for `predict`.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        limits: What a request may ask for.

    Raises:
        InputError: There is no such release, it generates text, the address cannot be listened
            on, the packages of the server are not installed, or others could reach it without a
            key.
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

    server = Server(Service(Versions(live, find), limits, keys), host, port)
    name, number = server.address
    workspace.progress.say(
        f"Release {live.version} ({live.digest[:12]}, {len(live.classes)} classes) answers on "
        f"http://{name}:{number}, described at /docs. "
        + ("A key is needed." if needed else "Only this machine can reach it; no key is needed.")
    )
    return server


def _ready(predictor: Answers) -> Served:
    """A release that answers labels, warm.

    Raises:
        InputError: It generates text.
    """
    if not predictor.classes:
        raise InputError(
            f"Release {predictor.version} generates text, and the server answers labels",
            "Answer with `rungwise predict`.",
        )
    predictor.warm()
    return predictor
