"""`python -m rungwise` is the `rungwise` command."""

import os
import sys

if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109, loaded already
    # `-m` puts the working directory first, so a `polars.py` in a task folder would run.
    del sys.path[0]

from rungwise.cli import main

main()
