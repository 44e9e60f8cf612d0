"""Libraries say only what a user can act on; what is done is told by our own progress."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator


def quiet() -> None:
    """Before weights are loaded: no bars, and no advice on kernels that nothing asks for."""
    from transformers.utils import logging as transformers

    transformers.set_verbosity_error()
    transformers.disable_progress_bar()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # imported with peft, where installed


@contextlib.contextmanager
def without_bars() -> Iterator[None]:
    """No progress of a library that offers no way to say so: it draws on what is shown last."""
    with contextlib.redirect_stderr(io.StringIO()):
        yield
