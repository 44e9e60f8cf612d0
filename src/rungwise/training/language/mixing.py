"""General examples among those of the task, against forgetting (R53).

Rehearsal (Ratcliff 1990, "Connectionist models of recognition memory"): what is not to be lost is
learnt along, under no instruction of the task.
"""

from __future__ import annotations

import numpy as np

from rungwise.conversation import Conversation, Message
from rungwise.data.general import examples
from rungwise.protocols import RungContext


def mixed(context: RungContext, rows: int, seed: int) -> tuple[list[Conversation], list[str]]:
    """Questions and answers that make up `training.general_share` of all that is learnt from.

    Args:
        context: The share, and the user's own file where there is one.
        rows: Training rows of the task.
        seed: Of which are drawn; where more are asked for than there are, they repeat.

    Raises:
        DataError: The user's file cannot be read.
    """
    share, own = context.task.training.general_share, context.task.data.general
    count = round(rows * share / (1 - share))
    if not count:
        return [], []
    found = examples(context.folder / own if own else None)
    generator = np.random.default_rng(seed)
    rounds = [generator.permutation(len(found)) for _ in range(-(-count // len(found)))]
    drawn = [found[place] for place in np.concatenate(rounds)[:count]]
    context.progress.say(
        f"{count:,} general examples are mixed into {rows:,} training rows"
        + (f" ({len(found):,} of them differ)." if count > len(found) else ".")
    )
    return [(Message("user", asked),) for asked, _ in drawn], [told for _, told in drawn]
