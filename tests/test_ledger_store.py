"""Where the ledger lies: created late, migrated in place, and told in one line when it fails."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from rungwise.errors import InputError, LedgerError, StorageError
from rungwise.ledger import schema, tables
from rungwise.ledger.append import append
from rungwise.ledger.read import entries
from rungwise.ledger.store import Ledger
from rungwise.ledger.verify import verify

SKIPPED = {"data": "d", "rung": "lora", "reason": "because"}


def test_the_migrations_make_the_table_that_the_code_uses(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    append(ledger, "skipped", SKIPPED)
    with ledger.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
    assert differences == []


def test_file_names_tell_the_revisions_that_alembic_sees() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert sorted(each.revision for each in script.walk_revisions()) == schema.revisions()
    assert script.get_heads() == [schema.revisions()[-1]]


def test_an_up_to_date_ledger_never_loads_alembic(tmp_path: Path) -> None:
    append(Ledger(tmp_path), "skipped", SKIPPED)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from rungwise.ledger.append import append\n"
        "from rungwise.ledger.read import entries\n"
        "from rungwise.ledger.store import Ledger\n"
        f"ledger = Ledger(Path({str(tmp_path)!r}))\n"
        f"append(ledger, 'skipped', {SKIPPED!r})\n"
        "assert len(entries(ledger)) == 2\n"
        "print(sorted({'alembic', 'torch', 'transformers', 'sklearn'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout.strip() == "[]"


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    append(Ledger(tmp_path), "skipped", SKIPPED)
    change(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    for use in (entries, verify, lambda ledger: append(ledger, "skipped", SKIPPED)):
        with pytest.raises(LedgerError, match=r"has revision 9999.*Upgrade Rungwise"):
            use(Ledger(tmp_path))


def test_somebody_elses_table_is_left_alone(tmp_path: Path) -> None:
    change(tmp_path, "CREATE TABLE entries (recipe TEXT)")
    with pytest.raises(LedgerError, match="did not make"):
        append(Ledger(tmp_path), "skipped", SKIPPED)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("Dear diary, " * 100)
    with pytest.raises(LedgerError, match="is not a ledger database"):
        entries(Ledger(tmp_path))


def test_a_database_with_a_damaged_page(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for number in range(40):
        append(ledger, "skipped", {**SKIPPED, "reason": f"{number} " * 100})
    content = bytearray((tmp_path / "ledger.db").read_bytes())
    content[4096 * 2 :] = b"\x00" * (len(content) - 4096 * 2)
    (tmp_path / "ledger.db").write_bytes(content)
    with pytest.raises(LedgerError) as caught:
        verify(Ledger(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    append(ledger, "skipped", SKIPPED)
    event.listen(ledger.engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 8"))
    with pytest.raises(StorageError, match="the disk is full"):
        append(ledger, "skipped", {**SKIPPED, "reason": "long " * 100_000})
    assert verify(Ledger(tmp_path)).entries == 1


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        append(Ledger(tmp_path / "taken"), "skipped", SKIPPED)


def test_another_process_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rungwise.ledger.store.BUSY_SECONDS", 0.01)
    append(Ledger(tmp_path), "skipped", SKIPPED)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another process"):
            append(Ledger(tmp_path), "skipped", SKIPPED)
        assert len(entries(Ledger(tmp_path))) == 1


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user may enter; pytest's own are closed to them."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_folder_can_be_read_and_says_no_to_writing(open_folder: Path) -> None:
    """Root may write anywhere, so a process without root's rights tries."""
    append(Ledger(open_folder), "skipped", SKIPPED)
    (open_folder / "ledger.db").chmod(0o444)
    open_folder.chmod(0o555)
    code = (
        "import os\n"
        "from pathlib import Path\n"
        "from rungwise.errors import StorageError\n"
        "from rungwise.ledger.append import append\n"
        "from rungwise.ledger.verify import verify\n"
        "from rungwise.ledger.store import Ledger\n"
        f"ledger = Ledger(Path({str(open_folder)!r}))\n"
        "if os.geteuid() == 0:\n"
        "    os.seteuid(65534)\n"
        "assert verify(ledger).entries == 1\n"
        "try:\n"
        f"    append(ledger, 'skipped', {SKIPPED!r})\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True
    )
    open_folder.chmod(0o755)
    assert "read-only" in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_a_url_of_a_teams_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'team.sqlite'}"
    append(Ledger(tmp_path / "mine", url), "skipped", SKIPPED)
    append(Ledger(tmp_path / "yours", url), "skipped", SKIPPED)
    assert verify(Ledger(tmp_path / "mine", url)).entries == 2
    assert (tmp_path / "mine" / "head").read_text().startswith("1 ")
    assert (tmp_path / "yours" / "head").read_text().startswith("2 ")


@pytest.mark.parametrize(
    "url", ["postgresql//u:secret@host", "klingon://u:secret@host/x", "sqlite://u:secret@/x"]
)
def test_a_url_that_cannot_be_used_keeps_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="URL cannot be used") as caught:
        Ledger(tmp_path, url)
    assert "secret" not in str(caught.value)


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "ledger.db")) as connection, connection:
        connection.execute(statement)
