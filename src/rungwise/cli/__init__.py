"""The `rungwise` command: parse, one workflow verb, print. Verbs are imported on use."""

from __future__ import annotations

import errno
import logging
import os
import sys

REFUSED = frozenset({errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT})


def main() -> None:
    """Run the command line; every mistake of a user ends in one line and an exit code."""
    from rungwise.cli.termination import terminable
    from rungwise.errors import Interrupted, RungwiseError

    # It comes with peft where it is installed, and advises on kernels that nothing here asks for.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    try:
        with terminable() as ending:
            from rungwise.cli.application import application

            application()
    except Interrupted as error:
        _end(str(error), ending.exit_code)
    except RungwiseError as error:
        _end(str(error), error.exit_code)
    except KeyboardInterrupt:
        _end(str(Interrupted()), ending.exit_code)
    except BrokenPipeError:
        # Whoever read our output has closed it; say nothing more, not even at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        place = f"{error.filename}: " if error.filename else ""
        _end(f"{place}{error.strerror}. Free space or permissions, then repeat the command.", 1)


def _end(message: str, code: int) -> None:
    from rungwise.data.personal.detect import structured
    from rungwise.data.personal.redact import redacted_line

    one_line = redacted_line(" ".join(message.split()), structured())
    print(f"rungwise: {one_line}", file=sys.stderr)
    sys.exit(code)
