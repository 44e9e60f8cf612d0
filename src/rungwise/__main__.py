"""`python -m rungwise` is the `rungwise` command."""

from rungwise.cli import main

main()
