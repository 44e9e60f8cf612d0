"""What guards every verb of `Project`: one writer at a time, and no code that nobody allowed."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from rungwise.evaluation.own_code import Code
    from rungwise.workflow.workspace import Workspace

Trust = str | Sequence[str]
"""One file of code, or several."""
Given = ParamSpec("Given")
Result = TypeVar("Result")
Guarded = TypeVar("Guarded", bound="GuardedProject")


def writes(
    verb: Callable[Concatenate[Guarded, Given], Result],
) -> Callable[Concatenate[Guarded, Given], Result]:
    """Let a verb run only while no other process or thread writes the project."""

    @functools.wraps(verb)
    def alone(project: Guarded, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        with project.writing(verb.__name__):
            return verb(project, *args, **kwargs)

    return alone


class GuardedProject:
    """The part of `Project` that guards its verbs."""

    _workspace: Workspace

    def writing(self, verb: str) -> contextlib.AbstractContextManager[None]:
        """Keep other writers out over several verbs, such as an override and the test after it.

        Args:
            verb: What others are told is being done.

        Raises:
            ProjectLocked: Another process or thread writes the project, and this one does not wait.
        """
        return self._workspace.writing(verb)

    def measuring(self, trust: Trust = ()) -> contextlib.AbstractContextManager[None]:
        """Let verbs inside run the code that the task names, if all of it is allowed.

        Args:
            trust: Files that the user allows now, such as `own.py`.
        """
        from rungwise.workflow.trust import measuring

        return measuring(self._workspace, trust)

    def untrusted(self) -> list[Code]:
        """Code that the task names and this user has not allowed to run as it is now."""
        from rungwise.workflow.trust import untrusted

        return untrusted(self._workspace)

    def trust(self, file: str, *, digest: str | None = None) -> Code:
        """Allow a file of code that the task names to run, as it is now; on record for ever.

        Args:
            file: As the task names it, such as `own.py`.
            digest: Its sha256 when it was read; a file that is another now is refused.
        """
        from rungwise.workflow.trust import allow

        with self.writing("trust"):
            return allow(self._workspace, file, digest)
