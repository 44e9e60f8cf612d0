"""Verifying: every change of what was stored is seen, and the first bad entry is named."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.constructed import attempt, measured

from rungwise.errors import LedgerError
from rungwise.ledger.append import append
from rungwise.ledger.entry import fingerprint
from rungwise.ledger.store import Ledger
from rungwise.ledger.verify import verify
from rungwise.objects import Objects
from rungwise.records import SplitRecord, from_json, to_json

ENTRIES = 11


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger whose every change is taken back."""
    folder = tmp_path_factory.mktemp("ledger")
    fill(Ledger(folder))
    return folder


def fill(ledger: Ledger) -> None:
    for number in range(ENTRIES):
        if number % 3:
            reason = f"Grüße, {number}"
            append(ledger, "skipped", {"data": "d", "rung": "lora", "reason": reason})
        else:
            evidence = attempt("frozen", measured(0.9 + number / 1000))
            append(ledger, "attempt", to_json(evidence))


@contextmanager
def tampered(folder: Path, *statements: str, values: tuple[object, ...] = ()) -> Iterator[Ledger]:
    """The ledger after somebody changed it; the change is taken back at the end."""
    path = folder / "ledger.db"
    before = path.read_bytes()
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement, values)
        yield Ledger(folder)
    finally:
        path.write_bytes(before)


def first_bad(ledger: Ledger) -> int:
    with pytest.raises(LedgerError) as caught:
        verify(ledger)
    assert "\n" not in str(caught.value)
    named = re.match(r"Entry (\d+) ", str(caught.value))
    assert named, caught.value
    return int(named[1])


def test_an_untouched_ledger_verifies(folder: Path) -> None:
    found = verify(Ledger(folder))
    assert (found.entries, found.objects, found.head) == (ENTRIES, 0, True)


@given(
    entry=st.integers(1, ENTRIES),
    column=st.sampled_from(["sequence", "kind", "payload", "previous", "hash"]),
    place=st.integers(0, 10_000),
    character=st.characters(codec="utf-8"),
)
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_one_character_of_any_field_of_any_entry(
    folder: Path, entry: int, column: str, place: int, character: str
) -> None:
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        rows = connection.execute(f"SELECT sequence, {column} FROM entries").fetchall()
    taken = {sequence for sequence, _ in rows}
    stored = str(dict(rows)[entry])
    place %= len(stored)
    if column == "sequence":
        character = str(ord(character) % 10)
    changed = stored[:place] + character + stored[place + 1 :]
    assume(changed != stored)
    expected = entry
    if column == "sequence":
        assume(int(changed) not in taken)  # the database itself refuses a second entry 3
        expected = min(entry, int(changed))
    update = f"UPDATE entries SET {column} = ? WHERE sequence = {entry}"
    with tampered(folder, update, values=(changed,)) as ledger:
        assert first_bad(ledger) == expected


@pytest.mark.parametrize("column", ["kind", "payload", "previous"])
@pytest.mark.parametrize("entry", [1, 5, ENTRIES - 1])
def test_a_forged_entry_whose_own_hash_is_recomputed(folder: Path, entry: int, column: str) -> None:
    """By itself it is sound: only the entry after it still names what was there before."""
    read = f"SELECT kind, payload, previous FROM entries WHERE sequence = {entry}"
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        stored = dict(zip(("kind", "payload", "previous"), connection.execute(read).fetchone(),
                          strict=True))  # fmt: skip
    forged = {"kind": "import", "payload": '{"time":"never"}', "previous": "f" * 64}
    told = {**stored, column: forged[column]}
    digest = fingerprint(entry, **told)
    change = f"UPDATE entries SET {column} = ?, hash = ? WHERE sequence = {entry}"
    with tampered(folder, change, values=(forged[column], digest)) as ledger:
        with pytest.raises(LedgerError, match="its `previous` is not the hash of") as caught:
            verify(ledger)
        named = entry if column == "previous" else entry + 1
        assert str(caught.value).startswith(f"Entry {named} ")


RESTORE = "Restore the ledger from a backup."


