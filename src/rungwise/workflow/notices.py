"""Notices of alarms: where they go, and what became of each (R77).

The alarm stands in the ledger before a notice is sent, so a server that is down loses nothing. No
message and no entry holds a webhook's path, query or variables.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPErrorProcessor, ProxyHandler, Request, build_opener, getproxies

from rungwise.monitoring_section import VARIABLE, Notices

SCREEN, FILE, WEBHOOK = "standard output", "file", "webhook"
SECONDS = 10.0
"""What a webhook may take in all."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told about an alarm.

    Attributes:
        text: For people, in lines.
        content: The same for machines.
    """

    text: str
    content: Mapping[str, Any]


def channels(given: Notices | None) -> tuple[str, ...]:
    """Where a notice goes: always to standard output, and where the task says."""
    chosen = {FILE: given and given.file, WEBHOOK: given and given.webhook}
    return (SCREEN, *(name for name, place in chosen.items() if place))


def send(notice: Notice, channel: str, given: Notices | None, folder: Path) -> str:
    """Send a notice to a file or a webhook; returns why it did not arrive, "" if it did.

    Args:
        notice: What is sent.
        channel: `FILE` or `WEBHOOK`; whoever called prints to `SCREEN`.
        given: The places.
        folder: The task folder, which a relative file is below.
    """
    if channel == FILE and given and given.file:
        return _append(notice, folder / given.file)
    if channel == WEBHOOK and given and given.webhook:
        return _post(notice, given.webhook)
    return ""


def _append(notice: Notice, path: Path) -> str:
    """Add a line of JSON to a .jsonl, or the text to any other file."""
    as_line = path.suffix.lower() == ".jsonl"
    added = json.dumps(notice.content, ensure_ascii=False) if as_line else notice.text
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{added}\n" if as_line else f"{added}\n\n")
    except OSError as error:
        return f"The file {path.name} of `monitoring.notices` cannot be written: {error.strerror}"
    return ""


class _NoRedirects(HTTPErrorProcessor):
    """Every status is an answer: a redirect would carry the notice to a place nobody named."""

    def http_response(self, request: Request, response: Any) -> Any:
        return response

    https_response = http_response


def _post(notice: Notice, template: str) -> str:
    """Post `{"text": …}`, which chat servers show, and the facts beside it."""
    absent = [name for name in VARIABLE.findall(template) if not os.environ.get(name, "").strip()]
    if absent:
        return f"The webhook needs {' and '.join(absent)}, which the environment does not hold"
    url = VARIABLE.sub(lambda found: os.environ[found[1]].strip(), template)
    place = _shown(template)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        return f"{place} is no URL of http or https"
    if parts.scheme == "http" and VARIABLE.search(template) and parts.hostname not in LOCAL:
        return f"{place} would send a secret unencrypted: use https"
    body = json.dumps({"text": notice.text, **notice.content}, ensure_ascii=False).encode()
    request = Request(url, body, {"Content-Type": "application/json"}, method="POST")
    outcome: list[str] = []
    # A thread, because a server that sends byte by byte outlasts every timeout of a socket.
    sender = threading.Thread(target=lambda: outcome.append(_status(request)), daemon=True)
    sender.start()
    sender.join(SECONDS)
    problem = outcome[0] if outcome else f"did not answer within {SECONDS:.0f} seconds"
    return f"{place} {problem}" if problem else ""


def _status(request: Request) -> str:
    """What is wrong with a server's answer; "" if it took the notice."""
    proxies = {} if urlsplit(request.full_url).hostname in LOCAL else getproxies()
    opener = build_opener(_NoRedirects, ProxyHandler(proxies))
    try:
        with opener.open(request, timeout=SECONDS) as response:
            status = int(response.status)
    except TimeoutError:
        return f"did not answer within {SECONDS:.0f} seconds"
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            return f"did not answer within {SECONDS:.0f} seconds"
        told = reason.strerror if isinstance(reason, OSError) and reason.strerror else ""
        return f"cannot be reached ({told or type(reason).__name__})"
    if 300 <= status < 400:
        return f"answers {status}, a redirect, which is not followed: name the place itself"
    return "" if 200 <= status < 300 else f"answers {status}"


def _shown(template: str) -> str:
    """A webhook without what may be secret."""
    if VARIABLE.fullmatch(template):
        return f"The webhook in {template[2:-1]}"
    host = VARIABLE.sub("…", template).partition("://")[2].partition("/")[0].partition("?")[0]
    return f"The webhook at {host}"
