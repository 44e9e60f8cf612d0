"""Personal data and secrets in texts (R18): where they stand, and texts without them.

    detect.py     texts → spans (row, start, end, kind), column by column
    kinds/        what is looked for, one kind a file: its patterns and what proves a match
    matches.py    patterns → matches with places and context, without a Python object a row
    visible.py    texts as the patterns read them, and the way back to raw places
    checksums.py  Luhn and mod 97 over many numbers at once
    overlaps.py   which of two overlapping spans stands
    redact.py     texts with `<EMAIL>` and the like in place of the values
    written.py    the learnt tier: how the pieces of a text are written
    learnt.py     and its spans, from what the reader in `training` thinks of each piece
    reading.py    what a model answers, and how the tiers are put together

A *span* counts code points of the raw cell.
"""
