"""Questions put to the data: one a file (R12–R22). The file's name is the audit's name."""
