"""A small task that generates text, answered by a scripted server: no weights, done in a second."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
from tests.scripted_server import Asked, Says, Script, completion

from rungwise import Project

CITIES = ("Rome", "Oslo", "Lima", "Bern")
GOAL = "Extract the city of each request as JSON"


def rows() -> pl.DataFrame:
    """84 requests; the answer is a JSON with the city."""
    things = [f"{kind} {thing}" for kind in ("cheap", "quick", "quiet")
              for thing in ("bus", "train", "hotel", "walk", "room", "meal", "guide")]  # fmt: skip
    told = [(f"a {thing} in {city} please", json.dumps({"city": city}))
            for thing in things for city in CITIES]  # fmt: skip
    return pl.DataFrame(told, ["text", "answer"], orient="row")


def text_project(folder: Path, model: str, *settings: str, metric: str = "exact_match") -> Project:
    """A task in `folder / "task"`, divided, with its first audit."""
    rows().write_csv(folder / "rows.csv")
    fresh = ("policy.evaluation_rows=12", "generation.shots=2", "generation.max_tokens=20")
    project = Project.init(
        folder / "task",
        data=folder / "rows.csv",
        goal=GOAL,
        metric=metric,
        minimum=0.9,
        columns={"input": "text", "label": "answer"},
        models=[model],
        settings=(*fresh, *settings),
    )
    project.split()
    project.audit()
    return project


def right(text: str) -> str:
    """The right answer to a request."""
    return json.dumps({"city": next(city for city in CITIES if city in text)})


def answering(reply: Callable[[Asked], str] = lambda asked: right(asked.last)) -> Script:
    """A script for a server that lists no model and answers every question."""

    def script(asked: Asked) -> Says:
        return Says(completion(reply(asked)) if "messages" in asked.body else {"data": []})

    return script
