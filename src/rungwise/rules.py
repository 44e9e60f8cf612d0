"""By which rules a project decides: those in force when its data was split.

A rule that changes how attempts are measured, selected or tested would change what a project's
record means. So a split keeps the number of the rules that it was made under, and a project goes
on by them until its data is split anew.

- 1: a trained attempt is selected by its value, and the climb stops where that meets the target.
  What is inconclusive stops the test and the release.
- 2: an interval decides (`docs/design/0058-when-the-climb-ends.md`); few rows are measured by
  folds; the selected attempt is trained once more on train and validation before the test; what
  is inconclusive is carried to the go decision.
- 3: a model that is asked and not trained has room for what it writes, and an answer that was cut
  all the same is no failure of form (`docs/design/0089-what-is-said-before-how.md`,
  `0090-room-for-what-a-model-writes.md`).
- 4: nothing is released before somebody in operations has confirmed the monitoring plan
  (`docs/design/0107-a-release-is-watched-from-the-first-day.md`).
- 5: of attempts that clear the target one is selected that the test rows can confirm
  (`docs/design/0123-a-success-that-the-test-can-show.md`); a rung is not tried if no result of it
  could settle what is left to settle (`0124-no-rung-for-what-no-row-can-show.md`). Learning rates
  that the task states are taken as written by every rung
  (`docs/design/0152-stated-learning-rates.md`).
  Probabilities are calibrated before the test, a threshold for review is proposed and certified
  (`0118-a-threshold-for-review.md`), and a goal of recall chooses its threshold
  (`0119-recall-at-the-best-precision.md`).
"""

from __future__ import annotations

from rungwise.records import SplitRecord

NOW = 5
"""The rules of a split that is made today."""
OWN_ROOM = 3
"""Since these a model that is not trained has room for what it writes itself."""
PLANNED = 4
"""From these rules on a release needs a monitoring plan."""
DECIDED = 5
"""Since these probabilities are calibrated, and thresholds decide labels and reviews."""
SHOWN = 5
"""From these rules on it is asked what the rows can show, before a rung and before the test."""
AS_STATED = 5
"""Since these every rung takes the learning rates that the task states as they are."""
KEY = "rules"
"""Where `SplitRecord.numbers` keeps them; absent where they are the first."""


def rules_of(split: SplitRecord | None) -> int:
    """The rules of a split; today's where there is none yet."""
    return NOW if split is None else int(split.numbers.get(KEY, 1))
