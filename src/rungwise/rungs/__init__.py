"""The ladder: one approach a file (C6). The file's name is the rung's name."""
