"""A release appears whole or not at all, and is never changed afterwards (R71, R72)."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_export import export, facts

from rungwise.errors import InputError, LedgerError, ModelError, RungwiseError, StorageError
from rungwise.records import to_json
from rungwise.release import manifest
from rungwise.release.build import about_digest, build, digest
from rungwise.release.package import check
from rungwise.release.version import following


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return build(tmp_path / "releases", facts(), export, "# Parcels\n")


def test_the_first_version_and_those_after_it() -> None:
    assert following([]) == "v1.0"
    assert following(["v1.0"]) == "v1.1"
    assert following(["v1.9", "v1.10", "v1.2"]) == "v1.11"
    assert following(["v1.7", "v2.0"]) == "v2.1"
    assert following(["latest", ".building-v9.9", "v1", "v01.3", "v1.0.1"]) == "v1.0"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1))
def test_the_next_version_is_newer_than_all(versions: list[tuple[int, int]]) -> None:
    major, minor = following(f"v{one}.{two}" for one, two in versions)[1:].split(".")
    assert all((int(major), int(minor)) > version for version in versions)


def test_a_release_holds_the_export_the_card_and_a_manifest(release: Path) -> None:
    assert release.name == "v1.0"
    assert sorted(path.name for path in release.iterdir()) == [
        "README.md", "labels.json", "manifest.json", "model.onnx", "release.json",
        "serving.json", "tokenizer.json",
    ]  # fmt: skip
    assert (release / "README.md").read_text() == "# Parcels\n"
    read = check(release)
    assert dataclasses.replace(read, files={}, pages={}) == facts()
    model = (release / "model.onnx").read_bytes()
    assert read.files["model.onnx"] == sha256(model).hexdigest()
    assert [path.name for path in release.parent.iterdir()] == ["v1.0"]


def test_a_whole_release_checks(release: Path) -> None:
    assert check(release).unseal == 2
    assert check(release, digest(release)).version == "v1.0"


@pytest.mark.parametrize("name", ["README.md", "labels.json", "model.onnx", "tokenizer.json"])
def test_one_changed_bit_names_its_file(release: Path, name: str) -> None:
    content = bytearray((release / name).read_bytes())
    content[len(content) // 2] ^= 1
    (release / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} of release v1.0 has changed"):
        check(release)


def test_a_missing_and_an_added_file_are_named(release: Path) -> None:
    (release / "extra").mkdir()
    (release / "extra" / "notes.txt").write_text("")
    with pytest.raises(ModelError, match=r"has extra/notes\.txt, which is not its own"):
        check(release)
    (release / "extra" / "notes.txt").unlink()
    (release / "labels.json").unlink()
    with pytest.raises(ModelError, match=r"lacks labels\.json"):
        check(release)


def test_against_the_ledger_a_rewritten_manifest_shows(release: Path) -> None:
    """Somebody changes labels or card, and its digest beside it: only the ledger knows."""
    recorded = digest(release), about_digest(release)
    assert check(release, *recorded).version == "v1.0"
    before = check(release)
    for name, content, fact in [
        ("README.md", "# Better than it is\n", r"release\.json is not the one on record"),
        ("labels.json", '["lost", "late", "broken"]', r"manifest\.json is not the one on record"),
    ]:
        (release / name).write_text(content)
        files, pages = manifest.digests(release), manifest.pages(release)
        manifest.write(dataclasses.replace(before, files=files, pages=pages), release)
        check(release)
        with pytest.raises(LedgerError, match=fact):
            check(release, *recorded)
    (release / "release.json").unlink()
    with pytest.raises(LedgerError, match=r"manifest\.json is not the one|is missing"):
        check(release, *recorded)


def test_the_same_facts_under_another_version_have_the_same_manifest(tmp_path: Path) -> None:
    later = dataclasses.replace(
        facts("v1.1"), created="2027-01-01T00:00:00+00:00", overrides=(), evidence=("a0",)
    )
    first, second = (
        build(tmp_path, made, export, f"# {made.version}\n") for made in (facts(), later)
    )
    assert digest(first) == digest(second)
    assert about_digest(first) != about_digest(second)
    assert check(second, digest(first)) == dataclasses.replace(
        later, files=check(first).files, pages=check(second).pages
    )


def test_a_release_of_an_earlier_version_has_one_manifest_with_everything(release: Path) -> None:
    """As it was written before: all fields and the card's digest in `manifest.json`."""
    whole = to_json(check(release))
    whole["files"] |= whole.pop("pages")
    (release / "release.json").unlink()
    (release / "manifest.json").write_text(json.dumps(whole))
    read = check(release, digest(release))
    assert (read.version, read.created, read.go) == ("v1.0", facts().created, None)
    assert "README.md" in read.files
    (release / "release.json").write_text("{}")
    with pytest.raises(ModelError, match=r"release\.json has other fields"):
        check(release)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": "v1.0"}', "\xff"])
@pytest.mark.parametrize("name", ["manifest.json", "release.json"])
def test_a_manifest_that_cannot_be_read(release: Path, content: str, name: str) -> None:
    (release / name).write_text(content, encoding="latin-1")
    with pytest.raises(ModelError, match="cannot be read") as caught:
        check(release)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a release"):
        check(tmp_path)


@pytest.mark.parametrize("name", ["head.pkl", "model.pt", "pytorch_model.bin", "x.joblib", "x.py"])
def test_a_release_never_holds_a_pickle(tmp_path: Path, name: str) -> None:
    def careless(folder: Path) -> None:
        export(folder)
        (folder / name).write_bytes(b"\x80\x04.")

    with pytest.raises(ModelError, match=f"{name}.*never opened"):
        build(tmp_path, facts(), careless, "")
    assert list(tmp_path.iterdir()) == []


def test_a_version_is_never_overwritten(release: Path) -> None:
    before = (release / "manifest.json").read_bytes()
    with pytest.raises(InputError, match="never changed"):
        build(release.parent, facts(), export, "another card")
    assert (release / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("version", ["1.0", "v1", "../v1.0", "", "v1.0/x"])
def test_a_version_is_written_as_one(tmp_path: Path, version: str) -> None:
    with pytest.raises(InputError, match="is not a version"):
        build(tmp_path, facts(version), export, "")


@pytest.mark.parametrize(
    ("interruption", "seen"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), StorageError),
        (ModelError("It cannot be exported", "Choose another."), RungwiseError),
    ],
    ids=["Ctrl-C", "full disk", "refused"],
)
def test_nothing_half_written_is_left(
    tmp_path: Path, interruption: BaseException, seen: type[BaseException]
) -> None:
    def interrupted(folder: Path) -> None:
        export(folder)
        raise interruption

    with pytest.raises(seen):
        build(tmp_path / "releases", facts(), interrupted, "")
    assert list((tmp_path / "releases").iterdir()) == []


def test_a_disk_that_fills_up_while_the_manifest_is_written(tmp_path: Path) -> None:
    """A real limit on file size stands for the full disk."""
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from rungwise.errors import StorageError\n"
        "from rungwise.release.build import build\n"
        "from tests.small_export import export, facts\n"
        "def limited(folder):\n"
        "    export(folder)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        "try:\n"
        "    build(Path(sys.argv[1]), facts(), limited, 'card')\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    call = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True)
    assert "v1.0 cannot be written" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from rungwise.release.build import build\n"
        "from tests.small_export import export, facts\n"
        "def killed(folder):\n"
        "    export(folder)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "build(Path(sys.argv[1]), facts(), killed, '')\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".")
    build(tmp_path, facts(), export, "")
    assert [path.name for path in tmp_path.iterdir()] == ["v1.0"]
