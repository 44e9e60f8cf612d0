"""A file is written whole or not at all, with the permissions that it had."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project, files
from rungwise.errors import StorageError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="permissions and links of POSIX")


def test_new_and_old_content_in_full_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "Bücher.yaml"
    for text in ("first: 1\n", "second: ä\r\n" * 10_000, ""):
        files.write_text(path, text)
        assert path.read_bytes() == text.encode()
        assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    for before in (None, "before"):
        if before:
            path.write_text(before)
        with pytest.raises(KeyboardInterrupt), files.written(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt
        assert [one.read_text() for one in tmp_path.iterdir()] == ([before] if before else [])


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_permissions_stay(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "task.yaml"
    path.write_text("before")
    path.chmod(mode)
    files.write_text(path, "after")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@POSIX
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_is_as_open_as_others_of_the_process(
    tmp_path: Path, mask: int, mode: int
) -> None:
    before = os.umask(mask)
    try:
        files.write_text(tmp_path / "new", "new")
        assert os.umask(mask) == mask, "it is as it was"
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == mode


@POSIX
def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "task.yaml", tmp_path / "task.yaml"
    target.write_text("before")
    link.symlink_to(target)
    files.write_text(link, "after")
    assert link.is_symlink() and target.read_text() == "after"
    files.write_text(Path(os.devnull), "nothing")
    assert not Path(os.devnull).is_file()


@POSIX
def test_what_is_written_reaches_the_disk_before_its_name_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file first, then the name, then the folder that holds it."""
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def flushed(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def renamed(self: Path, target: Path) -> Path:
        done.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    files.write_text(tmp_path / "new", "new")
    assert done == ["file", "name", "folder"]


def test_a_full_disk_leaves_the_task_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write(tmp_path / "requests.csv", rows()[:60])
    project = Project.init(tmp_path / "task", data=data, goal=GOAL)
    file = project.folder / "rungwise.yaml"
    before = file.read_bytes()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as now:
        now.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match=r"rungwise\.yaml cannot be written: No space"):
            project.state_need(wrong=["style"])
    assert file.read_bytes() == before
    assert not [one.name for one in project.folder.iterdir() if one.name.startswith(".writing")]
    project.state_need(wrong=["style"])
    assert "style" in file.read_text()


def test_stated_rates_are_kept_in_the_file_even_if_they_are_the_default_ones(
    tmp_path: Path,
) -> None:
    data = write(tmp_path / "requests.csv", rows()[:60])
    usual = "training.learning_rates=[0.0001, 0.0002, 0.00005]"
    stated = Project.init(tmp_path / "stated", data=data, goal=GOAL, settings=(usual,))
    unset = Project.init(tmp_path / "unset", data=data, goal=GOAL)
    told = [(one.folder / "rungwise.yaml").read_text() for one in (stated, unset)]
    assert ["learning_rates" in one for one in told] == [True, False]
