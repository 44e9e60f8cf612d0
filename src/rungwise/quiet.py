"""Libraries say only what a user can act on; what is done is told by our own progress."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator


def quiet() -> None:
    """Before weights are loaded: no bars, and no advice."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


@contextlib.contextmanager
def without_bars() -> Iterator[None]:
    """No progress of a library that offers no way to say so: it draws on what is shown last."""
    with contextlib.redirect_stderr(io.StringIO()):
        yield
