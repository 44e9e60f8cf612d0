"""Finding plug-ins: a file in the kind's folder, or an entry point of that group.

A plug-in's name is its file's name; the class inside is that name in camel case
(`zero_shot.py` holds `ZeroShot`). Listing the names imports nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Literal

from rungwise.errors import PluginError, TaskError

if TYPE_CHECKING:
    from rungwise.protocols import TaskKind
    from rungwise.task import Task

Kind = Literal["rungs", "audits", "diagnoses", "gates", "models", "tasks"]


def names(kind: Kind) -> list[str]:
    """Every plug-in of a kind, by name."""
    return sorted({*_own(kind), *_foreign(kind)})


def kind_of(task: Task) -> TaskKind:
    """What decides what an answer of a task is.

    Raises:
        TaskError: Nothing is known of that kind.
    """
    return kind_named(task.task.kind)


def kind_named(name: str) -> TaskKind:
    """The same, of a kind by its name: `task.kind` as a record or a release has it."""
    if name not in names("tasks"):
        known = ", ".join(names("tasks"))
        raise TaskError(f"There is no kind of task called {name!r}", f"Known: {known}.")
    kind: TaskKind = load("tasks", name)
    return kind


def load(kind: Kind, name: str) -> Any:
    """One plug-in, made with no arguments.

    Raises:
        PluginError: There is none of that name, or it lacks its class.
    """
    if name in _own(kind):
        module = importlib.import_module(f"rungwise.{kind}.{name}")
        class_name = "".join(part.capitalize() for part in name.split("_"))
        if not hasattr(module, class_name):
            raise PluginError(f"{module.__name__} has no class {class_name}", "Add it.")
        return getattr(module, class_name)()
    if name in (foreign := _foreign(kind)):
        return foreign[name].load()()
    raise PluginError(
        f"There is no {kind[:-1]} called {name!r}", f"Known: {', '.join(names(kind))}."
    )


def load_all(kind: Kind) -> dict[str, Any]:
    """Every plug-in of a kind by name."""
    return {name: load(kind, name) for name in names(kind)}


@cache
def _own(kind: Kind) -> list[str]:
    package = importlib.util.find_spec(f"rungwise.{kind}")
    places = package.submodule_search_locations if package else None
    return [module.name for module in pkgutil.iter_modules(places)] if places else []


@cache  # it reads the metadata of every installed package
def _foreign(kind: Kind) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=f"rungwise.{kind}")}
