"""`serve`: a release behind HTTP, until the process is asked to end."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rungwise.errors import InputError
from rungwise.release.version import is_version
from rungwise.serving.limits import Limits
from rungwise.settings import cores, settings
from rungwise.task import FILE_NAME
from rungwise.workflow.released import opened_release, release_folder
from rungwise.workflow.sampled import sampler
from rungwise.workflow.served_champion import (
    Champion,
    alert_of,
    opened_champion,
    swaps_of,
    warmed,
)
from rungwise.workflow.workspace import Workspace

VLLM_KEY = "VLLM_API_KEY"
TEXT_SECONDS = 300.0
"""Seconds after which a request for text is given up: a long answer of a large model on CPUs."""

if TYPE_CHECKING:
    from rungwise.protocols import Served
    from rungwise.release.package import Package
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
    sample: bool = True,
    day: date | None = None,
) -> Server:
    """Open a release and listen; `serve_until_ended` of what is returned answers.

    Args:
        workspace: The task folder.
        release: As for `predict`; without one, the server changes with what is in production.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        limits: What a request may ask for.
        deadline, time_limit: In place of those of `limits`, which are for labels; unless given,
            text gets `TEXT_SECONDS`, and half of them to be let in.
        sample: Keep some of the requests, if the release is the project's.
        day: What the sample takes for today, to replay a quarter.

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
    from rungwise.serving import api_keys
    from rungwise.serving.server import Server, is_loopback
    from rungwise.serving.service import Service
    from rungwise.serving.upkeep import Upkeep, not_served
    from rungwise.serving.versions import Versions

    keys = api_keys.ApiKeys(workspace.hidden / api_keys.FILE_NAME)
    needed = bool(keys.all())
    if not needed and not is_loopback(host):
        raise InputError(
            f"Others could reach {host} without a key",
            "Make one with `rungwise keys new --api predict`, or listen on 127.0.0.1.",
        )
    # With its own threads, the tokenizer makes the event loop wait for one of them to get a core.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    follows, wanted = release is None, ""
    if release is None:
        predictor, wanted = opened_champion(workspace)
        folder = workspace.releases / predictor.version
    else:
        predictor, folder = opened_release(workspace, release, threads=1)
    live = warmed(predictor)
    own = folder.parent == workspace.releases and (workspace.folder / FILE_NAME).is_file()

    def find(version: str) -> Served:
        assert is_version(version), "a version names no other folder"
        # Opened anew: it may have been shipped after the server began.
        now = Workspace(workspace.folder, workspace.progress)
        name = version if own else str(folder.parent / version)
        return warmed(opened_release(now, name, threads=1)[0])

    limits = _within(limits, live, deadline, time_limit)
    versions = Versions(live, find, record=swaps_of(workspace)) if own else Versions(live, find)
    upkeep = Upkeep(
        Champion(workspace, live.version) if follows else None, alert_of(workspace) if own else None
    )
    if wanted and upkeep.alert is not None:
        upkeep.alert("serving", *not_served(wanted, live.version))
    kept = sampler(workspace) if own and sample else None
    service = Service(versions, limits, keys, kept, upkeep, day)
    service.batches.threads = settings().threads or cores()
    server = Server(service, host, port)
    name, number = server.address
    kind = f"{len(live.classes)} classes" if live.classes else "generated text"
    workspace.progress.say(
        f"Release {live.version} ({live.digest[:12]}, {kind}) answers on "
        f"http://{name}:{number}, described at /docs. A request is let in if it can be answered "
        f"within {limits.deadline:g} s (`--deadline`), and given up after {limits.time:g} s "
        "(`--time-limit`). "
        + ("A key is needed." if needed else "Only this machine can reach it; no key is needed.")
        + (" It changes with what is in production." if follows else "")
        + (
            " A sample of requests is kept, redacted (`--no-sample` keeps none)."
            if kept is not None
            else " No sample of requests is kept."
        )
        + (f" They are dated {day}, a replay (`--on`)." if day is not None else "")
    )
    return server


def vllm_command(workspace: Workspace, release: str | None, *, host: str, port: int) -> list[str]:
    """vLLM's command for a release, whose files are checked; `serve` without it needs no vLLM.

    Raises:
        InputError: There is no such release, vLLM cannot answer as it does, or others could reach
            it without a key.
        LedgerError: The release is not the one that was shipped.
        ModelError: A file of the release has changed.
    """
    from rungwise.release import vllm
    from rungwise.serving.server import is_loopback

    if not is_loopback(host) and not os.environ.get(VLLM_KEY):
        raise InputError(
            f"Others could reach {host} without a key, and vLLM does not know this project's",
            f"Set {VLLM_KEY}, which vLLM asks for, or listen on 127.0.0.1.",
        )
    folder, package = _checked(workspace, release)
    template = workspace.cache / f"vllm-{package.digest[:12]}.jinja"
    command = vllm.command(folder, package, template, host, port)
    workspace.progress.say(
        f"Release {package.version} ({package.digest[:12]}): its prompt and examples are in "
        f"{template.name}, tried against the release. vLLM computes in the precision that it "
        "chooses, and the release was tested in float32. Limits, API keys, metrics and the sample "
        "of this server do not hold for vLLM's."
    )
    return command


def dockerfile_of(workspace: Workspace, release: str | None) -> str:
    """A Dockerfile that serves a release, whose files are checked; errors as of `vllm_command`.

    Raises:
        InputError: The release does not lie in the task folder, where the image is built.
    """
    from importlib.metadata import version

    from rungwise.release.export_folder import SERVING
    from rungwise.release.opened import answers_in_text
    from rungwise.serving.dockerfile import dockerfile

    folder, package = _checked(workspace, release)
    try:
        inside = folder.resolve().relative_to(workspace.folder.resolve()).as_posix()
    except ValueError as error:
        raise InputError(
            f"{folder} lies outside {workspace.folder}, where the image is built",
            "Name the folder that holds it with `-C`.",
        ) from error
    weights = not answers_in_text(package) or json.loads(package.read(SERVING)).get("weights")
    return dockerfile(
        package.version, package.digest, inside, version("rungwise"), endpoint=not weights
    )


def _checked(workspace: Workspace, release: str | None) -> tuple[Path, Package]:
    """The folder of a release, and its files, all of them compared with their digests."""
    from rungwise.release.package import Package

    folder, record = release_folder(workspace, release)
    recorded, about = (record.manifest, record.about) if record else (None, "")
    package = Package(folder, recorded=recorded, about=about)
    package.read_all()
    return folder, package


def _within(
    limits: Limits, model: Served, deadline: float | None, time_limit: float | None
) -> Limits:
    """The limits with those times that are given, else those for what the release answers."""
    if time_limit is None:
        time_limit = limits.time if model.classes else TEXT_SECONDS
    if deadline is None:
        deadline = min(limits.deadline, time_limit) if model.classes else time_limit / 2
    return replace(limits, deadline=deadline, time=time_limit)
