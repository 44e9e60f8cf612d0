"""Writing: chained, whole or not at all, from several processes, through a kill."""

from __future__ import annotations

import json
import math
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from rungwise.errors import InputError, LedgerError
from rungwise.ledger.append import append
from rungwise.ledger.read import entries
from rungwise.ledger.store import Ledger
from rungwise.ledger.verify import verify

APPENDING = """
import sys
from pathlib import Path
from rungwise.ledger.append import append
from rungwise.ledger.store import Ledger

def write(count):
    ledger = Ledger(Path(sys.argv[1]))
    for number in range(count):
        reason = f"{sys.argv[2]} {number}"
        append(ledger, "skipped", {"data": "d", "rung": "lora", "reason": reason})
        print(number, flush=True)
"""


def skip(reason: str = "because") -> dict[str, str]:
    return {"data": "d", "rung": "lora", "reason": reason}


def test_the_hash_can_be_derived_by_hand(tmp_path: Path) -> None:
    """The documented rule, with nothing but json and hashlib."""
    ledger = Ledger(tmp_path)
    append(ledger, "skipped", skip("erst — zuerst"))
    append(ledger, "skipped", skip("then"))
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        stored = connection.execute("SELECT * FROM entries ORDER BY sequence").fetchall()
    connection.close()
    before = "0" * 64
    for sequence, kind, payload, previous, digest in stored:
        assert previous == before
        text = json.dumps(
            [sequence, kind, payload, previous], ensure_ascii=False, separators=(",", ":")
        )
        assert sha256(text.encode()).hexdigest() == digest
        before = digest


def test_an_entry_comes_back_as_it_was_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    first, second = append(ledger, "skipped", skip("a")), append(ledger, "skipped", skip("b"))
    assert entries(Ledger(tmp_path)) == [first, second]
    assert (first.sequence, second.sequence) == (1, 2)
    assert second.previous == first.hash
    assert first.payload == {**skip("a"), "time": first.time}
    written = datetime.fromisoformat(first.time)
    assert written.tzinfo == UTC
    assert written.microsecond == 0


def test_a_time_that_is_part_of_the_record_is_kept(tmp_path: Path) -> None:
    signed = {"gate": "g", "name": "n", "role": "r", "reason": "x", "subject": ""}
    entry = append(Ledger(tmp_path), "override", {**signed, "time": "2026-01-02T03:04:05+00:00"})
    assert entry.time == "2026-01-02T03:04:05+00:00"


def test_reading_an_absent_ledger_creates_nothing(tmp_path: Path) -> None:
    assert entries(Ledger(tmp_path / ".rungwise")) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused_by_their_place(
    tmp_path: Path, value: float
) -> None:
    verdict = {"code": "g", "requirement": "R63", "verdict": "hold", "reason": "r"}
    payload = {
        "data": "d",
        "step": "test",
        "subject": "a",
        "verdict": {**verdict, "numbers": {"gap": [0.5, value]}},
    }
    ledger = Ledger(tmp_path)
    with pytest.raises(InputError, match=r"verdict\.numbers\.gap\[1\] is"):
        append(ledger, "verdict", payload)
    assert entries(ledger) == []


def test_text_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        append(Ledger(tmp_path), "skipped", skip("\ud800"))


def test_a_payload_that_could_not_be_read_again_is_never_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    with pytest.raises(ValueError, match="reason"):
        append(ledger, "skipped", {"data": "d", "rung": "lora"})
    with pytest.raises(KeyError):
        append(ledger, "gossip", {})
    assert entries(ledger) == []


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    code = APPENDING + "write(25)"
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], stdout=subprocess.PIPE)
        for name in ("one", "two")
    ]
    for process in both:
        process.communicate()
        assert process.returncode == 0
    ledger = Ledger(tmp_path)
    assert verify(ledger).entries == 50
    reasons = [entry.payload["reason"] for entry in entries(ledger)]
    for name in ("one", "two"):
        own = [reason for reason in reasons if reason.startswith(name)]
        assert own == [f"{name} {number}" for number in range(25)]


def test_what_was_confirmed_survives_a_kill(tmp_path: Path) -> None:
    code = APPENDING + "write(100_000)"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), "x"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    confirmed = [int(process.stdout.readline()) for _ in range(12)]
    process.kill()
    rest, _ = process.communicate()
    confirmed += [int(line) for line in rest.splitlines()]
    kept = verify(Ledger(tmp_path)).entries
    assert kept in (len(confirmed), len(confirmed) + 1)
    append(Ledger(tmp_path), "skipped", skip())
    assert verify(Ledger(tmp_path)).entries == kept + 1


@pytest.mark.parametrize(
    ("moment", "kept"),
    [("commit", 2), ("checkin", 3)],
    ids=["before it is safe", "before the head is written"],
)
def test_a_kill_in_the_middle_of_an_entry_leaves_all_or_nothing(
    tmp_path: Path, moment: str, kept: int
) -> None:
    code = APPENDING + (
        "write(2)\n"
        "import os, signal\n"
        "from sqlalchemy import event\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "killed = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"event.listen(ledger.engine, {moment!r}, killed)\n"
        "append(ledger, 'skipped', {'data': 'd', 'rung': 'r', 'reason': 'third'})\n"
    )
    call = [sys.executable, "-c", code, str(tmp_path), "x"]
    killed = subprocess.run(call, check=False, stdout=subprocess.PIPE)
    assert killed.returncode == -signal.SIGKILL
    assert verify(Ledger(tmp_path)).entries == kept
    assert append(Ledger(tmp_path), "skipped", skip()).sequence == kept + 1


def test_nothing_is_written_on_top_of_a_loss(tmp_path: Path) -> None:
    """A new tail would hide that the old one was cut off."""
    ledger = Ledger(tmp_path)
    for number in range(3):
        append(ledger, "skipped", skip(str(number)))
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("DELETE FROM entries WHERE sequence = 3")
    connection.close()
    with pytest.raises(LedgerError, match="entry 3 and what followed are gone"):
        append(Ledger(tmp_path), "skipped", skip())
    assert len(entries(ledger)) == 2
