"""The `rungwise` command: parse, one workflow verb, print. Verbs are imported on use."""


def main() -> None:
    """Run the command line."""
