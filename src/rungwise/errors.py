"""Every error a user can meet, drawn as a tree.

RungwiseError                 exit code 1
├── InputError                something the user gave is wrong
│   ├── TaskError             rungwise.yaml or the goal
│   ├── DataError             a file, a column, a row
│   ├── ModelError            a model folder or name
│   └── PluginError           an unknown or broken plug-in
├── StorageError              the disk is full, the folder is read-only
├── ProjectLocked             another process or thread writes the project
├── Interrupted               exit code 130: Ctrl-C on the command line
├── GateHolds                 exit code 3: a gate says no
└── LedgerError               exit code 4: the ledger does not verify

Each message is one line: the fact (with the value, row or path), then the next step.
"""

from __future__ import annotations


class RungwiseError(Exception):
    """The root of the tree; shown to the user as one line, never as a traceback."""

    exit_code = 1

    def __init__(self, fact: str, next_step: str) -> None:
        self.fact = fact.rstrip(".")
        self.next_step = next_step
        super().__init__(f"{self.fact}. {self.next_step}")


class InputError(RungwiseError):
    """Something the user gave is wrong."""


class TaskError(InputError):
    """`rungwise.yaml` or the goal is wrong."""


class DataError(InputError):
    """A data file, a column or a row is wrong."""


class ModelError(InputError):
    """A model folder or name is wrong."""


class PluginError(InputError):
    """A plug-in is unknown or does not keep its protocol."""


class StorageError(RungwiseError):
    """The disk refused: it is full, or the folder is read-only."""


class ProjectLocked(RungwiseError):
    """Another process or thread writes the project; the message names it and its verb."""


class Interrupted(RungwiseError):
    """The user pressed Ctrl-C, or the process was asked to end.

    Args:
        resumes: Whether the same command goes on where it was, or has to begin again.
    """

    exit_code = 130

    def __init__(self, *, resumes: bool = True) -> None:
        super().__init__(
            "Interrupted",
            "The same command goes on where it was."
            if resumes
            else "Nothing of it is kept: run the same command again.",
        )


class GateHolds(RungwiseError):
    """A gate holds; the message names the gate, its reason and the way on."""

    exit_code = 3


class BudgetSpent(GateHolds):
    """The next attempt would take all of them past `budget.hours`."""


class LedgerError(RungwiseError):
    """The ledger does not verify; the message names the first bad entry."""

    exit_code = 4
