"""Kinds of task, one a file: see `rungwise.protocols.TaskKind`."""
