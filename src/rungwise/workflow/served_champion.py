"""What a server answers with, as the ledger says, and what it reports back."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rungwise.errors import LedgerError, ModelError, RungwiseError
from rungwise.progress import Silent
from rungwise.stages import champion, champions
from rungwise.workflow.alarms import raise_alarm
from rungwise.workflow.released import opened_release
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    from rungwise.protocols import Served
    from rungwise.release.opened import Answers
    from rungwise.serving.versions import Swap

log = logging.getLogger("rungwise.serving")

SWAPS = "served.jsonl"
"""Below `.rungwise/`: which release a server of this folder answered with since when, and why."""
SHARED = 10.0
"""Seconds between two looks at a ledger that lies in a database elsewhere."""
FIRST = {"sample": "df -h .rungwise", "serving": "rungwise release history"}
"""The first command of each kind of alarm that a server raises."""


class Champion:
    """Says when another release was put into production; cheap to ask often.

    Args:
        workspace: The task folder.
        live: The version that answers.
    """

    def __init__(self, workspace: Workspace, live: str) -> None:
        self._workspace, self._known = workspace, live
        self._seen: object = None
        self._seen = self._changed()

    def __call__(self) -> str | None:
        """The champion if it is another one than at the last call, else None.

        Raises:
            RungwiseError: The ledger cannot be read.
        """
        seen = self._changed()
        if seen == self._seen:
            return None
        now = champion(Workspace(self._workspace.folder, Silent()).state.promotions)
        self._seen = seen
        if now is None or now == self._known:
            return None
        self._known = now
        return now

    def _changed(self) -> object:
        """What is another one after each entry of the ledger."""
        if self._workspace.ledger.file is None:
            return int(time.monotonic() / SHARED)
        try:
            status = self._workspace.ledger.head.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


def opened_champion(workspace: Workspace) -> tuple[Answers, str]:
    """Open the champion; if its files are not those on record, the one before it, and say why.

    Before anything is in production it is the newest release, and then the one before.

    Returns:
        What answers, and the version that should and cannot; "" if it is that one.

    Raises:
        LedgerError, ModelError: No earlier release can be opened either.
    """
    try:
        return opened_release(workspace, None, threads=1)[0], ""
    except (LedgerError, ModelError) as error:
        given = workspace.state.promotions
        known = champions(given) or [each.version for each in workspace.state.releases]
        for version in reversed(known[:-1]):
            try:
                before = opened_release(workspace, version, threads=1)[0]
            except (LedgerError, ModelError):
                continue
            workspace.progress.say(
                f"{known[-1]} cannot be served, so {version} answers: {error.fact}. "
                f"{error.next_step}"
            )
            return before, known[-1]
        raise


def alert_of(workspace: Workspace) -> Callable[[str, str, str], None]:
    """What puts an alarm on record; a failure to do so is logged."""

    def alert(kind: str, subject: str, sentence: str) -> None:
        try:
            space = Workspace(workspace.folder, workspace.progress)
            raised = raise_alarm(space, kind, sentence, subject=subject, first=FIRST[kind])
        except RungwiseError as error:
            log.error("No alarm could be raised: %s", error)
            return
        if raised.notice is not None:
            workspace.progress.say(raised.notice.text)

    return alert


def swaps_of(workspace: Workspace) -> Callable[[Swap], None]:
    """What writes down which release answers from now on; a failure to do so is logged."""
    path = workspace.hidden / SWAPS

    def write(swap: Swap) -> None:
        told = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "version": swap.model.version,
            "digest": swap.model.digest,
            "before": swap.before,
            "why": swap.why,
            "process": os.getpid(),
        }
        try:
            with path.open("ab") as file:
                file.write(json.dumps(told).encode() + b"\n")
        except OSError as error:
            log.error("%s cannot be written: %s", path, error.strerror)

    return write


def warmed(predictor: Answers) -> Served:
    """A release that is ready to answer."""
    predictor.warm()
    return predictor