@pytest.mark.parametrize(("statement", "message"), [
    ("UPDATE entries SET sequence = 0 WHERE sequence = 1",
     "Entry 0 (attempt) does not verify: no entry has this number."),
    ("DELETE FROM entries WHERE sequence = 5",
     "Entry 5 is missing: entry 6 (skipped) stands in its place."),
    ("UPDATE entries SET payload = x'7b7d' WHERE sequence = 6",
     "Entry 6 (skipped) does not verify: it holds bytes where text was written."),
    ("UPDATE entries SET payload = '{}' WHERE sequence = 7",
     "Entry 7 (attempt) does not verify: its hash does not follow from its kind, payload and "
     "`previous`."),
    ("UPDATE entries SET previous = 'x' || substr(previous, 2) WHERE sequence = 1",
     "Entry 1 (attempt) does not verify: its `previous` is not the hash of the beginning."),
    ("UPDATE entries SET previous = 'x' || substr(previous, 2) WHERE sequence = 8",
     "Entry 8 (skipped) does not verify: its `previous` is not the hash of entry 7."),
    ("UPDATE entries SET kind = 'skip' || char(10) || 'ped' WHERE sequence = 9",
     "Entry 9 ('skip\\nped') does not verify: its hash does not follow from its kind, payload and "
     "`previous`."),
    ("UPDATE entries SET kind = x'61' WHERE sequence = 10",
     "Entry 10 (b'a') does not verify: it holds bytes where text was written."),
])  # fmt: skip
def test_the_message_says_which_entry_what_is_wrong_and_what_to_do(
    folder: Path, statement: str, message: str
) -> None:
    with tampered(folder, statement) as ledger, pytest.raises(LedgerError) as caught:
        verify(ledger)
    assert str(caught.value) == f"{message} {RESTORE}"


def test_the_hash_of_the_newest_entry_proves_all_before_it(
    folder: Path, kept: tuple[Ledger, Objects, Objects, dict[str, str]], tmp_path: Path
) -> None:
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        read = f"SELECT hash FROM entries WHERE sequence = {ENTRIES}"
        (newest,) = connection.execute(read).fetchone()
    assert verify(Ledger(folder)).hash == newest
    assert verify(Ledger(tmp_path / "empty")).hash == "0" * 64
    ledger, objects, sealed, _ = kept
    assert verify(ledger, objects, sealed).hash == verify(ledger).hash != newest


def test_fitted_files_may_be_absent_only_if_that_is_said(
    kept: tuple[Ledger, Objects, Objects, dict[str, str]],
) -> None:
    ledger, objects, sealed, _ = kept
    objects.path(objects.put(b"weights")).unlink()
    with pytest.raises(LedgerError, match=r"artefact/head\.safetensors .* is not in the object"):
        verify(ledger, objects, sealed)
    found = verify(ledger, objects, sealed, weights=False)
    assert (found.objects, found.absent) == (7, 1)


@pytest.mark.parametrize("entry", [1, 5, ENTRIES - 1])
def test_a_deleted_entry_is_missed(folder: Path, entry: int) -> None:
    with tampered(folder, f"DELETE FROM entries WHERE sequence = {entry}") as ledger:
        assert first_bad(ledger) == entry


def test_two_swapped_entries(folder: Path) -> None:
    swap = (
        "UPDATE entries SET sequence = -1 WHERE sequence = 4",
        "UPDATE entries SET sequence = 4 WHERE sequence = 7",
        "UPDATE entries SET sequence = 7 WHERE sequence = -1",
    )
    with tampered(folder, *swap) as ledger:
        assert first_bad(ledger) == 4


@pytest.mark.parametrize("kept", [ENTRIES - 1, 3, 0])
def test_a_cut_tail_is_seen_by_the_head(folder: Path, kept: int) -> None:
    with (
        tampered(folder, f"DELETE FROM entries WHERE sequence > {kept}") as ledger,
        pytest.raises(LedgerError, match=f"entry {kept + 1} and what followed are gone"),
    ):
        verify(ledger)


def test_an_absent_ledger_is_seen_by_the_head(folder: Path) -> None:
    path = folder / "ledger.db"
    away = path.rename(folder / "away")
    try:
        with pytest.raises(LedgerError, match="entry 1 and what followed are gone"):
            verify(Ledger(folder))
    finally:
        away.rename(path)


