"""What goes into the store comes out whole, or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.errors import LedgerError, StorageError
from rungwise.objects import Objects, canonical, digest_json


@given(content=st.binary(max_size=4096))
def test_bytes_come_back_under_their_sha256(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    store = Objects(tmp_path_factory.mktemp("store"))
    digest = store.put(content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert store.read(digest) == content
    assert store.put(content) == digest


def test_a_folder_comes_back_with_its_files(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "adapter").mkdir(parents=True)
    (source / "head.bin").write_bytes(b"head")
    (source / "adapter" / "weights.bin").write_bytes(b"weights")
    store = Objects(tmp_path / "store")
    store.folder_to(store.put_folder(source), tmp_path / "target")
    assert (tmp_path / "target" / "head.bin").read_bytes() == b"head"
    assert (tmp_path / "target" / "adapter" / "weights.bin").read_bytes() == b"weights"


def test_a_changed_object_is_never_read(tmp_path: Path) -> None:
    store = Objects(tmp_path)
    digest = store.put(b"as it was")
    store.path(digest).write_bytes(b"as it is")
    with pytest.raises(LedgerError, match="has changed"):
        store.read(digest)
    with pytest.raises(LedgerError, match="not in"):
        store.read("0" * 64)


@pytest.mark.parametrize(
    "name",
    ["../outside", "/tmp/rungwise-outside", "a/../../outside", "..", ".", "", "a//b", "./a", "a/."],
)
def test_a_listing_leads_to_no_place_outside(tmp_path: Path, name: str) -> None:
    """A project that was sent may hold any listing; its digest says only that it is this one."""
    store = Objects(tmp_path / "store")
    file = store.put(b"content")
    listing = store.put(json.dumps({"head.bin": file, name: file}).encode())
    target = tmp_path / "target"
    with pytest.raises(LedgerError, match="no listing of a folder's own files"):
        store.folder_to(listing, target)
    assert not target.exists() and not (tmp_path / "outside").exists()


@pytest.mark.parametrize("content", [b"no JSON", b"[]", b"7"])
def test_what_is_no_listing_is_one_line(tmp_path: Path, content: bytes) -> None:
    store = Objects(tmp_path / "store")
    with pytest.raises(LedgerError, match="no listing of a folder's own files"):
        store.folder_to(store.put(content), tmp_path / "target")


@pytest.mark.parametrize("digest", ["../../../etc/passwd", "..", "", "0" * 63, "G" * 64])
def test_what_is_no_digest_is_looked_for_nowhere(tmp_path: Path, digest: str) -> None:
    store = Objects(tmp_path / "store")
    for look in (store.path, store.has, store.read):
        with pytest.raises(LedgerError, match="is on record as an object, and no sha256"):
            look(digest)
    listing = store.put(json.dumps({"a": digest}).encode())
    with pytest.raises(LedgerError, match="no sha256"):
        store.folder_to(listing, tmp_path / "target")


def test_a_store_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        Objects(tmp_path / "file" / "store").put(b"content")


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    store = Objects(tmp_path)
    with pytest.raises(StorageError):
        store.put_file(tmp_path / "absent")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_digest_of_json_ignores_the_order_of_keys() -> None:
    assert digest_json({"a": 1, "b": [2]}) == digest_json({"b": [2], "a": 1})
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})
