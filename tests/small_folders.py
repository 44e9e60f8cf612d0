"""Copies of two tiny models that a test may change, and what opens them."""

from __future__ import annotations

import builtins
import json
import shutil
import socket
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.small_encoder import write_encoder
from tests.small_language import write_language_model

from rungwise import plugins
from rungwise.conversation import Message
from rungwise.progress import Silent


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("models")
    write_encoder(place / "encoder")
    write_language_model(place / "language")
    return place


@pytest.fixture
def folder(originals: Path, tmp_path: Path) -> Path:
    """A fresh copy of both models."""
    return shutil.copytree(originals, tmp_path / "models")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise AssertionError("somebody was asked whether to run code")

    monkeypatch.setattr(builtins, "input", refuse)


def opened(place: Path) -> Any:
    if place.name == "encoder":
        return plugins.load("modalities", "text").open(str(place), place.parent)
    return plugins.load("models", "language").open(str(place), place.parent)


def used(place: Path) -> Any:
    """A model of which all that can be loaded is loaded."""
    model = opened(place)
    if place.name == "encoder":
        model.encode(pl.Series(["where is my parcel"]), 16)
        return model.network()
    model.generate([(Message("user", "a question"),)], Silent(), max_tokens=2)
    return model.network


def edit(path: Path, **changed: object) -> None:
    content = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps({**content, **changed}))