def test_a_rewritten_chain_is_seen_by_the_head(folder: Path) -> None:
    """Somebody who knows the rule rewrites the last entry, hash and all."""
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        row = connection.execute(
            f"SELECT kind, payload, previous FROM entries WHERE sequence = {ENTRIES}"
        ).fetchone()
    kind, payload, previous = row
    forged = payload.replace('"rung":"lora"', '"rung":"full"')
    assert forged != payload
    digest = fingerprint(ENTRIES, kind, forged, previous)
    update = f"UPDATE entries SET payload = ?, hash = ? WHERE sequence = {ENTRIES}"
    with tampered(folder, update, values=(forged, digest)) as ledger:
        assert first_bad(ledger) == ENTRIES


def test_bytes_that_are_no_text_still_name_their_entry(folder: Path) -> None:
    for damage in ("CAST(x'7bff7d' AS TEXT)", "x'7bff7d'"):
        with tampered(
            folder, f"UPDATE entries SET payload = {damage} WHERE sequence = 6"
        ) as ledger:
            assert first_bad(ledger) == 6


def test_a_damaged_head_is_said_and_a_missing_one_is_known(folder: Path) -> None:
    head = folder / "head"
    before = head.read_text()
    try:
        for damage in ("", "9", "nine " + "a" * 64, "0 " + "a" * 64):
            head.write_text(damage)
            with pytest.raises(LedgerError, match="does not name an entry"):
                verify(Ledger(folder))
        head.unlink()
        assert verify(Ledger(folder)).head is False
    finally:
        head.write_text(before)


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Ledger, Objects, Objects, dict[str, str]]:
    """A ledger with a split, an attempt, and the objects that they name."""
    objects, sealed = Objects(tmp_path / "objects"), Objects(tmp_path / "sealed")
    names = ("train", "validation", "test_inputs", "quarantine")
    digests = {name: objects.put(name.encode()) for name in names}
    digests["test_expected"] = sealed.put(b"the answers")
    fitted = tmp_path / "fitted"
    fitted.mkdir()
    (fitted / "head.safetensors").write_bytes(b"weights")
    digests["artefact"] = objects.put_folder(fitted)
    digests["predictions"] = objects.put(b"predictions")
    ledger = Ledger(tmp_path / "ledger")
    split = from_json(
        SplitRecord,
        {
            "id": "s",
            **{"sources": {}, "rows": {}, "classes": [], "quarantined": {}, "assumptions": []},
            **{name: digests[name] for name in (*names, "test_expected")},
        },
    )
    append(ledger, "split", to_json(split))
    fitted_parts = {name: digests[name] for name in ("artefact", "predictions")}
    append(ledger, "attempt", to_json(attempt("frozen", measured(0.9), data="s", **fitted_parts)))
    return ledger, objects, sealed, digests


def test_every_object_on_record_is_hashed(
    kept: tuple[Ledger, Objects, Objects, dict[str, str]],
) -> None:
    ledger, objects, sealed, _ = kept
    assert (
        verify(ledger, objects, sealed).objects == 8
    )  # five parts, one file, its listing, answers


@pytest.mark.parametrize(
    ("name", "entry"),
    [("train", 1), ("test_expected", 1), ("quarantine", 1), ("artefact", 2), ("predictions", 2)],
)
def test_a_changed_or_lost_object_names_its_entry(
    kept: tuple[Ledger, Objects, Objects, dict[str, str]], name: str, entry: int
) -> None:
    ledger, objects, sealed, digests = kept
    place = (sealed if name == "test_expected" else objects).path(digests[name])
    before = place.read_bytes()
    place.write_bytes(before[:-1] + b"!")
    with pytest.raises(LedgerError, match=rf"Entry {entry} .*{name}.* has changed on disk"):
        verify(ledger, objects, sealed)
    place.unlink()
    with pytest.raises(LedgerError, match=rf"Entry {entry} .*{name}.* is not in the object store"):
        verify(ledger, objects, sealed)


def test_a_file_inside_a_stored_folder_names_its_entry(
    kept: tuple[Ledger, Objects, Objects, dict[str, str]], tmp_path: Path
) -> None:
    ledger, objects, sealed, _ = kept
    objects.path(objects.put(b"weights")).write_bytes(b"weights of another")
    with pytest.raises(LedgerError, match=r"Entry 2 .*artefact/head\.safetensors.*has changed"):
        verify(ledger, objects, sealed)
