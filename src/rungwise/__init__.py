"""Rungwise decides with evidence whether to tune a model, with what, and whether to ship it.

`Project` is the whole public interface; it is imported on first use, so that
`import rungwise` stays light.
"""

TYPE_CHECKING = False  # importing `typing` here would run a `typing.py` of the working directory
if TYPE_CHECKING:
    from rungwise.workflow.project import Project

__version__ = "0.1.0"
__all__ = ["Project", "__version__"]


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> object:
    if name == "Project":
        from rungwise.workflow.project import Project

        return Project
    raise AttributeError(f"module 'rungwise' has no attribute {name!r}")
