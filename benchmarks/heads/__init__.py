"""A head on a frozen encoder: Rungwise's sweep against the ways it is usually done."""
