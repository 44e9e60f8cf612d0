"""Finding plug-ins: a file in the kind's folder, or an entry point of that group.

A plug-in's name is its file's name; the class inside is that name in camel case
(`zero_shot.py` holds `ZeroShot`). Listing the names imports nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rungwise.errors import PluginError, TaskError

if TYPE_CHECKING:
    from rungwise.protocols import Modality, TaskKind
    from rungwise.task import Task

Kind = Literal["rungs", "audits", "diagnoses", "gates", "models", "modalities", "tasks"]
ONE = {"diagnoses": "diagnosis", "modalities": "modality"}
"""Kinds whose singular is not the word without its last letter."""
GROUPED = {"rungs"}
"""Kinds whose sub-folders group plug-ins; a sub-folder of another is a plug-in itself."""


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


def load(kind: Kind, name: str, group: str = "") -> Any:
    """One plug-in, made with no arguments.

    Args:
        kind: What it is.
        name: Of its file.
        group: The sub-folder whose plug-in is meant if several have one of that name, such as
            the task's kind for rungs; the first unless given. They agree on their place and step.

    Raises:
        PluginError: There is none of that name, or it lacks its class.
    """
    if places := _own(kind).get(name):
        wanted = f"rungwise.{kind}.{group}.{name}"
        module = importlib.import_module(wanted if wanted in places else places[0])
        class_name = "".join(part.capitalize() for part in name.split("_"))
        if not hasattr(module, class_name):
            raise PluginError(f"{module.__name__} has no class {class_name}", "Add it.")
        return getattr(module, class_name)()
    if name in (foreign := _foreign(kind)):
        return foreign[name].load()()
    raise PluginError(
        f"There is no {ONE.get(kind, kind[:-1])} called {name!r}",
        f"Known: {', '.join(names(kind))}.",
    )


def load_all(kind: Kind, group: str = "") -> dict[str, Any]:
    """Every plug-in of a kind by name; of several with one name that of a group: see `load`."""
    return {name: load(kind, name, group) for name in names(kind)}


def modality_of(task: Task) -> Modality:
    """What reads the inputs of a task.

    Raises:
        TaskError: Nothing does.
    """
    name = task.task.modality
    if name not in names("modalities"):
        known = ", ".join(names("modalities"))
        raise TaskError(f"The modality {name!r} is not served yet", f"Known: {known}.")
    modality: Modality = load("modalities", name)
    return modality


def serving(kind: Literal["rungs", "audits"], task: Task) -> dict[str, Any]:
    """The plug-ins that serve the task's kind and modality, by name."""
    found = load_all(kind, task.task.kind if kind in GROUPED else "")
    return {name: one for name, one in found.items() if serves(one, task)}


def serves(plugin: Any, task: Task) -> bool:
    """Whether a plug-in names the task's kind and modality, or names none."""
    kinds, modalities = getattr(plugin, "kinds", ()), plugin.modalities
    return (not kinds or task.task.kind in kinds) and (
        not modalities or task.task.modality in modalities
    )


@cache
def _own(kind: Kind) -> dict[str, list[str]]:
    """Name → modules; those of `GROUPED` may lie in sub-folders of their kind's folder."""
    package = importlib.util.find_spec(f"rungwise.{kind}")
    found: dict[str, list[str]] = {}
    for module in _modules(package.submodule_search_locations if package else None, kind):
        found.setdefault(module.rpartition(".")[2], []).append(f"rungwise.{module}")
    return found


def _modules(places: Iterable[str] | None, folder: str) -> Iterator[str]:
    for module in pkgutil.iter_modules(places or ()):
        inside = f"{folder}.{module.name}"
        if module.ispkg and folder in GROUPED:
            yield from _modules([str(Path(place, module.name)) for place in places or ()], inside)
        else:
            yield inside


@cache  # it reads the metadata of every installed package
def _foreign(kind: Kind) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=f"rungwise.{kind}")}
