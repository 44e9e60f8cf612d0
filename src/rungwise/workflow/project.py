"""The documented Python API: the same verbs as the command line."""


class Project:
    """A task folder."""
